import type { MessageListeners } from './message-listeners.js';
import { platformPrototype } from './platform-prototype.js';
import { requireArguments, shapeInterface, toDictionary, toScalarText, toText } from './webidl.js';

/** What the constructor of {@link MessageEvent} takes. */
export interface MessageEventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
  readonly data?: unknown;
  readonly origin?: string;
  readonly lastEventId?: string;
  readonly source?: object | null;
  readonly ports?: Iterable<unknown>;
}

/**
 * The event of a message (HTML 9.1, "The MessageEvent interface").
 *
 * It is a class of this package's own, and its events are instances of the platform's class of this name, too.
 */
export class MessageEvent<Data = unknown> extends Event {
  readonly #data: Data;
  readonly #origin: string;
  readonly #lastEventId: string;
  readonly #source: object | null;
  readonly #ports: readonly unknown[];

  /** @throws TypeError for arguments that Web IDL refuses. */
  constructor(type: string, init: MessageEventInit = {}) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts the arguments
    requireArguments(arguments.length, 1, 'MessageEvent');
    const { data = null, origin = '', lastEventId = '', source, ports } = toDictionary(init, 'MessageEvent');
    super(type, init ?? {});
    this.#data = data as Data;
    this.#origin = toScalarText(origin);
    this.#lastEventId = toText(lastEventId);
    this.#source = (source as object | null | undefined) ?? null;
    this.#ports = ports === undefined ? NO_PORTS : Object.freeze([...(ports as Iterable<unknown>)]);
  }

  /** A string for a text message; a Blob or an ArrayBuffer, as `binaryType` says, for a binary one. */
  get data(): Data {
    return this.#data;
  }

  /** The origin of the server, such as `wss://example.org`. */
  get origin(): string {
    return this.#origin;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  get source(): object | null {
    return this.#source;
  }

  get ports(): readonly unknown[] {
    return this.#ports;
  }
}

const NO_PORTS: readonly unknown[] = Object.freeze([]);

shapeInterface(MessageEvent, 'MessageEvent');
Object.setPrototypeOf(MessageEvent.prototype, platformPrototype('MessageEvent', MessageEvent.prototype));

// Flags of an event (DOM 2.2)
const DISPATCHED = 1;
const STOPPED = 2;
const STOPPED_AT_ONCE = 4;
const AT_TARGET = 2;

/** Fires a message event at `target`: calls the listeners in their order (DOM 2.9). */
export let fireMessage: (target: EventTarget, listeners: MessageListeners, data: unknown, origin: string) => void;

/**
 * The message event as it is fired. To be made costs it a tenth of what an `Event` of Node's costs, because nothing of that one
 * is in it: it has the prototype, and all members are its own.
 *
 * It neither bubbles nor can be canceled, so most of them are constants.
 */
class FiredMessageEvent {
  readonly #data: unknown;
  readonly #origin: string;
  readonly #target: EventTarget;
  #flags = DISPATCHED;
  #timeStamp = 0;

  private constructor(data: unknown, origin: string, target: EventTarget) {
    this.#data = data;
    this.#origin = origin;
    this.#target = target;
  }

  static {
    fireMessage = (target, listeners, data, origin) => {
      const event = new FiredMessageEvent(data, origin, target);
      const { entries } = listeners;
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i] as (typeof entries)[number];
        // The listeners behind the capturing ones are called in a phase of their own, to which stopPropagation holds.
        if (
          event.#flags >= STOPPED &&
          event.#isOverBefore(i > 0 && entries[i - 1]?.capture === true && !entry.capture)
        ) {
          break;
        }
        listeners.callSafely(entry, target, event);
      }
      event.#flags &= ~DISPATCHED;
    };
  }

  #isOverBefore(nextPhase: boolean): boolean {
    return (this.#flags & (nextPhase ? STOPPED | STOPPED_AT_ONCE : STOPPED_AT_ONCE)) !== 0;
  }

  get type(): string {
    return 'message';
  }

  get data(): unknown {
    return this.#data;
  }

  get origin(): string {
    return this.#origin;
  }

  get lastEventId(): string {
    return '';
  }

  get source(): null {
    return null;
  }

  get ports(): readonly unknown[] {
    return NO_PORTS;
  }

  get target(): EventTarget {
    return this.#target;
  }

  get srcElement(): EventTarget {
    return this.#target;
  }

  get currentTarget(): EventTarget | null {
    return this.#flags & DISPATCHED ? this.#target : null;
  }

  get eventPhase(): number {
    return this.#flags & DISPATCHED ? AT_TARGET : 0;
  }

  composedPath(): EventTarget[] {
    return this.#flags & DISPATCHED ? [this.#target] : [];
  }

  get bubbles(): boolean {
    return false;
  }

  get cancelable(): boolean {
    return false;
  }

  get composed(): boolean {
    return false;
  }

  get defaultPrevented(): boolean {
    return false;
  }

  get isTrusted(): boolean {
    return true;
  }

  /** Taken when it is first asked for: the clock costs more than the rest of the event. */
  get timeStamp(): number {
    if (this.#timeStamp === 0) this.#timeStamp = performance.now();
    return this.#timeStamp;
  }

  get returnValue(): boolean {
    return true;
  }

  set returnValue(_: boolean) {}

  get cancelBubble(): boolean {
    return (this.#flags & STOPPED) !== 0;
  }

  set cancelBubble(value: boolean) {
    if (value) this.#flags |= STOPPED;
  }

  stopPropagation(): void {
    this.#flags |= STOPPED;
  }

  stopImmediatePropagation(): void {
    this.#flags |= STOPPED | STOPPED_AT_ONCE;
  }

  preventDefault(): void {}

  initEvent(): void {}

  /** How Node's console shows it. */
  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return { type: this.type, data: this.#data, origin: this.#origin };
  }
}

Object.setPrototypeOf(FiredMessageEvent.prototype, MessageEvent.prototype);
Object.defineProperty(FiredMessageEvent.prototype, 'constructor', { value: MessageEvent });
