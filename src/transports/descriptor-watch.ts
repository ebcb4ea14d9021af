// Notices that the process has no file descriptor left, and that it has some again. Control plane.

import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

const INTERVAL_MS = 500;
/** So many must be free before it counts as over: to listen, to accept, to read a file. */
const ENOUGH = 8;

/**
 * Opens a file now and then. With none left a server cannot accept: node:http then accepts and closes
 * with a spare one, uWebSockets.js tries again and again on a whole core.
 * @returns what ends it
 */
export function watchDescriptors(changed: (exhausted: boolean) => void): () => void {
  let exhausted = false;
  const timer = setInterval(() => {
    const now = isExhausted(exhausted ? ENOUGH : 1);
    if (now === exhausted) return;
    exhausted = now;
    changed(now);
  }, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

function isExhausted(wanted: number): boolean {
  const open: number[] = [];
  try {
    for (let index = 0; index < wanted; index += 1) open.push(openSync(devNull, 'r'));
    return false;
  } catch (thrown) {
    return isDescriptorError(thrown);
  } finally {
    for (const each of open) closeSync(each);
  }
}

/** No descriptor left in this process, or in the whole machine. */
export function isDescriptorError(thrown: unknown): boolean {
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}
