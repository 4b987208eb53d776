import { type FrameHeader, headerBytes } from './header.js';
import type { Inflater } from './inflate.js';
import { type MessageOpcode, TEXT } from './opcode.js';
import type { Outlet } from './outlet.js';
import { LATER, scratch } from './permessage-deflate.js';
import { longestMessage, type ReadingRules } from './reader-options.js';
import { BAD_TEXT, type Violation } from './rules.js';
import { decodeText } from './text.js';

/** Delivers compressed messages (RFC 7692 6.2), whose payload is there as a whole: at once, or when they are back from off the loop. */
export class CompressedMessages {
  readonly #inflater: Inflater;
  readonly #outlet: Outlet;
  readonly #rules: ReadingRules;
  readonly #isBack: () => void;
  /** Delivers a message that was inflated off the loop. */
  #deliverLate: (() => void) | null = null;

  /** @param isBack Called when a message is back and the sink may be called: it is to call {@link deliver}. */
  constructor(inflater: Inflater, outlet: Outlet, rules: ReadingRules, isBack: () => void) {
    this.#inflater = inflater;
    this.#outlet = outlet;
    this.#rules = rules;
    this.#isBack = isBack;
  }

  /**
   * Reads the message whose payload is bytes[start, end).
   *
   * @param header The last one of the message. The rules of what comes out are seen to be broken at its frame's end.
   * @param own Whether the bytes belong to the reader, and stay as they are.
   */
  read(opcode: MessageOpcode, header: FrameHeader, bytes: Buffer, start: number, end: number, own: boolean): void {
    const limit = longestMessage(this.#rules, opcode);
    const result = this.#inflater.now(bytes, start, end, limit);
    if (result !== LATER) return this.#deliver(opcode, header, result);
    const payload = bytes.subarray(start, end);
    this.#outlet.flow.hold();
    this.#inflater.later(own ? payload : Buffer.from(payload), limit, (late) =>
      this.#release(() => this.#deliver(opcode, header, late)),
    );
  }

  /** Delivers the message that was inflated off the loop, if there is one. */
  deliver(): void {
    const deliver = this.#deliverLate;
    this.#deliverLate = null;
    deliver?.();
  }

  /** The connection has ended: nothing comes back any more. */
  close(): void {
    this.#deliverLate = null;
    this.#inflater.close();
  }

  #release(deliver: () => void): void {
    const { flow } = this.#outlet;
    this.#deliverLate = deliver;
    try {
      if (flow.release()) this.#isBack();
    } finally {
      flow.tellHeld();
    }
  }

  /** @param result The message; or its length, if it is in the scratch memory; or the rule that it breaks. */
  #deliver(opcode: MessageOpcode, header: FrameHeader, result: Buffer | number | Violation): void {
    if (typeof result === 'number') this.#deliverBytes(opcode, header, scratch(), result);
    else if (Buffer.isBuffer(result)) this.#deliverBytes(opcode, header, result, result.length);
    else this.#outlet.fail(result, 0, headerBytes(header));
  }

  #deliverBytes(opcode: MessageOpcode, header: FrameHeader, bytes: Buffer, length: number): void {
    const { sink } = this.#outlet;
    if (opcode !== TEXT) return sink.binary(bytes === scratch() ? Buffer.from(bytes.subarray(0, length)) : bytes);
    const text = decodeText(bytes, 0, length);
    if (text === null) this.#outlet.fail(BAD_TEXT, 0, headerBytes(header));
    else sink.text(text);
  }
}
