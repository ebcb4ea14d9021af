// What signals mean to a running node: drain, end now, or nothing, and with which code it exits. Control plane.

import { constants } from 'node:os';
import type { DrainReport, Unfinished } from '../call-host.js';
import type { CommandIo } from './command-io.js';

/** The first one drains; a second SIGINT or SIGTERM ends at once. */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** Node would die of them. SIGUSR1 is Node's own: it opens the debugger. */
const UNSUPPORTED = [
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGIO',
  'SIGPWR',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSTKFLT',
] as const;

/** Calls did not end in time: the node ended them, or left before Twilio asked how they go on. */
export const EXIT_DRAIN_TIME_OVER = 3;

export interface StoppableNode {
  stats(): { readonly unfinished: Unfinished };
  drain(timeoutMs: number): Promise<DrainReport>;
  close(): Promise<void>;
}

const total = ({ calls, inSetup, unasked }: Unfinished): number => calls + inSetup + unasked;

function waitingText({ calls, inSetup, unasked }: Unfinished): string {
  const setup = inSetup > 0 ? `, ${inSetup} in setup` : '';
  const asked = unasked > 0 ? `, ${unasked} that Twilio still asks about` : '';
  return `Waiting for ${calls} call(s) to end${setup}${asked}; once more to end them now.\n`;
}

/** Say of signals that mean nothing here that they do. @returns what ends the hearing */
export function hearUnsupported(io: CommandIo): () => void {
  return io.onSignals(UNSUPPORTED, (signal) => {
    const text = 'is not supported and changes nothing';
    io.stderr.write(
      `${signal} ${text}. ${STOPS.join(', ')} end the node once its calls are over.\n`,
    );
  });
}

/**
 * Run until signals stop the node.
 * @returns the exit code: 0 where every call ended by itself; 3 where the time to drain was over first;
 *   128 and the signal's number where a second signal ended calls
 */
export async function untilStopped(
  node: StoppableNode,
  io: CommandIo,
  drainMs: number,
): Promise<number> {
  let deafen = (): void => undefined;
  const code = new Promise<number>((resolve, reject) => {
    let isDraining = false;
    let ends = 0;
    const drain = async (): Promise<void> => {
      isDraining = true;
      const { unfinished } = node.stats();
      if (total(unfinished) > 0) io.stdout.write(waitingText(unfinished));
      const { toldToEnd, unasked } = await node.drain(drainMs);
      await node.close();
      resolve(toldToEnd + unasked > 0 ? EXIT_DRAIN_TIME_OVER : 0);
    };
    const endNow = (signal: NodeJS.Signals): void => {
      const wasBusy = total(node.stats().unfinished) > 0;
      // Resolved first: the drain that goes on must not say that all went well.
      resolve(node.close().then(() => (wasBusy ? 128 + constants.signals[signal] : 0)));
    };
    deafen = io.onSignals(STOPS, (signal) => {
      const mayEnd = signal === 'SIGINT' || signal === 'SIGTERM';
      if (mayEnd) ends += 1;
      if (!isDraining) drain().catch(reject);
      else if (mayEnd && ends > 1) endNow(signal);
    });
  });
  try {
    return await code;
  } finally {
    deafen();
  }
}
