import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { CtrlError, toCtrlError } from '../../src/api/ctrl-error.js';
import { ConnectionError } from '../../src/api/errors.js';
import { ProtocolError } from '../../src/frames/index.js';
import { HandshakeError } from '../../src/handshake/index.js';
import { TlsError } from '../../src/tls/index.js';

const withCode = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });
const codeOf = (error: unknown): string => toCtrlError(error).code;

t.test('the codes', async (t) => {
  const rule = { rule: 'url', section: 'RFC 6455 3' };
  t.equal(codeOf(new TlsError('WS_TLS_OPTION', 'x')), 'ARGUMENT');
  t.equal(codeOf(new TlsError('WS_TLS_CERTIFICATE', 'x')), 'SSL');
  t.equal(codeOf(new TlsError('WS_TLS_HANDSHAKE', 'x')), 'SSL');
  t.equal(codeOf(new HandshakeError('WS_HANDSHAKE_URL', 'x', rule)), 'INVALID_URL');
  t.equal(codeOf(new HandshakeError('WS_HANDSHAKE_HEADER', 'x', rule)), 'ARGUMENT');
  t.equal(codeOf(new HandshakeError('WS_HANDSHAKE_STATUS', 'x', rule)), 'HANDSHAKE');
  t.equal(codeOf(new HandshakeError('WS_HANDSHAKE_MALFORMED', 'x', rule)), 'HANDSHAKE');
  t.equal(codeOf(new ConnectionError('WS_OPTION', 'x')), 'ARGUMENT');
  t.equal(codeOf(new ConnectionError('WS_TIMEOUT', 'x')), 'TIMEOUT');
  t.equal(codeOf(new ConnectionError('WS_CONNECT_TCP', 'x')), 'CONNECTION');
  t.equal(codeOf(new ConnectionError('WS_CONNECT_DNS', 'x')), 'CONNECTION');
  t.equal(codeOf(new TypeError('x')), 'ARGUMENT');
  const facts = { section: 'x', closeCode: 1002, offset: 0, header: Buffer.alloc(0) };
  t.equal(codeOf(new ProtocolError('x', { ...facts, code: 'WS_PROTOCOL_RSV', by: 'peer' })), 'CONNECTION');
  t.equal(codeOf(new ProtocolError('x', { ...facts, code: 'WS_PROTOCOL_ARGUMENT', by: 'us' })), 'ARGUMENT');
});

t.test('no free socket, however deep it is', async (t) => {
  for (const code of ['EMFILE', 'ENFILE']) {
    const cause = withCode(code);
    t.equal(codeOf(cause), 'EMFILE');
    t.equal(codeOf(new ConnectionError('WS_CONNECT_TCP', 'x', { cause })), 'EMFILE');
    const all = new AggregateError([withCode('ECONNREFUSED'), cause]);
    t.equal(codeOf(new ConnectionError('WS_CONNECT_TCP', 'x', { cause: all })), 'EMFILE');
  }
  const other = new AggregateError([withCode('ECONNREFUSED')]);
  t.equal(codeOf(new ConnectionError('WS_CONNECT_TCP', 'x', { cause: other })), 'CONNECTION');
});

t.test('what an error becomes', async (t) => {
  const own = new CtrlError('ARGUMENT', 'x');
  t.equal(toCtrlError(own), own);
  t.notOk('cause' in own);
  const cause = new ConnectionError('WS_CLOSED', 'gone');
  const error = toCtrlError(cause);
  t.match(error, { name: 'CtrlError', code: 'CONNECTION', message: 'gone' });
  t.equal(error.cause, cause);
  t.match(toCtrlError('a string'), { code: 'ARGUMENT', message: 'a string', cause: 'a string' });
});

// Opens files until there are none left, and then webSocketOpen.
const PROGRAM = `
import { closeSync, openSync } from 'node:fs';
import { getLastError, webSocketOpen } from ${JSON.stringify(new URL('../../src/api/ctrl.js', import.meta.url).href)};
const files = [];
try {
  for (;;) files.push(openSync('/dev/null'));
} catch {}
for (const url of process.argv.slice(1)) {
  const number = await webSocketOpen(url);
  console.log(number, ...getLastError().map(({ code }) => code));
}
for (const file of files) closeSync(file);
`;

t.test('a process without a free file', async (t) => {
  const urls = ['ws://127.0.0.1:1/', 'wss://127.0.0.1:1/', 'ws://localhost:1/'];
  const program = ['--input-type=module', '--eval', PROGRAM, '--', ...urls];
  // 100 files are enough for the modules of a program, which Node opens all at once.
  const shell = ['-c', 'ulimit -n 100; exec "$0" "$@"', process.execPath, ...program];
  const child = spawn('bash', shell, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  await once(child, 'close');
  t.same(output.trim().split('\n'), ['-1 EMFILE', '-1 EMFILE', '-1 EMFILE']);
});
