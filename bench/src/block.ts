import zlib from 'node:zlib';
import { frame, OPCODE } from './frame.js';
import { payload } from './payload.js';
import type { Kind } from './scenario.js';

/** Encoded frames back to back; `ends[i]` is where frame i ends. */
export interface Block {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
}

const BLOCK_BYTES = 256 * 1024;
const blocks = new Map<string, Block>();

/**
 * The block for messages of `size` bytes, made once. With `windowBits` it is one cycle of messages compressed with context
 * takeover from an empty window: nothing in it refers to what came before, so it can be replayed to any decoder.
 */
export function blockOf(size: number, kind: Kind, windowBits: number | undefined): Block {
  const key = `${size} ${kind} ${windowBits}`;
  const known = blocks.get(key);
  if (known !== undefined) return known;
  const made = windowBits === undefined ? plainBlock(size, kind) : compressedBlock(size, kind, windowBits);
  blocks.set(key, made);
  return made;
}

/** The first `count` frames of a block, with no copy. */
export function firstFrames(block: Block, count: number): Buffer {
  return block.bytes.subarray(0, block.ends[count - 1] ?? 0);
}

function join(frames: readonly Buffer[]): Block {
  let end = 0;
  const ends = frames.map((one) => {
    end += one.length;
    return end;
  });
  return { bytes: Buffer.concat(frames), ends };
}

function plainBlock(size: number, kind: Kind): Block {
  const one = frame(Buffer.from(payload(size, kind)), kind === 'bin' ? OPCODE.binary : OPCODE.text);
  return join(Array.from({ length: Math.max(1, Math.floor(BLOCK_BYTES / (size + 2))) }, () => one));
}

function compressedBlock(size: number, kind: Kind, windowBits: number): Block {
  const windowBytes = 1 << windowBits;
  let history = Buffer.alloc(0);
  const count = Math.max(16, Math.min(256, Math.floor((1 << 20) / size)));
  return join(
    Array.from({ length: count }, (_, seed) => {
      const message = Buffer.from(payload(size, kind, seed));
      const compressed = deflate(message, history, windowBits);
      history = Buffer.concat([history, message]).subarray(-windowBytes);
      return frame(compressed, kind === 'bin' ? OPCODE.binary : OPCODE.text, true);
    }),
  );
}

/** RFC 7692 7.2.1; what was sent before is the dictionary, which is the same on the wire as a kept context. */
function deflate(message: Buffer, history: Buffer, windowBits: number): Buffer {
  const flushed = zlib.deflateRawSync(message, {
    level: 6,
    windowBits,
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    ...(history.length > 0 ? { dictionary: history } : {}),
  });
  return flushed.subarray(0, -4);
}
