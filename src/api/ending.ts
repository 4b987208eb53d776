import { ABNORMAL_CLOSURE } from '../frames/index.js';
import type { CloseFrame, CloseReport } from './close-report.js';
import { startDeadline } from './deadline.js';
import type { WebSocketError } from './errors.js';

/** The end of a connection, from its first sign to the report: what is known of it (RFC 6455 7.1). */
export class Ending {
  /** The peer's close frame. */
  received: CloseFrame | undefined;
  /** Ours. */
  sent: CloseFrame | undefined;
  /** Why it ended, if not by a closing handshake. */
  error: WebSocketError | undefined;
  #by: CloseReport['by'];
  #timer: NodeJS.Timeout | undefined;
  #report: CloseReport | undefined;

  /** @param by Who has begun it. */
  constructor(by: CloseReport['by']) {
    this.#by = by;
  }

  /** A frame begins the end. One that is parsed after the connection was lost had come before. */
  byFrame(by: 'us' | 'peer'): void {
    if (this.#by === 'transport') this.#by = by;
  }

  /** Whether both close frames were exchanged. */
  get isClean(): boolean {
    return this.received !== undefined && this.sent !== undefined;
  }

  /** Whether it is known why it ends, so that an end of the TCP connection says nothing new. */
  get isExplained(): boolean {
    return this.received !== undefined || this.error !== undefined;
  }

  /** Calls `due` if it takes longer than `ms`; the first limit holds. */
  limit<Owner>(ms: number, due: (owner: Owner) => void, owner: Owner): void {
    // A timer of Node's takes Infinity for one millisecond.
    if (ms !== Number.POSITIVE_INFINITY) this.#timer ??= startDeadline(ms, due, owner);
  }

  /** How it ended; `undefined` before {@link Ending.finish}. */
  get report(): CloseReport | undefined {
    return this.#report;
  }

  /** The connection is closed: what is known now is the report. */
  finish(): CloseReport {
    clearTimeout(this.#timer);
    this.#report ??= this.#makeReport();
    return this.#report;
  }

  #makeReport(): CloseReport {
    const { received, sent, error } = this;
    const report: { -readonly [Key in keyof CloseReport]: CloseReport[Key] } = {
      code: received === undefined ? ABNORMAL_CLOSURE : received.code,
      reason: received === undefined ? '' : received.reason,
      clean: this.isClean,
      by: this.#by,
    };
    if (received !== undefined) report.received = received;
    if (sent !== undefined) report.sent = sent;
    if (error !== undefined) report.error = error;
    return report;
  }
}
