import { checkClose, enforceShort, shapeInterface, toDictionary, toScalarText, toText } from './webidl.js';

/** How a `WebSocketStream` was closed, or is to be closed. */
export interface WebSocketCloseInfo {
  /** 1000 or 3000 to 4999 where it is given. */
  readonly closeCode?: number;
  /** At most 123 bytes of UTF-8. Default `''`. */
  readonly reason?: string;
}

/** Makes the error for a connection that was not closed cleanly: with any close code, and with our error as its cause. */
export let brokenConnection: (
  message: string,
  closeCode: number | null,
  reason: string,
  cause: unknown,
) => WebSocketError;

/** What the promises and streams of a `WebSocketStream` reject with (the proposal, as Web Platform Tests have it). */
export class WebSocketError extends DOMException {
  #closeCode: number | null;
  #reason: string;

  /**
   * One to abort or cancel a stream with: its close code and reason are sent.
   *
   * @throws DOMException InvalidAccessError for a code that may not be sent, SyntaxError for a reason that is too long.
   */
  constructor(message = '', init: WebSocketCloseInfo = {}) {
    super(toText(message), 'WebSocketError');
    [this.#closeCode, this.#reason] = readCloseInfo(init);
  }

  static {
    brokenConnection = (message, closeCode, reason, cause) => {
      const error = new WebSocketError(message);
      error.#closeCode = closeCode;
      error.#reason = reason;
      return Object.defineProperty(error, 'cause', { value: cause });
    };
  }

  /** The close code; `null` if there is none, because there was no connection. 1006 if there was no close frame. */
  get closeCode(): number | null {
    return this.#closeCode;
  }

  /** The close reason. */
  get reason(): string {
    return this.#reason;
  }
}

shapeInterface(WebSocketError, 'WebSocketError');

/** Reads a close info as Web IDL does, and checks it. */
export function readCloseInfo(info: unknown): [code: number | null, reason: string] {
  const { closeCode, reason = '' } = toDictionary(info, 'closeInfo');
  const code = closeCode === undefined ? undefined : enforceShort(closeCode, 'closeCode');
  const text = toScalarText(reason);
  return [checkClose(code, text) ?? null, text];
}
