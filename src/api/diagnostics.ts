import { channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import {
  CLOSE,
  decodeHeader,
  type FrameHeader,
  MAX_HEADER_LENGTH,
  mask,
  type Slot,
  type WriterOutput,
} from '../frames/index.js';
import type { Extension, Response } from '../handshake/index.js';
import type { CloseReport } from './close-report.js';
import type { WebSocketError } from './errors.js';
import type { Receiver } from './receiver.js';
import type { TlsReport } from './tls-report.js';

/** Which connection a diagnostics message is about. */
export interface DiagnosticsSource {
  /** Counts the attempts to connect of this process, from 1 on. */
  readonly id: number;
  /** The url without userinfo. */
  readonly url: string;
  /** The address and port that were dialed, such as `127.0.0.1:443`, once they are known. */
  readonly address?: string | undefined;
}

/** A message of the channel `websocket-open:open`: the opening handshake is done. */
export interface OpenDiagnostics extends DiagnosticsSource {
  readonly protocol: string;
  readonly extensions: readonly Extension[];
  readonly response: Response;
  /** `null` for `ws:`. */
  readonly tls: TlsReport | null;
}

/** A message of the channel `websocket-open:close`: an open connection has ended. */
export interface CloseDiagnostics extends DiagnosticsSource {
  readonly report: CloseReport;
}

/** A message of the channel `websocket-open:error`: an attempt to connect failed, or an open connection ended by an error. */
export interface ErrorDiagnostics extends DiagnosticsSource {
  readonly error: WebSocketError;
}

/** A message of the channels `websocket-open:frame:received` and `websocket-open:frame:sent`. */
export interface FrameDiagnostics extends DiagnosticsSource, Pick<FrameHeader, 'fin' | 'rsv1' | 'opcode' | 'length'> {
  /** The first bytes of the payload, at most 1,024, unmasked; as they are on the wire if rsv1 is set, so compressed. */
  readonly payload: Buffer;
}

const CHANNELS = {
  open: channel('websocket-open:open'),
  close: channel('websocket-open:close'),
  error: channel('websocket-open:error'),
  received: channel('websocket-open:frame:received'),
  sent: channel('websocket-open:frame:sent'),
};

const log = debuglog('websocket-open');
const { open, close, error, received, sent } = CHANNELS;
const MAX_PAYLOAD = 1024;

/** Whether anybody listens now. Without it no diagnostics are made: a connection that opens while nobody listens has none. */
export function isDiagnosticsWanted(): boolean {
  return (
    log.enabled ||
    error.hasSubscribers ||
    open.hasSubscribers ||
    close.hasSubscribers ||
    received.hasSubscribers ||
    sent.hasSubscribers
  );
}

/** Whether there is a line per phase. */
export function isLogWanted(): boolean {
  return log.enabled;
}

/** The diagnostics of one connection: node:diagnostics_channel, and a line per phase with NODE_DEBUG=websocket-open. */
export class Diagnostics implements DiagnosticsSource {
  readonly id: number;
  readonly url: string;
  readonly address: string | undefined;

  constructor({ id, url, address }: DiagnosticsSource) {
    this.id = id;
    this.url = url;
    this.address = address;
  }

  /** A line of NODE_DEBUG. */
  log(text: string): void {
    if (log.enabled) log('%d %s', this.id, text);
  }

  opened(agreed: Omit<OpenDiagnostics, keyof DiagnosticsSource>): void {
    if (CHANNELS.open.hasSubscribers) CHANNELS.open.publish({ ...this, ...agreed } satisfies OpenDiagnostics);
  }

  failed(error: WebSocketError): void {
    if (CHANNELS.error.hasSubscribers) CHANNELS.error.publish({ ...this, error } satisfies ErrorDiagnostics);
  }

  closed(report: CloseReport): void {
    if (report.error !== undefined) this.failed(report.error);
    if (CHANNELS.close.hasSubscribers) CHANNELS.close.publish({ ...this, report } satisfies CloseDiagnostics);
  }

  /**
   * Shows the frames that come to the channel of frames received, if anybody listens now.
   *
   * @param isOver Whether what comes is discarded: a close frame has come, or a rule was broken.
   */
  watchReceiver(receiver: Receiver, isOver: () => boolean): Receiver {
    return CHANNELS.received.hasSubscribers ? new WatchedReceiver(receiver, this, isOver) : receiver;
  }

  /** Shows the frames that leave to the channel of frames sent, if anybody listens now. */
  watchOutput(output: WriterOutput): WriterOutput {
    if (!CHANNELS.sent.hasSubscribers) return output;
    const scanner = new FrameScanner(this, CHANNELS.sent);
    return {
      pending: () => output.pending(),
      write: (slot: Slot, length: number) => {
        scanner.push(slot.bytes, 0, length);
        output.write(slot, length);
      },
      cork: () => output.cork(),
      uncork: () => output.uncork(),
    };
  }
}

class WatchedReceiver implements Receiver {
  readonly #receiver: Receiver;
  readonly #scanner: FrameScanner;
  readonly #isOver: () => boolean;

  constructor(receiver: Receiver, source: DiagnosticsSource, isOver: () => boolean) {
    this.#receiver = receiver;
    this.#scanner = new FrameScanner(source, CHANNELS.received);
    this.#isOver = isOver;
  }

  read(chunk: Buffer, start: number, end: number): void {
    if (!this.#isOver()) this.#scanner.push(chunk, start, end);
    this.#receiver.read(chunk, start, end);
  }

  /** Nothing is read past the scanner. */
  readonly target: null = null;

  filled(): void {}

  ended(): void {
    this.#receiver.ended();
  }

  closed(error: Error | undefined): void {
    this.#receiver.closed(error);
  }
}

/** Finds the frames in bytes of one direction, in any cutting, and publishes each when its last byte has come. It checks nothing. */
class FrameScanner {
  readonly #source: DiagnosticsSource;
  readonly #channel: (typeof CHANNELS)['sent'];
  readonly #head: Buffer = Buffer.alloc(MAX_HEADER_LENGTH);
  #headLength = 0;
  #header: FrameHeader | null = null;
  #payload: Buffer = this.#head;
  #seen = 0;
  #over = false;

  constructor(source: DiagnosticsSource, to: (typeof CHANNELS)['sent']) {
    this.#source = source;
    this.#channel = to;
  }

  push(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end && !this.#over; ) {
      at = this.#header === null ? this.#readHeader(bytes, at) : this.#readPayload(this.#header, bytes, at, end);
    }
  }

  #readHeader(bytes: Buffer, at: number): number {
    this.#head[this.#headLength++] = bytes[at] as number;
    const header = decodeHeader(this.#head, 0, this.#headLength);
    if (header !== null) {
      this.#headLength = this.#seen = 0;
      this.#header = header;
      this.#payload = Buffer.alloc(Math.min(header.length, MAX_PAYLOAD));
      if (header.length === 0) this.#publish(header);
    }
    return at + 1;
  }

  #readPayload(header: FrameHeader, bytes: Buffer, at: number, end: number): number {
    const count = Math.min(header.length - this.#seen, end - at);
    if (this.#seen < this.#payload.length) bytes.copy(this.#payload, this.#seen, at, at + count);
    this.#seen += count;
    if (this.#seen === header.length) this.#publish(header);
    return at + count;
  }

  #publish({ fin, rsv1, opcode, length, maskingKey }: FrameHeader): void {
    this.#header = null;
    const payload = this.#payload;
    if (maskingKey !== null) mask(payload, 0, payload.length, maskingKey);
    this.#over = opcode === CLOSE;
    const { id, url, address } = this.#source;
    const message: FrameDiagnostics = { id, url, address, fin, rsv1, opcode, length, payload };
    this.#channel.publish(message);
  }
}
