import t from 'tap';
import { HeadReader } from '../../src/handshake/head.js';
import { DEFAULT_HEAD_LIMITS } from '../../src/handshake/limits.js';
import { readSwitching } from '../../src/handshake/switching.js';
import { bytes, head, seededRandom, seedOfThisRun } from './support.js';

// RFC 6455 1.3
const LINES = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
];

const read = (text: string, limits = {}): ReturnType<typeof readSwitching> => {
  const input = bytes(text);
  return readSwitching(input, 0, input.length, { ...DEFAULT_HEAD_LIMITS, ...limits });
};

t.test('the example of RFC 6455 1.3, and frames behind it', async (t) => {
  const input = bytes(`#${head(...LINES)}\x81\x05hello#`);
  const switching = readSwitching(input, 1, input.length - 1, DEFAULT_HEAD_LIMITS);
  input.fill(0);
  t.equal(switching?.end, 1 + head(...LINES).length);
  const { headers, ...rest } = switching?.response ?? {};
  t.strictSame(rest, {
    httpVersion: '1.1',
    status: 101,
    reason: 'Switching Protocols',
    body: Buffer.alloc(0),
    bodyTruncated: false,
  });
  t.strictSame(headers?.raw, [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
  ]);
});

t.test('the parts that may be missing, and space around a value', async (t) => {
  t.equal(read('HTTP/1.1 101\r\n\r\n')?.response.reason, '');
  t.equal(read('HTTP/1.1 101 \r\n\r\n')?.response.reason, '');
  t.equal(read('HTTP/1.1 101 \xe4 \t\r\n\r\n')?.response.reason, '\xe4 \t');
  const headers = read(head('HTTP/1.1 101', 'A:', 'b: \t x \xff y\t ', "!#$%&'*+-.^_`|~:3"))?.response.headers;
  t.strictSame(headers?.raw, [
    ['A', ''],
    ['b', 'x \xff y'],
    ["!#$%&'*+-.^_`|~", '3'],
  ]);
});

t.test('what is left to the general reader', async (t) => {
  for (const lines of [
    ['HTTP/1.0 101 x'],
    ['HTTP/1.2 101 x'],
    ['http/1.1 101 x'],
    ['HTTP/1.1  101 x'],
    ['HTTP/1.1 100 x'],
    ['HTTP/1.1 1011'],
    ['HTTP/1.1 200 x'],
    ['HTTP/1.1 101 \x00'],
    ['HTTP/1.1 101', 'no colon'],
    ['HTTP/1.1 101', 'space : x'],
    ['HTTP/1.1 101', ': x'],
    ['HTTP/1.1 101', 'a: b', ' folded'],
    ['HTTP/1.1 101', 'a: \x7f'],
    ['HTTP/1.1 101', 'a: b\rc'],
    ['HTTP/1.1 101', 'a: b\nc: d'],
    ['HTTP/1.1 101', 'a\xe4: b'],
    ['', 'HTTP/1.1 101'],
  ]) {
    t.equal(read(head(...lines)), null, JSON.stringify(lines));
  }
  t.equal(read(head(...LINES).slice(0, -1)), null, 'a head that is not there as a whole');
  t.equal(read(''), null);
});

t.test('the limits: up to them, not beyond', async (t) => {
  const text = head('HTTP/1.1 101', 'a: b', 'c: d');
  for (const [limit, most] of [
    ['maxHeadBytes', text.length],
    ['maxLineBytes', text.length],
    ['maxHeaders', 2],
  ] as const) {
    t.equal(read(text, { [limit]: most })?.end, text.length, limit);
    t.equal(read(text, { [limit]: most - 1 }), null, limit);
  }
});

/** What the general reader makes of a head: its fields, or null for a fault. */
function readInGeneral(text: string): unknown {
  let statusLine = '';
  const reader = new HeadReader(DEFAULT_HEAD_LIMITS, (line) => {
    statusLine = line;
    return true;
  });
  try {
    const end = reader.push(bytes(text), 0);
    return reader.complete ? { statusLine, end, fields: reader.headers().raw } : null;
  } catch {
    return null;
  }
}

t.test('what it takes the general reader takes as well, and reads the same', async (t) => {
  const seed = seedOfThisRun();
  t.comment(`HANDSHAKE_SEED=${seed}`);
  const random = seededRandom(seed);
  const odd = ['\r', '\n', '\r\n', ':', ' ', '\t', '\0', '\x7f', '\xa0', '\xff', 'Z', ','];
  let taken = 0;
  for (let run = 0; run < 5000; run++) {
    let text = `${head(...LINES, 'X-Y: 1, 2')}\x81\x00`;
    for (let changes = random(3); changes > 0; changes--) {
      const at = random(text.length);
      text = text.slice(0, at) + odd[random(odd.length)] + text.slice(at + random(2));
    }
    const switching = read(text);
    if (switching === null) continue;
    taken++;
    const { reason, headers } = switching.response;
    const [, , ...words] = text.slice(0, text.indexOf('\r\n')).split(' ');
    t.equal(reason, words.join(' '));
    const statusLine = text.slice(0, text.indexOf('\r\n'));
    const own = { statusLine, end: switching.end, fields: headers.raw };
    if (JSON.stringify(own) !== JSON.stringify(readInGeneral(text))) t.strictSame(own, readInGeneral(text), text);
  }
  t.ok(taken > 1000, `${taken} of 5000 heads were taken`);
});
