import t from 'tap';
import { checkUtf8, decodeCheckedText, decodeText, firstBadByte } from '../../src/frames/text.js';
import { hex, type Random, randomFor } from './support.js';

/** Good text: the borders of RFC 3629 4, and what Autobahn's cases 6 use. */
const GOOD = [
  '',
  '61',
  '7f',
  'c280',
  'dfbf',
  'e0a080',
  'ed9fbf',
  'ee8080',
  'efbfbd',
  'efbfbf',
  'efbbbf61',
  'f0908080',
  'f48fbfbf',
  'ceba e1bdb9 cf83 cebc ceb5',
  '00',
];

/** Bad text, and which of its bytes, counted from 0, is the first that no UTF-8 text can have there. */
const BAD: readonly (readonly [bytes: string, at: number, why: string])[] = [
  ['80', 0, 'lone continuation'],
  ['bf', 0, 'lone continuation'],
  ['6180', 1, 'lone continuation'],
  ['8080 61', 0, 'two of them'],
  ['808080 61', 0, 'three of them'],
  ['80808080', 0, 'four of them'],
  ['c080', 0, 'overlong'],
  ['c1bf', 0, 'overlong'],
  ['e080', 1, 'overlong'],
  ['e09fbf', 1, 'overlong'],
  ['f08080', 1, 'overlong'],
  ['f08fbfbf', 1, 'overlong'],
  ['eda080', 1, 'surrogate'],
  ['edbfbf', 1, 'surrogate'],
  ['f490', 1, 'above U+10FFFF'],
  ['f4908080', 1, 'above U+10FFFF'],
  ['f5', 0, 'above U+10FFFF'],
  ['f8888080 80', 0, 'five bytes'],
  ['fe', 0, 'no lead byte'],
  ['ff', 0, 'no lead byte'],
  ['c241', 1, 'cut by a character'],
  ['e28241', 2, 'cut by a character'],
  ['f0908041', 3, 'cut by a character'],
  ['f09041', 2, 'cut by a character'],
  ['f0c280', 1, 'cut by a character'],
  ['e2e282ac', 1, 'cut by a character'],
  ['c2c2', 1, 'cut by a character'],
  ['c28080', 2, 'one continuation too many'],
  ['e282ac80', 3, 'one continuation too many'],
  ['f48fbfbf80', 4, 'one continuation too many'],
  ['ceba e1bdb9 cf83 cebc ceb5 f4908080 656469746564', 12, "Autobahn's 6.4.1"],
];

/** How many of the bytes belong to a character that is cut off at the end; they must be right as far as they go. */
const CUT: readonly (readonly [bytes: string, rest: number])[] = [
  ['c2', 1],
  ['61df', 1],
  ['e0', 1],
  ['e0a0', 2],
  ['ed9f', 2],
  ['c3a4e282', 2],
  ['f0', 1],
  ['f090', 2],
  ['f09080', 3],
  ['f48fbf', 3],
];

const ALIGN = Buffer.from('xyz');
const inside = (bytes: Buffer): Buffer => Buffer.concat([ALIGN, bytes, ALIGN]);

t.test('good text', async (t) => {
  for (const digits of GOOD) {
    const bytes = hex(digits);
    const around = inside(bytes);
    t.equal(checkUtf8(around, 3, 3 + bytes.length), 3 + bytes.length, digits);
    t.equal(firstBadByte(around, 3, 3 + bytes.length), -1);
    t.equal(decodeText(around, 3, 3 + bytes.length), bytes.toString());
    t.equal(decodeCheckedText(bytes), bytes.toString());
  }
});

t.test('bad text, whole and behind other text', async (t) => {
  for (const [digits, at, why] of BAD) {
    for (const before of ['', 'a', '\u20ac', 'a'.repeat(40), '\u{1f600}'.repeat(20)]) {
      const bytes = Buffer.concat([Buffer.from(before), hex(digits)]);
      const start = bytes.length - hex(digits).length;
      t.equal(firstBadByte(bytes, 0, bytes.length), start + at, `${digits}: ${why}`);
      t.equal(decodeText(bytes, 0, bytes.length), null);
      t.ok(checkUtf8(bytes, 0, start + at) >= 0, 'right so far');
      for (let end = start + at + 1; end <= bytes.length; end++) t.equal(checkUtf8(bytes, 0, end), -1);
    }
  }
});

t.test('a cut character is checked as far as it goes', async (t) => {
  for (const [digits, rest] of CUT) {
    const bytes = hex(digits);
    t.equal(checkUtf8(bytes, 0, bytes.length), bytes.length - rest, digits);
    t.equal(firstBadByte(bytes, 0, bytes.length), -1);
    t.equal(decodeText(bytes, 0, bytes.length), null, 'but it is no whole text');
  }
});

t.test('the bad byte is found around the border of each block of the search', async (t) => {
  const wrong: number[] = [];
  const text = Buffer.from('\u20ac'.repeat(4200));
  for (const border of [4096, 8192, 12288]) {
    for (let at = border - 5; at < border + 5; at++) {
      const bytes = Buffer.from(text);
      // A character that begins where one may not, or a byte that begins none.
      bytes[at] = at % 3 === 0 ? 0x80 : 0x41;
      if (firstBadByte(bytes, 0, bytes.length) !== at) wrong.push(at);
      if (firstBadByte(bytes, 3, bytes.length) !== at) wrong.push(at);
    }
  }
  t.strictSame(wrong, []);
});

t.test('a bad byte behind a long text is found without a look at each byte of it', async (t) => {
  const bytes = Buffer.alloc(1 << 20, 'a');
  bytes[bytes.length - 1] = 0xff;
  const before = process.hrtime.bigint();
  for (let end = 1; end < bytes.length; end++) checkUtf8(bytes, end - 1, end);
  const each = process.hrtime.bigint() - before;
  const start = process.hrtime.bigint();
  t.equal(firstBadByte(bytes, 0, bytes.length), bytes.length - 1);
  const taken = process.hrtime.bigint() - start;
  t.ok(taken * 8n < each, `${taken} ns; ${each} ns for each byte alone`);
});

t.test('U+FFFD that was sent is no error', async (t) => {
  t.equal(decodeText(hex('efbfbd'), 0, 3), '\ufffd');
  const long = Buffer.from(`${'\u00e4'.repeat(50)}\ufffd`);
  t.equal(decodeText(long, 0, long.length), long.toString());
  const bad = Buffer.concat([long, hex('ff')]);
  t.equal(decodeText(bad, 0, bad.length), null);
});

t.test('decodes short and long ASCII', async (t) => {
  for (const length of [31, 32, 33, 64, 1000]) {
    const bytes = Buffer.alloc(length, 'abc');
    t.equal(decodeText(bytes, 0, length), 'abc'.repeat(length).slice(0, length));
    bytes[length - 1] = 0x80;
    t.equal(decodeText(bytes, 0, length), null);
  }
});

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const viaTextDecoder = (bytes: Uint8Array): string | null => {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
};

/** Whether the bytes can be the beginning of UTF-8 text, as a TextDecoder sees it that expects more. */
const canBegin = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
};

/** What is wrong with our answers about these bytes, if TextDecoder's are right. */
function disagreement(bytes: Buffer, text: string | null): string | null {
  if (decodeText(bytes, 0, bytes.length) !== text) return `decodeText ${bytes.toString('hex')}`;
  const checked = checkUtf8(bytes, 0, bytes.length);
  if ((checked === bytes.length) !== (text !== null)) return `checkUtf8 ${bytes.toString('hex')}`;
  if (text !== null && decodeCheckedText(bytes) !== text) return `decodeCheckedText ${bytes.toString('hex')}`;
  return null;
}

/** No rule of UTF-8 tells one byte of ASCII from another, so in the longest inputs these three stand for all of them. */
const BYTES = [0x00, 0x41, 0x7f, ...Array.from({ length: 128 }, (_, i) => 0x80 + i)];

/**
 * What TextDecoder makes of a, b and each third byte, in one call, as one for each costs minutes: between them stands
 * U+10FFFF, which none of them can be part of. Only ef bf bd is right and holds U+FFFD.
 */
function lastOfThree(a: number, b: number): (string | null)[] {
  const all = Buffer.from(BYTES.flatMap((c) => [a, b, c, 0xf4, 0x8f, 0xbf, 0xbf]));
  const texts = new TextDecoder('utf-8', { ignoreBOM: true }).decode(all).split('\u{10ffff}');
  return BYTES.map((c, i) => {
    const text = texts[i] as string;
    return text.includes('\ufffd') && !(a === 0xef && b === 0xbf && c === 0xbd) ? null : text;
  });
}

t.test('agrees with TextDecoder on all inputs of 1 to 3 bytes', async (t) => {
  const wrong: string[] = [];
  const see = (bytes: Buffer, text: string | null): void => {
    const found = disagreement(bytes, text);
    if (found !== null && wrong.length < 10) wrong.push(found);
  };
  for (let a = 0; a < 256; a++) {
    const one = Buffer.from([a]);
    see(one, viaTextDecoder(one));
    for (const b of BYTES) {
      const two = Buffer.from([a, b]);
      see(two, viaTextDecoder(two));
    }
  }
  const three = Buffer.alloc(3);
  for (const a of BYTES) {
    for (const b of BYTES) {
      const texts = lastOfThree(a, b);
      for (let i = 0; i < BYTES.length; i++) {
        three[0] = a;
        three[1] = b;
        three[2] = BYTES[i] as number;
        see(three, texts[i] as string | null);
      }
    }
  }
  t.strictSame(wrong, []);
});

/** Pieces that make likely what random bytes almost never are: right, or almost. */
function likelyText(random: Random): Buffer {
  const pieces: Buffer[] = [];
  for (let i = random.below(12) + 1; i > 0; i--) {
    const kind = random.below(8);
    if (kind < 4)
      pieces.push(Buffer.from(random.pick(['a', 'a'.repeat(35), '\u00e4', '\u20ac', '\u{1f600}', '\ufffd'])));
    else if (kind < 6) pieces.push(hex(random.pick(GOOD)));
    else if (kind === 6) pieces.push(hex(random.pick(CUT)[0]));
    else pieces.push(random.below(3) === 0 ? random.bytes(random.below(4)) : hex(random.pick(BAD)[0]));
  }
  return Buffer.concat(pieces);
}

t.test('agrees with TextDecoder on random inputs, and on every prefix of them', async (t) => {
  const random = randomFor(t);
  const wrong: string[] = [];
  for (let i = 0; i < 4000 && wrong.length < 10; i++) {
    const bytes = i % 4 === 0 ? random.bytes(4 + random.below(8)) : likelyText(random);
    const found = disagreement(bytes, viaTextDecoder(bytes));
    if (found !== null) wrong.push(found);
    let bad = -1;
    for (let end = 1; bad < 0 && end <= bytes.length; end++) if (!canBegin(bytes.subarray(0, end))) bad = end - 1;
    if (firstBadByte(bytes, 0, bytes.length) !== bad) wrong.push(`firstBadByte ${bytes.toString('hex')}`);
    // Checking piece by piece finds the same as checking at once.
    let from = 0;
    for (let end = 0; from >= 0 && end < bytes.length; ) {
      end = Math.min(bytes.length, end + 1 + random.below(5));
      from = checkUtf8(bytes, from, end);
      if (from < 0 !== (bad >= 0 && bad < end)) wrong.push(`checkUtf8 in pieces, to ${end}: ${bytes.toString('hex')}`);
    }
  }
  t.strictSame(wrong, []);
});
