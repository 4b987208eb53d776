import { constants, createDeflateRaw, createInflateRaw, type InflateRaw } from 'node:zlib';
import t from 'tap';
import { canKeepStreams, findOut, KeptStream } from '../../src/frames/kept-stream.js';
import { aboutFastPath } from '../about-fast-path.js';
import { hex } from './support.js';

const { Z_SYNC_FLUSH } = constants;
const KEPT = aboutFastPath('kept-streams');

/** What is not documented of a stream. */
interface Internals {
  _handle: { writeSync: ((...args: unknown[]) => void) | undefined } | null;
  _writeState: Uint32Array | undefined;
  _processChunk: ((chunk: Buffer, flush: number) => Buffer) | undefined;
}

/** Changes that, as another release of Node may. */
function changed(change: (internals: Internals) => void): () => InflateRaw {
  return () => {
    const stream = createInflateRaw();
    change(stream as unknown as Internals);
    return stream;
  };
}

/** A Node that calls its native function with these arguments. */
function calling(args: (chunk: Buffer, flush: number, output: Buffer) => unknown[]): () => InflateRaw {
  return changed((stream) => {
    const handle = stream._handle as { writeSync(...args: unknown[]): void };
    handle.writeSync = () => {};
    stream._processChunk = (chunk, flush) => {
      handle.writeSync(...args(chunk, flush, Buffer.alloc(64)));
      return Buffer.from('Hello');
    };
  });
}

t.test('this Node has what it rests on', KEPT, async (t) => {
  t.equal(
    canKeepStreams(),
    true,
    'every release that is supported has it; another may well not, and then this test says so',
  );
  t.equal(canKeepStreams(), true, 'and the answer is kept');
});

t.test('what is not there, or not as we know it, is found out without a call of ours', KEPT, async (t) => {
  const unlike: Record<string, () => InflateRaw> = {
    'no handle': changed((stream) => void Object.assign(stream, { _handle: null })),
    'no writeSync': changed((stream) => void Object.assign(stream._handle as object, { writeSync: undefined })),
    'no state': changed((stream) => void Object.assign(stream, { _writeState: undefined })),
    'a state of another length': changed((stream) => void Object.assign(stream, { _writeState: new Uint32Array(3) })),
    'no _processChunk': changed((stream) => void Object.assign(stream, { _processChunk: undefined })),
    'another order': calling((chunk, flush, out) => [chunk, flush, 0, chunk.length, out, 0, out.length]),
    'one argument more': calling((chunk, flush, out) => [flush, chunk, 0, chunk.length, out, 0, out.length, 0]),
    'one argument less': calling((chunk, flush, out) => [flush, chunk, 0, chunk.length, out, 0]),
    'no call at all': changed((stream) => void Object.assign(stream, { _processChunk: () => Buffer.from('Hello') })),
  };
  for (const [what, make] of Object.entries(unlike)) t.equal(findOut(make), false, what);
  t.equal(findOut(), true);
});

t.test('a state that does not do what we need is not used', async (t) => {
  let made = 0;
  const numb = (): InflateRaw => {
    const stream = createInflateRaw();
    // The first one is watched, the second one is worked with.
    if (made++ === 1) Object.assign((stream as unknown as { _handle: object })._handle, { writeSync: () => {} });
    return stream;
  };
  t.equal(findOut(numb), false);
});

t.test('a state goes on from message to message, and can be reset', async (t) => {
  const kept = new KeptStream(createInflateRaw());
  const out = Buffer.alloc(100);
  const first = hex('f248cdc9c90700 0000ffff');
  const second = hex('f200110000 0000ffff');
  t.equal(kept.write(Z_SYNC_FLUSH, first, 0, first.length, out, 0), 0);
  t.equal(out.toString('latin1', 0, 100 - kept.outputLeft), 'Hello');
  t.equal(kept.write(Z_SYNC_FLUSH, second, 0, second.length, out, 0), 0);
  t.equal(out.toString('latin1', 0, 100 - kept.outputLeft), 'Hello');
  kept.reset();
  t.equal(kept.write(Z_SYNC_FLUSH, second, 0, second.length, out, 0), -1, 'the window is gone');
  kept.close();
});

t.test('what does not fit stays', async (t) => {
  const kept = new KeptStream(createDeflateRaw());
  const noise = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * i * 31) & 255));
  t.equal(kept.write(Z_SYNC_FLUSH, noise, 0, noise.length, Buffer.alloc(20), 0) >= 0, true);
  t.equal(kept.outputLeft, 0);
  kept.close();
  t.throws(() => new KeptStream(changed((stream) => void Object.assign(stream, { _handle: null }))()), /no handle/);
});
