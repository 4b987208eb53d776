import type { Socket } from 'node:net';
import type { Kind } from '../src/scenario.js';

/** A message as an adapter hands it on: text as string, binary as any object of bytes. */
export type Received = string | { readonly byteLength: number };

export interface OpenOptions {
  readonly mode: string;
  /** number, bytes and kind of the messages to come: the raw adapters need to know, no other one may look */
  readonly n: number;
  readonly size?: number;
  readonly kind?: Kind;
  /** offer permessage-deflate and compress every message, as DEFLATE says */
  readonly deflate: boolean;
  /** resume TLS sessions between calls, where the client can */
  readonly resume: boolean;
  onMessage(data: Received): void;
  /** called by the raw adapters, which count bytes instead of messages */
  onBytes(count: number): void;
  onError(error: unknown): void;
}

export interface BenchConnection {
  send(message: string | Buffer): void;
  /** bytes not yet handed to the system */
  buffered(): number;
  /** resolves at the next drain; undefined where none will come: then the bench asks every millisecond */
  drain?(): Promise<void> | undefined;
  /** resolves when the closing handshake is done and the socket closed */
  close(): Promise<void>;
  /** bytes of all messages to come; only the raw adapters know */
  readonly wireBytes?: number;
}

/**
 * A client, as the bench drives it. NODE_EXTRA_CA_CERTS names the CA of the test, so a wss: url verifies with no more code.
 */
export interface Adapter {
  open(url: string, options: OpenOptions): Promise<BenchConnection>;
}

/** The level and memory that ws has by default are zlib's own; spelt out, they are the same for every client that compresses. */
export const DEFLATE = { threshold: 0, level: 6, memLevel: 8 } as const;

/** The next 'drain' of a socket; undefined when it needs none. */
export function nextDrain(socket: Socket): Promise<void> | undefined {
  return socket.writableNeedDrain ? new Promise((resolve) => socket.once('drain', resolve)) : undefined;
}
