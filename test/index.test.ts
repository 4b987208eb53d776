import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import * as api from '../src/index.js';

t.test('what the root exports', async (t) => {
  t.same(Object.keys(api).sort(), [
    'CloseEvent',
    'Connection',
    'ConnectionError',
    'CtrlError',
    'HandshakeError',
    'HandshakeHeaders',
    'MessageEvent',
    'ProtocolError',
    'SSL_ERROR_KEYWORDS',
    'TlsError',
    'WebSocket',
    'WebSocketError',
    'WebSocketStream',
    'connect',
    'describeClose',
    'getLastError',
    'inspect',
    'reconnecting',
    'toDuplex',
    'webSocketClose',
    'webSocketOpen',
    'webSocketRead',
    'webSocketWrite',
  ]);
});

// The package as its users import it: by its name, from dist, in a process of its own.

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs an ESM program in the package's folder, with an empty environment: what tap adds by NODE_OPTIONS loads modules. The
 * program must not use process.stdout, which loads node:net for a pipe.
 */
function run(program: string): string {
  const args = ['-i', process.execPath, '--input-type=module', '--eval', program];
  const child = spawnSync('env', args, { cwd: root, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return child.stdout;
}

/** The builtin modules that are loaded after the import. */
function loadedBy(imports: string): Set<string> {
  const print = "import { writeSync } from 'node:fs'; writeSync(1, process.moduleLoadList.join('\\n'));";
  return new Set(run(`${imports}\n${print}`).split('\n'));
}

const FORBIDDEN = ['net', 'tls', 'http', 'https', 'http2', 'dns', 'dgram', 'child_process', 'worker_threads'];

t.test('the codecs load no module of the network', async (t) => {
  const empty = loadedBy('');
  t.ok(empty.has('NativeModule fs'), 'the list can be read');
  for (const name of ['frames', 'deflate', 'handshake', 'tls']) {
    const loaded = [...loadedBy(`import 'websocket-open/${name}';`)].filter((each) => !empty.has(each));
    for (const each of FORBIDDEN) t.notOk(loaded.includes(`NativeModule ${each}`), `${name} does not load ${each}`);
    t.notOk(
      loaded.some((each) => /tls_wrap|tcp_wrap|cares_wrap|_tls_|_http_/.test(each)),
      `${name}: nor what is behind them`,
    );
  }
  for (const name of ['frames', 'handshake', 'tls']) {
    t.notOk(loadedBy(`import 'websocket-open/${name}';`).has('NativeModule zlib'), `${name} does not load zlib`);
  }
  const root = [...loadedBy("import 'websocket-open';")].filter((each) => !empty.has(each));
  t.ok(root.includes('NativeModule net'), 'the root does');
  for (const each of ['zlib', 'tls', 'crypto']) {
    t.notOk(root.includes(`NativeModule ${each}`), `nobody has needed ${each} yet`);
  }
});

t.test('every subpath can be imported, and required', async (t) => {
  const names = ['', '/frames', '/deflate', '/handshake', '/tls', '/package.json'];
  const program = `
    import { createRequire } from 'node:module';
    import { writeSync } from 'node:fs';
    const require = createRequire(process.cwd() + '/none.js');
    for (const name of ${JSON.stringify(names)}) {
      const found = name.endsWith('json') ? require('websocket-open' + name) : await import('websocket-open' + name);
      writeSync(1, 'websocket-open' + name + ' ' + Object.keys(found).length + ' ' + Object.keys(require('websocket-open' + name)).length + '\\n');
    }
    await import('websocket-open/api/dial').catch(({ code }) => writeSync(1, code + '\\n'));`;
  const lines = run(program).trim().split('\n');
  t.equal(lines.length, names.length + 1);
  for (const [i, name] of names.entries()) t.match(lines[i], new RegExp(`^websocket-open${name} [1-9]\\d* [1-9]\\d*$`));
  t.equal(lines.at(-1), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
});
