// Tells when work takes too long, and does not mistake a stall of the whole process for it. Control plane.

const STEP_MS = 500;

/**
 * Calls `onExpired` when `timeoutMs` went by, counted in steps: while the process or its machine was
 * held up, at most one step is counted. @returns the way to stop it
 */
export function watch(timeoutMs: number, onExpired: () => void): () => void {
  let leftMs = timeoutMs;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const stepMs = Math.min(leftMs, STEP_MS);
    timer = setTimeout(() => {
      leftMs -= stepMs;
      if (leftMs > 0) arm();
      else onExpired();
    }, stepMs);
  };
  arm();
  return () => clearTimeout(timer);
}
