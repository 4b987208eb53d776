import type { Test } from 'tap';
import type { ProtocolError } from '../../src/frames/error.js';
import type { Sink } from '../../src/frames/sink.js';

/** Bytes written as hexadecimal digits; spaces and line ends are for the reader. */
export const hex = (digits: string): Buffer => {
  const packed = digits.replace(/\s+/g, '');
  const bytes = Buffer.from(packed, 'hex');
  if (bytes.length * 2 !== packed.length) throw new Error(`not hexadecimal: ${digits}`);
  return bytes;
};

/** One call of a sink; a failure as its facts, so that two of them can be compared. */
export type Call =
  | readonly ['text', string]
  | readonly ['binary' | 'ping' | 'pong', Buffer]
  | readonly ['close', number, string]
  | readonly ['failed', Failure];

export interface Failure {
  readonly code: string;
  readonly section: string;
  readonly closeCode: number;
  readonly by: string;
  readonly offset: number;
  readonly header: string;
  readonly message: string;
}

export const failureOf = ({ code, section, closeCode, by, offset, header, message }: ProtocolError): Failure => ({
  code,
  section,
  closeCode,
  by,
  offset,
  header: header.toString('hex'),
  message,
});

/** A sink that keeps what it is given: not copies, so that a view of memory that is used again would show. */
export class Recorder implements Sink {
  readonly calls: Call[] = [];
  /** Called after each call was kept, with its number from 1 on. */
  after: (count: number, call: Call) => void = () => {};

  text(text: string): void {
    this.#add(['text', text]);
  }
  binary(bytes: Buffer): void {
    this.#add(['binary', bytes]);
  }
  ping(payload: Buffer): void {
    this.#add(['ping', payload]);
  }
  pong(payload: Buffer): void {
    this.#add(['pong', payload]);
  }
  close(code: number, reason: string): void {
    this.#add(['close', code, reason]);
  }
  failed(error: ProtocolError): void {
    this.#add(['failed', failureOf(error)]);
  }

  #add(call: Call): void {
    this.calls.push(call);
    this.after(this.calls.length, call);
  }
}

const show = (call: Call): string =>
  JSON.stringify(call.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : part)));

const isSame = (a: Call | undefined, b: Call | undefined): boolean => {
  if (a === undefined || b === undefined || a[0] !== b[0]) return a === b;
  const [left, right] = [a[1], b[1]];
  if (Buffer.isBuffer(left) && Buffer.isBuffer(right)) return left.equals(right);
  return typeof left === 'string' ? left === right : show(a) === show(b);
};

/** Compares the calls of two sinks; says where they differ first, without printing megabytes. */
export function difference(found: readonly Call[], wanted: readonly Call[]): string | null {
  for (let i = 0; i < Math.max(found.length, wanted.length); i++) {
    const [a, b] = [found[i], wanted[i]];
    if (isSame(a, b)) continue;
    const [left, right] = [a, b].map((call) => (call === undefined ? 'nothing' : show(call).slice(0, 300)));
    return `call ${i + 1}: ${left} instead of ${right}`;
  }
  return null;
}

/** A masking key as its four bytes, in the order of the wire. */
export type Key = readonly [number, number, number, number];

export interface FrameOptions {
  readonly key?: Key;
  /** Bytes of the extended length; without it the fewest. */
  readonly extended?: 0 | 2 | 8;
}

/** Builds a frame after the diagram of RFC 6455 5.2, apart from the code under test. */
export function frame(first: number, payload: Uint8Array | string, options: FrameOptions = {}): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const extended = options.extended ?? (body.length < 126 ? 0 : body.length < 65536 ? 2 : 8);
  const header = Buffer.alloc(2 + extended);
  header[0] = first;
  header[1] = extended === 0 ? body.length : extended === 2 ? 126 : 127;
  if (extended === 2) header.writeUInt16BE(body.length, 2);
  if (extended === 8) header.writeBigUInt64BE(BigInt(body.length), 2);
  const { key } = options;
  if (key === undefined) return Buffer.concat([header, body]);
  header[1] = (header[1] as number) + 128;
  return Buffer.concat([header, Buffer.from(key), masked(body, key)]);
}

/** RFC 6455 5.3 as it is written there: octet i XOR octet i modulo 4 of the key. */
export function masked(bytes: Uint8Array, key: Key): Buffer {
  const octets = Buffer.from(bytes);
  for (let i = 0; i < octets.length; i++) octets[i] = (octets[i] as number) ^ (key[i % 4] as number);
  return octets;
}

export interface WireFrame {
  readonly first: number;
  readonly key: Key | null;
  readonly payload: Buffer;
}

/** Takes frames apart after the diagram of RFC 6455 5.2, apart from the code under test. Throws if bytes are left over. */
export function frames(bytes: Buffer): WireFrame[] {
  const found: WireFrame[] = [];
  let p = 0;
  while (p < bytes.length) {
    const [first, second] = [bytes.readUInt8(p), bytes.readUInt8(p + 1)];
    p += 2;
    let length = second % 128;
    if (length === 126) {
      length = bytes.readUInt16BE(p);
      if (length < 126) throw new Error(`length ${length} in 16 bits`);
      p += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(p));
      if (length < 65536) throw new Error(`length ${length} in 64 bits`);
      p += 8;
    }
    const key = second < 128 ? null : ([...bytes.subarray(p, p + 4)] as unknown as Key);
    if (key !== null) p += 4;
    if (p + length > bytes.length) throw new Error(`frame of ${length} bytes is cut off`);
    const payload = bytes.subarray(p, p + length);
    found.push({ first, key, payload: key === null ? Buffer.from(payload) : masked(payload, key) });
    p += length;
  }
  return found;
}

/** Random numbers that can be had again from their seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < count; i++) bytes[i] = this.below(256);
    return bytes;
  }
}

/** The random numbers of a test. SEED in the environment gives those of an earlier run again. */
export function randomFor(t: Test): Random {
  const { SEED } = process.env;
  const seed = Number(SEED ?? Math.floor(Math.random() * 0x1_0000_0000));
  t.comment(`SEED=${seed}`);
  return new Random(seed);
}
