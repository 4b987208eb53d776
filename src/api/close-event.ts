import type { CloseReport } from './close-report.js';
import { platformPrototype } from './platform-prototype.js';
import { requireArguments, shapeInterface, toDictionary, toScalarText } from './webidl.js';

/** What the constructor of {@link CloseEvent} takes. */
export interface CloseEventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
  readonly wasClean?: boolean;
  readonly code?: number;
  readonly reason?: string;
}

/**
 * The event at the end of a `WebSocket` (WHATWG WebSockets 6, "The CloseEvent interface").
 *
 * One that a `WebSocket` fires has the close report of this package as `report`, which the standard does not know.
 */
export class CloseEvent extends Event {
  /** Who ended it, both close frames and the cause. Only in events that a `WebSocket` has fired (decision of this project). */
  declare readonly report?: CloseReport;
  readonly #wasClean: boolean;
  readonly #code: number;
  readonly #reason: string;

  /** @throws TypeError for arguments that Web IDL refuses. */
  constructor(type: string, init: CloseEventInit = {}) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts the arguments
    requireArguments(arguments.length, 1, 'CloseEvent');
    const { wasClean, code, reason } = toDictionary(init, 'CloseEvent');
    super(type, init ?? {});
    this.#wasClean = Boolean(wasClean);
    // unsigned short, which wraps
    this.#code = new Uint16Array([+((code ?? 0) as number)])[0] as number;
    this.#reason = reason === undefined ? '' : toScalarText(reason);
  }

  /** Whether the closing handshake was done by both sides (RFC 6455 7.1.4). */
  get wasClean(): boolean {
    return this.#wasClean;
  }

  /** The code of the peer's close frame; 1005 if it held none, 1006 if there was no close frame (RFC 6455 7.1.5). */
  get code(): number {
    return this.#code;
  }

  /** The reason of the peer's close frame (RFC 6455 7.1.6). */
  get reason(): string {
    return this.#reason;
  }
}

shapeInterface(CloseEvent, 'CloseEvent');
Object.setPrototypeOf(CloseEvent.prototype, platformPrototype('CloseEvent', CloseEvent.prototype));
