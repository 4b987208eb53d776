import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { frame, listen, type Wire } from '../api/peer.js';
import { pem } from '../certs.js';

/** The package's folder. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs a program in the package's folder, where the package's name is what was built; gives what it printed. */
export function run(t: Test, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // What tap adds to the environment would load its modules there.
    const child = spawn(process.execPath, args, { cwd: root, env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    t.teardown(() => child.kill());
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 && err === '' ? resolve(out) : reject(new Error(`${code}: ${err}${out}`)),
    );
  });
}

/** Runs the text of a program, which talks to the peer instead of to `wss://device.local/`. */
export async function runText(t: Test, program: string): Promise<string> {
  const url = await echoPeer(t);
  return run(t, '--input-type=module', '--eval', program.replaceAll('wss://device.local/', url));
}

/** A peer with a self-signed certificate that sends back what it gets, in frames written by hand. */
async function echoPeer(t: Test): Promise<string> {
  const certificate = { cert: pem('self-signed.pem'), key: pem('self-signed.key') };
  const peer = await listen(t, { tls: certificate });
  const serve = async (): Promise<void> => {
    for (;;) echo(await peer.wire());
  };
  void serve();
  return `wss://localhost:${peer.port}/`;
}

function echo(wire: Wire): void {
  let done = 0;
  wire.socket.on('data', () => {
    for (const { first, payload } of wire.frames.slice(done)) {
      done++;
      wire.send(frame(first, payload));
      if (first === 0x88) wire.socket.end();
    }
  });
}
