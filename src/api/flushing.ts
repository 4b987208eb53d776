/** What has frames to flush. */
export interface Flushable {
  /** Writes the frames that were built since the last time. */
  flush(): void;
}

/** To be flushed at the end of this tick, or of a read within it. */
let waiting: Flushable[] = [];
/**
 * Whether bytes that a socket of ours has read are being dealt with. What is sent meanwhile is flushed when that is done, which is sooner
 * than the end of the tick and no less together. Not so with a stream of the user's: its write may call back into its 'data'.
 */
let reading = false;

/** Has the frames of a tick flushed at its end, or at the end of a read. Call it once until `flush` is called. */
export function flushSoon(one: Flushable): void {
  if (waiting.length === 0 && !reading) process.nextTick(flushAll);
  waiting.push(one);
}

/** A socket of ours has read. {@link endRead} must follow, however what deals with the bytes ends. */
export function beginRead(): void {
  reading = true;
}

export function endRead(): void {
  reading = false;
  flushAll();
}

function flushAll(): void {
  const all = waiting;
  if (all.length === 0) return;
  waiting = [];
  for (const one of all) one.flush();
}
