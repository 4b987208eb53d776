import t from 'tap';
import { compressionOf } from '../../src/api/compression.js';
import { checkCompression } from '../../src/api/compression-options.js';
import type { Slot } from '../../src/frames/index.js';
import { formatExtensions, parseExtensions } from '../../src/handshake/index.js';

const offerOf = (value: unknown): string | null => {
  const checked = checkCompression(value);
  return checked && formatExtensions([compressionOf(checked).offer]);
};

t.test('what is offered', async (t) => {
  t.equal(offerOf(undefined), null);
  t.equal(offerOf(false), null);
  t.equal(offerOf(true), 'permessage-deflate; client_max_window_bits');
  t.equal(offerOf({}), 'permessage-deflate; client_max_window_bits');
  t.equal(offerOf({ clientMaxWindowBits: false }), 'permessage-deflate');
  t.equal(
    offerOf({ clientMaxWindowBits: 8, serverMaxWindowBits: 10 }),
    'permessage-deflate; server_max_window_bits=10; client_max_window_bits=8',
  );
  t.equal(
    offerOf({ clientNoContextTakeover: true, serverNoContextTakeover: true, clientMaxWindowBits: false }),
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  );
});

t.test('what was agreed on, and who works by it', async (t) => {
  const asked = compressionOf({ threshold: 5, level: 1, clientMaxWindowBits: 12 });
  t.equal(asked.name, 'permessage-deflate');
  t.equal(asked.agreeOn([]), null, 'not accepted');
  const codec = asked.agreeOn(parseExtensions('permessage-deflate; client_max_window_bits=9'));
  if (codec === null) throw new Error('nothing agreed');
  const sent: Buffer[] = [];
  const writer = codec.writer({
    pending() {},
    write(slot: Slot, length: number) {
      sent.push(Buffer.from(slot.bytes.subarray(0, length)));
      slot.release();
    },
    cork() {},
    uncork() {},
  });
  for (const text of ['Hell', 'Hello']) writer.text(text);
  writer.flush();
  const bytes = Buffer.concat(sent);
  t.equal(bytes[0], 0x81, 'below the threshold');
  t.equal(bytes[2 + 4 + 4], 0xc1, 'compressed');
  // RFC 7692 7.2.3.1
  const payload = Buffer.from('f248cdc9c90700', 'hex');
  t.equal(codec.inflater().now(payload, 0, payload.length, 5), 5);
  const malformed = parseExtensions('permessage-deflate; server_max_window_bits=7');
  t.throws(() => asked.agreeOn(malformed), { code: 'WS_HANDSHAKE_EXTENSIONS' });
});

t.test('connections with the same options share their offer, and the agreement about the same answer', async (t) => {
  const asked = compressionOf({ level: 1, threshold: 0 });
  t.equal(asked.text, 'permessage-deflate; client_max_window_bits');
  t.equal(compressionOf({ threshold: 0, level: 1 }), asked);
  const answer = parseExtensions('permessage-deflate');
  const codec = asked.agreeOn(answer);
  t.ok(codec);
  t.equal(asked.agreeOn(answer), codec);
  t.equal(asked.agreeOn([]), null);
  t.not(asked.agreeOn(parseExtensions('permessage-deflate')), codec);
  t.not(codec?.inflater(), codec?.inflater(), 'what has a state is not shared');
  const others = [{ level: 2 }, { threshold: 1 }, { memLevel: 1 }, { clientMaxWindowBits: false }] as const;
  for (const other of others) t.not(compressionOf({ level: 1, threshold: 0, ...other }), asked);
});
