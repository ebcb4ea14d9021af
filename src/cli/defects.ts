// What nobody caught ends the process in order: it is logged, calls are told, and it exits in bounded time. Control plane.

import { errorDetails } from '../error-details.js';
import type { Logger } from '../log.js';
import type { CommandIo } from './command-io.js';

/** An apology of 4 s, its marks, the question how the call goes on, and closing; beyond it the process just ends. */
const FALL_MS = 25_000;
/** A defect in a timer may come a hundred times a second. */
const MAX_TOLD = 20;

export interface FallingNode {
  drain(timeoutMs: number): Promise<unknown>;
  close(): Promise<void>;
}

export interface DefectGuard {
  /** Whose calls are told; undefined while it starts. */
  node: FallingNode | undefined;
  readonly end: () => void;
}

/** @returns what resolves with the exit code once a defect has ended the node */
export function hearDefects(
  io: CommandIo,
  logger: Logger,
): { readonly fallen: Promise<number>; readonly guard: DefectGuard } {
  let defects = 0;
  let resolveFallen: (code: number) => void;
  const fallen = new Promise<number>((resolve) => (resolveFallen = resolve));
  const fall = async (): Promise<void> => {
    try {
      await guard.node?.drain(0);
      await guard.node?.close();
    } finally {
      resolveFallen(1);
    }
  };
  const end = io.onDefect((thrown, origin) => {
    defects += 1;
    if (defects > MAX_TOLD) return;
    const error = errorDetails(thrown);
    logger.error({ code: 'INTERNAL_ERROR', origin, error }, 'nobody caught this: the node ends');
    io.stderr.write(`${origin}: ${error.stack ?? error.message}\n`);
    if (defects > 1) return;
    io.exitAfter(1, FALL_MS);
    // After the end of a fall there is nothing left to fall.
    fall().catch(() => undefined);
  });
  const guard: DefectGuard = { node: undefined, end };
  return { fallen, guard };
}
