/** A promise with its handles; one that is rejected and that nobody waits for is no unhandled rejection. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

export function defer<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let no!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, fail) => {
    resolve = yes;
    no = fail;
  });
  // Only a rejection has to be taken care of: most promises resolve, and a handler from the start would cost each of them a second one.
  const reject = (reason: unknown): void => {
    promise.catch(ignore);
    no(reason);
  };
  return { promise, resolve, reject };
}

/** A rejected promise that may be ignored. */
export function rejected(reason: unknown): Promise<never> {
  const promise = Promise.reject(reason);
  promise.catch(ignore);
  return promise;
}

function ignore(): void {}
