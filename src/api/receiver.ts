/** Who gets what a transport receives: first the handshake, then the connection. */
export interface Receiver {
  /** Bytes chunk[start, end) have arrived. They are gone when the method returns. */
  read(chunk: Buffer, start: number, end: number): void;
  /** Where the next bytes may be read to without a copy; `null` for the shared buffer. */
  readonly target: Buffer | null;
  /** `count` bytes are in the last {@link Receiver.target}. */
  filled(count: number): void;
  /** The socket has connected: told if it was connecting when it was attached. */
  connected?(): void;
  /** The peer has ended its side. */
  ended(): void;
  /** The socket is gone. */
  closed(error: Error | undefined): void;
}
