const READING = 0;
const PAUSED = 1;
/** A message is inflated off the loop. */
const HELD = 2;
const DONE = 3;

/** Whether a reader may call its sink: not in a pause, not while a message is inflated off the loop, and never after the end. */
export class Flow {
  readonly #hold: ((held: boolean) => void) | undefined;
  #state: typeof READING | typeof PAUSED | typeof HELD | typeof DONE = READING;
  /** Whether there is a pause while a message is inflated off the loop. */
  #pauseAfter = false;
  /** What the listener was told last. */
  #toldHeld = false;

  /** @param hold Called when a message begins to be inflated off the loop, and when that is over. */
  constructor(hold?: (held: boolean) => void) {
    this.#hold = hold;
  }

  /** Whether the sink may be called. */
  get reading(): boolean {
    return this.#state === READING;
  }

  get paused(): boolean {
    return this.#state === PAUSED || this.#pauseAfter;
  }

  get held(): boolean {
    return this.#state === HELD;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  pause(): void {
    if (this.#state === READING) this.#state = PAUSED;
    this.#pauseAfter = this.#state === HELD;
  }

  /** Ends a pause; says whether the sink may be called now. */
  resume(): boolean {
    this.#pauseAfter = false;
    if (this.#state === PAUSED) this.#state = READING;
    return this.#state === READING;
  }

  /** A message goes off the loop. */
  hold(): void {
    this.#state = HELD;
    this.tellHeld();
  }

  /** The message is back; says whether the sink may be called. The listener is told later, behind the message: {@link tellHeld}. */
  release(): boolean {
    this.#state = this.#pauseAfter ? PAUSED : READING;
    this.#pauseAfter = false;
    return this.#state === READING;
  }

  end(): void {
    this.#state = DONE;
    this.#pauseAfter = false;
  }

  /** Tells the listener whether there is a hold, if that is news. */
  tellHeld(): void {
    if (this.#toldHeld === this.held) return;
    this.#toldHeld = this.held;
    this.#hold?.(this.held);
  }
}
