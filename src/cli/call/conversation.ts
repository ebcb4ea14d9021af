// What the caller of `ringmaster call` says: the files given, or a conversation that shows an agent at work. Control plane.

import { fileURLToPath } from 'node:url';
import { RingmasterError } from '../../errors.js';
import { loadClip, type Caller, type Clip, type Script } from '../../phone/index.js';

export interface SpokenTurn {
  readonly clip: Clip;
  /** Speak over the agent, so long after it begins; otherwise when it has finished. */
  readonly interruptAfterMs?: number;
}

/** The recordings that come with the program. */
const SPEECH = new URL('../../../../assets/speech/', import.meta.url);

/** Asks the local receptionist what it knows, and does not let it finish once. */
const BUNDLED: readonly { readonly file: string; readonly interruptAfterMs?: number }[] = [
  { file: 'hours.wav' },
  { file: 'location.wav' },
  { file: 'telephone-number.wav', interruptAfterMs: 1200 },
  { file: 'auth-thankyou.wav' },
  { file: 'vm-goodbye.wav' },
];

const GREETING_TIMEOUT_MS = 12_000;
const ANSWER_TIMEOUT_MS = 20_000;
/** After the last answer an agent that was told goodbye hangs up by itself. */
const GOODBYE_MS = 2500;

/**
 * The turns of a call: `files`, or the bundled conversation where there are none.
 * @throws {RingmasterError} WAV_NOT_FOUND, WAV_INVALID
 */
export function loadTurns(files: readonly string[]): Promise<readonly SpokenTurn[]> {
  if (files.length > 0) {
    return Promise.all(files.map(async (file) => ({ clip: await loadClip(file) })));
  }
  return Promise.all(
    BUNDLED.map(async ({ file, ...turn }) => ({
      ...turn,
      clip: await loadClip(fileURLToPath(new URL(file, SPEECH))),
    })),
  );
}

/** Wait for the agent; `note` is told where it stays silent, and the caller goes on. */
async function hear(
  caller: Caller,
  timeoutMs: number,
  note: (what: string) => void,
): Promise<void> {
  try {
    await caller.waitForAgent({ timeoutMs });
  } catch (error) {
    if (!(error instanceof RingmasterError) || error.code !== 'SCENARIO_FAILED') throw error;
    note(`The agent said nothing for ${timeoutMs / 1000} s.`);
  }
}

/** Each turn when the agent has finished, or over it; then time for the agent to hang up. */
export function conversation(turns: readonly SpokenTurn[], note: (what: string) => void): Script {
  return async (caller) => {
    await hear(caller, GREETING_TIMEOUT_MS, note);
    for (const [index, { clip }] of turns.entries()) {
      await caller.say(clip);
      const interruptAfterMs = turns[index + 1]?.interruptAfterMs;
      if (interruptAfterMs === undefined) {
        await hear(caller, ANSWER_TIMEOUT_MS, note);
        continue;
      }
      await caller.waitForAgentStart(ANSWER_TIMEOUT_MS).catch(() => {});
      await caller.wait(interruptAfterMs);
    }
    await caller.wait(GOODBYE_MS);
  };
}
