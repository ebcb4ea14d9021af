// A full garbage collection, so that memory figures hold what is held and nothing else.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Stops the thread for some ms. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
