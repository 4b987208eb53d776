/** So many delays are kept: a program has one or two. */
const MAX_KEPT = 4;
const kept = new Set<number>();

/**
 * Starts a timer for something that mostly ends before: a dial, a closing handshake. `clearTimeout` takes it back.
 *
 * Node has a list of timers for each delay, and makes it with the first timer and drops it with the last. For connections that are
 * made one after the other that is most of what their timers cost, so a timer of ours, which keeps no program alive, stays in it.
 */
export function startDeadline<Owner>(ms: number, due: (owner: Owner) => void, owner: Owner): NodeJS.Timeout {
  if (!kept.has(ms) && kept.size < MAX_KEPT) {
    kept.add(ms);
    setTimeout(() => kept.delete(ms), ms).unref();
  }
  return setTimeout(due, ms, owner);
}
