// Calls code that is not ours: a throw, a rejection and a hang stay where the call was made. Both planes.

/** Whether it has a `then`. A getter that throws, throws here. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

/**
 * Hear of the rejection of what was returned where nothing is waited for: an `async` function may stand
 * wherever one without a result is expected, and an unheard rejection would end the process.
 */
export function containLate(returned: unknown, onThrown: (thrown: unknown) => void): void {
  if (returned === undefined) return;
  try {
    if (isThenable(returned)) Promise.resolve(returned).then(undefined, onThrown);
  } catch (thrown) {
    onThrown(thrown);
  }
}

/** Call it and wait for nothing; what it throws, now or later, is told to `onThrown`, which must not throw. */
export function contained(run: () => unknown, onThrown: (thrown: unknown) => void): void {
  try {
    containLate(run(), onThrown);
  } catch (thrown) {
    onThrown(thrown);
  }
}

/**
 * What it gives, or a rejection by the end of the time: after that nothing is heard of it any more.
 * @param timedOut the error of a hang
 * @param isVital whether the process has to live until then
 */
export async function within<T>(
  timeoutMs: number,
  run: () => T | PromiseLike<T>,
  timedOut: () => Error,
  isVital = true,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut()), timeoutMs);
    if (!isVital) timer.unref();
  });
  try {
    return await Promise.race([(async () => run())(), late]);
  } finally {
    clearTimeout(timer);
  }
}
