import { encodeClosePayload } from './close-code.js';
import { type Deflater, MAX_SYNC_BYTES } from './deflate.js';
import { argumentError } from './error.js';
import { BINARY, type MessageOpcode, TEXT } from './opcode.js';
import { Writer, type WriterOptions, type WriterOutput } from './writer.js';

/** Options of a {@link DeflatingWriter}. */
export interface DeflatingWriterOptions extends WriterOptions {
  /** Compresses what is sent. It belongs to the writer, which closes it. */
  readonly deflater: Deflater;
  /** Messages of fewer bytes are sent as they are, which RFC 7692 6 allows. Default {@link DEFLATE_THRESHOLD}. */
  readonly threshold?: number;
}

/** Default of `threshold`: below this the header and the first bytes of a message are most of it. */
export const DEFLATE_THRESHOLD = 1024;

const MAX_BYTES_PER_UNIT = 3;

/** Texts are encoded here to be compressed at once. */
let encoded: Buffer | null = null;

/** What has to be sent behind a message that is compressed off the loop, that message included. */
interface Waiting {
  /** What counts as buffered. */
  readonly bytes: number;
  /** Sends it; returns false if it has gone off the loop instead, to be sent when it comes back. */
  readonly start: (entry: Waiting) => boolean;
  /** To be told whether it was sent. */
  readonly tell: ((sent: boolean) => void)[];
}

/**
 * A {@link Writer} that compresses messages (RFC 7692 6.1).
 *
 * Short messages are compressed at once. A long one goes off the loop; what is sent after it waits for its turn, so the order stays:
 * messages, fragments and the close frame. Pings and pongs do not wait (RFC 6455 5.5: they "may be injected").
 *
 * Fragments are sent as they are.
 */
export class DeflatingWriter extends Writer {
  readonly #deflater: Deflater;
  readonly #threshold: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #closed = false;
  #closeWaits: Waiting | null = null;
  #inMessage = false;
  #failed = false;

  constructor(output: WriterOutput, options: DeflatingWriterOptions) {
    super(output, options);
    this.#deflater = options.deflater;
    this.#threshold = options.threshold ?? DEFLATE_THRESHOLD;
  }

  /** Bytes of frames that wait for {@link Writer.flush}, and of messages that wait to be compressed. */
  override get pendingBytes(): number {
    return super.pendingBytes + this.#waitingBytes;
  }

  /** Whether anything waits for its turn. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Calls `tell` when all that waits now has become frames (true) or was dropped (false). */
  whenSent(tell: (sent: boolean) => void): void {
    const last = this.#waiting.at(-1);
    if (last === undefined) tell(true);
    else last.tell.push(tell);
  }

  override text(text: string): void {
    this.#checkMessage();
    if (text.length * MAX_BYTES_PER_UNIT < this.#threshold) {
      if (!this.waits) return super.text(text);
      return void this.#wait(Buffer.byteLength(text), () => super.text(text));
    }
    if (this.waits || text.length > this.#deflater.syncBytes) return this.#message(TEXT, Buffer.from(text));
    encoded ??= Buffer.allocUnsafeSlow(MAX_SYNC_BYTES * MAX_BYTES_PER_UNIT);
    this.#message(TEXT, encoded.subarray(0, encoded.write(text)));
  }

  override binary(bytes: Uint8Array): void {
    this.#checkMessage();
    this.#message(BINARY, bytes);
  }

  override fragment(opcode: MessageOpcode, bytes: Uint8Array, fin: boolean): void {
    this.#checkOpen();
    this.#inMessage = !fin;
    if (!this.waits) return super.fragment(opcode, bytes, fin);
    const copy = Buffer.from(bytes);
    this.#wait(copy.length, () => super.fragment(opcode, copy, fin));
  }

  override ping(payload: Uint8Array): void {
    this.#checkOpen();
    super.ping(payload);
  }

  override pong(payload: Uint8Array): void {
    this.#checkOpen();
    super.pong(payload);
  }

  override close(code?: number, reason?: string): void {
    const { length } = encodeClosePayload(code, reason);
    this.#checkOpen();
    this.#closed = true;
    if (!this.waits) return super.close(code, reason);
    this.#closeWaits = this.#wait(length, () => super.close(code, reason));
  }

  /** Drops the messages that wait, for the connection has failed; a close frame that waits is sent. From now on only a close frame can be sent. */
  dropWaiting(): void {
    const close = this.#closeWaits;
    this.#failed = true;
    this.#drop();
    close?.start(close);
  }

  override discard(): void {
    this.#closed = true;
    this.#drop();
    super.discard();
  }

  #checkOpen(): void {
    if (this.#closed) throw argumentError('nothing can be sent after a close frame', 'RFC 6455 5.5.1');
  }

  #checkMessage(): void {
    this.#checkOpen();
    if (this.#failed) throw argumentError('nothing but a close frame can be sent after a failure', 'RFC 6455 7.1.7');
    if (!this.#inMessage) return;
    throw argumentError('a fragmented message is under way: end it before the next message', 'RFC 6455 5.4');
  }

  /** Sends a message, or copies it and lets it wait. */
  #message(opcode: MessageOpcode, plain: Uint8Array): void {
    const { length } = plain;
    const isLarge = length >= this.#threshold && length > this.#deflater.syncBytes;
    if (!isLarge && !this.waits) return this.#now(opcode, plain);
    const copy = Buffer.from(plain);
    if (isLarge) this.#enqueue(length, (entry) => this.#later(opcode, copy, entry));
    else this.#wait(length, () => this.#now(opcode, copy));
  }

  #now(opcode: MessageOpcode, plain: Uint8Array): void {
    if (plain.length >= this.#threshold) super.compressed(opcode, this.#deflater.now(plain));
    else super.fragment(opcode, plain, true);
  }

  #later(opcode: MessageOpcode, plain: Buffer, entry: Waiting): false {
    this.#deflater.later(plain, (payload) => {
      if (this.#waiting[0] !== entry) return;
      if (payload === null) super.fragment(opcode, plain, true);
      else super.compressed(opcode, payload);
      this.#sent(entry);
      this.#next();
    });
    return false;
  }

  #wait(bytes: number, send: () => void): Waiting {
    return this.#enqueue(bytes, () => {
      send();
      return true;
    });
  }

  #enqueue(bytes: number, start: Waiting['start']): Waiting {
    const entry: Waiting = { bytes, start, tell: [] };
    this.#waiting.push(entry);
    this.#waitingBytes += bytes;
    if (this.#waiting.length === 1) this.#next();
    return entry;
  }

  /** Sends what waits, up to the next message that has to go off the loop. */
  #next(): void {
    for (let first = this.#waiting[0]; first?.start(first); first = this.#waiting[0]) this.#sent(first);
  }

  #sent(entry: Waiting): void {
    this.#waiting.shift();
    this.#waitingBytes -= entry.bytes;
    for (const tell of entry.tell) tell(true);
  }

  #drop(): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#closeWaits = null;
    this.#deflater.close();
    for (const { tell } of dropped) for (const each of tell) each(false);
  }
}
