/** Time and timers, so that a test can play a minute in a millisecond. */
export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  /** Calls the action once after `ms` milliseconds; what it returns takes it back. */
  after(ms: number, action: () => void): () => void;
  /** Calls the action when everything that has arrived meanwhile has been read. */
  soon(action: () => void): void;
}

/** The clock of the process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  soon: (action) => void setImmediate(action),
};
