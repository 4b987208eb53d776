import t from 'tap';
import { run } from './docs/run.js';

t.test('examples/ctrl.mjs: the example of the vendor', async (t) => {
  const message = '{"method":"dummy","connectionId":12345678,"payload":"Hello World","id":1}';
  const transcript = [
    'opened wss://localhost/ as socket 0',
    `wrote ${message.length} bytes`,
    `read ${message}`,
    'the socket was closed successfully',
  ];
  t.equal(await run(t, 'examples/ctrl.mjs'), `${transcript.join('\n')}\n`);
});

t.test('examples/ctrl.mjs: a server that is not there', async (t) => {
  t.match(
    await run(t, 'examples/ctrl.mjs', 'ws://127.0.0.1:0/'),
    /^webSocketOpen failed: -1 \[\s+CtrlError: .* port 0/,
  );
});

t.test('examples/connect.mjs', async (t) => {
  const transcript = [
    'ignored: SelfSignedCertificate',
    'answered a ping: true',
    'received text one',
    'received binary 02',
    'sent 1000 (normal closure); then received 1000 (normal closure)',
  ];
  t.equal(await run(t, 'examples/connect.mjs'), `${transcript.join('\n')}\n`);
});
