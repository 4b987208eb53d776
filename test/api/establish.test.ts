import { setImmediate as nextTask, setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import type { ConnectionError, WebSocketError } from '../../src/api/errors.js';
import { checkDictionary, checkSubprotocols, establish } from '../../src/api/establish.js';
import { type PeerSocket, startPeer } from './websocket-peer.js';

const SETTINGS = checkDictionary({});
const noFail = (error: Error): never => {
  throw error;
};

/** Establishes, and destroys what comes of it. */
function attempt(
  url: string,
  settings = SETTINGS,
): { giveUp: (reason: unknown) => void; done: Promise<WebSocketError | null> } {
  let giveUp: (reason: unknown) => void = () => {};
  const done = new Promise<WebSocketError | null>((resolve) => {
    giveUp = establish(
      new URL(url),
      settings,
      (transport) => {
        transport.destroy();
        resolve(null);
      },
      resolve,
    );
  });
  return { giveUp, done };
}

t.test('subprotocols', async (t) => {
  t.same(checkSubprotocols(['echo', 'chat.v1']), ['echo', 'chat.v1']);
  const wrong = [
    ['echo', 'echo'],
    ['echo', 'eCho'],
    [''],
    ['a b'],
    ['a,b'],
    ['\u0080'],
    ['a\u0000'],
    ['(a)'],
    ['\u2003'],
  ];
  for (const protocols of wrong) {
    t.throws(() => checkSubprotocols(protocols), { name: 'SyntaxError', code: 12 }, JSON.stringify(protocols));
  }
});

t.test('options that make no sense are a TypeError with our error as its cause', async (t) => {
  t.throws(() => checkDictionary({ timeoutMs: -1 }), { name: 'TypeError', cause: { code: 'WS_OPTION' } });
  t.throws(() => checkDictionary({ unknown: 1 } as object), {
    name: 'TypeError',
    message: /option 'unknown' does not exist/,
  });
});

t.test('one connection to a host is made at a time, the others wait for their turn', async (t) => {
  const asked: PeerSocket[] = [];
  const peer = await startPeer((client) => asked.push(client));
  const attempts = [1, 2, 3].map(() => attempt(`${peer.url}/`));
  while (asked.length < 1) await wait(5);
  await wait(50);
  t.equal(peer.clients.length, 1, 'one is connecting, two are waiting');
  asked[0]?.accept();
  t.equal(await attempts[0]?.done, null);
  while (asked.length < 2) await wait(5);
  t.equal(peer.clients.length, 2, 'the first is established, the second is connecting');
  asked[1]?.socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
  t.match(await attempts[1]?.done, { code: 'WS_HANDSHAKE_STATUS' });
  while (asked.length < 3) await wait(5);
  asked[2]?.accept();
  t.equal(await attempts[2]?.done, null, 'one that failed does not hold the queue up');
  await peer.close();
});

t.test('another port of the host does not wait', async (t) => {
  const slow = await startPeer(() => {});
  const quick = await startPeer();
  const first = attempt(`${slow.url}/`);
  t.equal(await attempt(`${quick.url}/`).done, null);
  first.giveUp('enough');
  await first.done;
  await slow.close();
  await quick.close();
});

t.test('RFC 6455 4.1, item 2: another name of the host does not wait', async (t) => {
  const asked: PeerSocket[] = [];
  const peer = await startPeer((client) => asked.push(client));
  const names = [attempt(`${peer.url}/`), attempt(`${peer.url.replace('127.0.0.1', 'localhost')}/`)];
  while (asked.length < 2) await wait(5);
  for (const client of asked) client.accept();
  for (const { done } of names) t.equal(await done, null);
  await peer.close();
});

t.test('giving up while waiting, and while connecting', async (t) => {
  const peer = await startPeer(() => {});
  const first = attempt(`${peer.url}/`);
  const second = attempt(`${peer.url}/`);
  const third = attempt(`${peer.url}/`);
  second.giveUp('reason');
  const error = (await second.done) as ConnectionError;
  t.match(error, { code: 'WS_ABORTED', cause: 'reason' });
  while (peer.clients[0]?.head === undefined) await wait(5);
  first.giveUp('too');
  t.match(await first.done, { code: 'WS_ABORTED', cause: 'too' });
  while (peer.clients.length < 2) await wait(5);
  third.giveUp('three');
  t.match(await third.done, { code: 'WS_ABORTED' });
  await wait(20);
  t.equal(peer.clients.length, 2, 'what was given up while it waited was never dialed');
  await peer.close();
});

t.test("the user's signal gives it up, too", async (t) => {
  const peer = await startPeer(() => {});
  t.match(await attempt(`${peer.url}/`, checkDictionary({ signal: AbortSignal.abort('before') })).done, {
    code: 'WS_ABORTED',
    cause: 'before',
  });
  const control = new AbortController();
  const { done } = attempt(`${peer.url}/`, checkDictionary({ signal: control.signal }));
  while (peer.clients.length < 1) await wait(5);
  control.abort('now');
  t.match(await done, { code: 'WS_ABORTED', cause: 'now' });
  t.equal(peer.clients.length, 1);
  await peer.close();
});

t.test('a failure is told in a task of its own', async (t) => {
  let failed: WebSocketError | undefined;
  establish(new URL('ws://127.0.0.1:6000/'), SETTINGS, noFail as never, (error) => {
    failed = error;
  });
  await Promise.resolve();
  t.equal(failed, undefined);
  await nextTask();
  t.match(failed, { code: 'WS_OPTION', message: /port 6000 is blocked as Fetch says; connect\(\) takes any port/ });
});

t.test('what RFC 6455 refuses in a url that the platform can parse', async (t) => {
  t.match(await attempt('ws://127.0.0.1:0/').done, { code: 'WS_HANDSHAKE_URL' });
  t.match(await attempt('ws://a%3Ab:c@127.0.0.1/').done, { code: 'WS_HANDSHAKE_URL' });
});
