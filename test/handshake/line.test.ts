import t from 'tap';
import { ByteBuffer, LineReader } from '../../src/handshake/line.js';
import { bytes, thrown } from './support.js';

const ROOM = { limit: 'maxLineBytes', bytes: 100, value: 100 };

t.test('ByteBuffer keeps all bytes while it grows', async (t) => {
  const buffer = new ByteBuffer();
  const source = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));
  for (let at = 0; at < 10; at += 1) buffer.append(source, at, at + 1);
  buffer.append(source, 10, 1000);
  t.equal(buffer.length, 1000);
  t.same(buffer.toBuffer(), source);
  t.equal(buffer.text(), source.toString('latin1'));
  buffer.append(source, 0, 1);
  t.equal(buffer.toBuffer().length, 1001);
});

t.test('a line ends with CRLF, what follows is not taken', async (t) => {
  const lines = new LineReader();
  const view = bytes('one\r\n\r\ntwo');
  t.equal(lines.push(view, 0, ROOM), 5);
  t.equal(lines.line, 'one');
  t.equal(lines.push(view, 5, ROOM), 7);
  t.equal(lines.line, '');
  t.equal(lines.push(view, 7, ROOM), 10);
  t.equal(lines.line, null);
  t.equal(lines.rest, 'two');
  t.equal(lines.push(bytes('\r'), 0, ROOM), 1);
  t.equal(lines.line, null);
  t.equal(lines.push(bytes('\n'), 0, ROOM), 1);
  t.equal(lines.line, 'two');
  t.equal(lines.rest, '');
});

t.test('bytes from 0x80 are latin1 (RFC 9110 5.5: obs-text is opaque)', async (t) => {
  const lines = new LineReader();
  lines.push(bytes('\xe4\xff\r\n'), 0, ROOM);
  t.equal(lines.line, '\xe4\xff');
});

t.test('RFC 9112 2.2: a lone LF does not end a line', async (t) => {
  for (const text of ['one\n', '\n', 'o\n\r\n']) {
    t.match(
      thrown(() => new LineReader().push(bytes(text), 0, ROOM)),
      { code: 'WS_HANDSHAKE_MALFORMED', rule: 'bare-lf' },
      text,
    );
  }
});

t.test('RFC 9112 2.2: a lone CR does not stand in a line', async (t) => {
  for (const text of ['o\rne\r\n', 'one\r\r\n', '\rone\n']) {
    t.match(
      thrown(() => new LineReader().push(bytes(text), 0, ROOM)),
      { code: 'WS_HANDSHAKE_MALFORMED', rule: 'bare-cr' },
      text,
    );
  }
});

t.test('a line may have as many bytes as there is room, CRLF included, in one piece or bytewise', async (t) => {
  const room = { limit: 'maxHeadBytes', bytes: 6, value: 20 };
  const limit = { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxHeadBytes', limit: 20, section: 'decision of this project' };
  const fits = new LineReader();
  t.equal(fits.push(bytes('1234\r\n'), 0, room), 6);
  t.equal(fits.line, '1234');
  t.match(
    thrown(() => new LineReader().push(bytes('12345\r\n'), 0, room)),
    limit,
  );
  t.match(
    thrown(() => new LineReader().push(bytes('123456'), 0, room)),
    limit,
  );
  const slow = new LineReader();
  for (const byte of '12345') slow.push(bytes(byte), 0, room);
  t.match(
    thrown(() => slow.push(bytes('\r'), 0, room)),
    limit,
  );
});
