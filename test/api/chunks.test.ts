import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { pem } from '../certs.js';
import { startChainServer } from './tls-server.js';

// What is loaded later may be missing, such as in an installation that is broken: then the dial fails, and nothing is left open.

const connect = JSON.stringify(new URL('../../src/api/connect.js', import.meta.url).href);

/** Tells how a dial ends where one file cannot be loaded, and by its end that nothing keeps the process alive. */
async function dialWithout(file: string, url: string, options: object): Promise<string> {
  const hook = `export const load = (url, context, next) => {
    if (url.endsWith('/src/api/${file}.js')) throw new Error('no ${file}');
    return next(url, context);
  };`;
  const program = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
    const { connect } = await import(${connect});
    await connect(${JSON.stringify(url)}, ${JSON.stringify(options)}).then(
      (connection) => {
        connection.terminate();
        console.log('open');
      },
      ({ message }) => console.log(message),
    );`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, NODE_V8_COVERAGE: '', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  await once(child, 'close');
  return output.trim();
}

t.test('a dial fails if something that it needs cannot be loaded', async (t) => {
  const server = await startChainServer(t, { cert: pem('self-signed.pem'), key: pem('self-signed.key') });
  const url = `wss://localhost:${server.port}/`;
  const lenient = { ignoreSslErrors: ['SelfSignedCertificate'] };
  t.equal(await dialWithout('nothing', url, lenient), 'open');
  t.equal(await dialWithout('tls-layer', url, lenient), 'no tls-layer');
  t.equal(await dialWithout('verdicts', url, lenient), 'no verdicts');
  t.equal(await dialWithout('verdicts', url, {}), 'no verdicts', 'after the TLS handshake');
  t.equal(await dialWithout('compression', url, { ...lenient, perMessageDeflate: true }), 'no compression');
  t.equal(await dialWithout('tunnel', url, { proxy: 'http://localhost:9' }), 'no tunnel');
});
