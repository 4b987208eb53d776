import { PassThrough } from 'node:stream';
import t from 'tap';
import { Attempt } from '../../src/api/attempt.js';
import { type Agreed, Opening } from '../../src/api/opening.js';
import { checkOptions } from '../../src/api/options.js';
import { Transport } from '../../src/api/transport.js';
import { acceptOf, parseUrl } from '../../src/handshake/index.js';

const url = parseUrl('ws://user:secret@localhost/path');

t.test('the request leaves, and the response opens the connection in the same tick', async (t) => {
  const settings = checkOptions({ protocols: ['a', 'b'] });
  const attempt = new Attempt(url, settings);
  let request = '';
  const transport = new Transport({ target: null, read() {}, filled() {}, ended() {}, closed() {} });
  transport.attach(new PassThrough(), false);
  transport.writeRaw = (bytes) => {
    request += bytes;
  };
  let agreed: Agreed | undefined;
  const open = (by: Transport, what: Agreed, given: unknown): string => {
    t.equal(by, transport);
    t.equal(given, settings);
    agreed = what;
    return 'opened';
  };
  const opened = new Opening({ url, settings, redirects: 0 }, attempt, open, null).run(transport);
  t.equal(attempt.phase, 'handshake');
  t.match(request, /^GET \/path HTTP\/1\.1\r\n.*\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n$/s);
  const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(request)?.[1] ?? '';
  const head = `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\nSec-WebSocket-Protocol: b\r\n\r\n`;
  transport.receiver.read(Buffer.from(head), 0, head.length);
  t.match(agreed, { url: 'ws://localhost/path', protocol: 'b', extensions: [], compression: null, tls: null });
  t.equal(attempt.phase, 'open');
  t.equal(await opened, 'opened');
});

t.test('a header that makes no sense costs no connection', async (t) => {
  const settings = checkOptions({ headers: { 'no name': 'x' } });
  const make = (): unknown =>
    new Opening({ url, settings, redirects: 0 }, new Attempt(url, settings), () => null, null);
  t.throws(make, { code: 'WS_HANDSHAKE_HEADER' });
});
