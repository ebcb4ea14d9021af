// The person at the phone: what a script can do on a call, as functions that resolve when it is done. Control plane.

import { RingmasterError } from '../errors.js';
import type { SaidClip } from './caller-line.js';
import type { Clip } from './clip.js';
import type { PhoneEvent, PhoneEventType } from './phone-events.js';
import type { StreamReport } from './stream-report.js';

/**
 * A script is written against this. Everything that waits rejects with `CallOver` when the call
 * ends meanwhile; the phone takes that as the script's end, not as a failure.
 */
export interface Caller {
  /** Say `clip` and wait for its end. One at a time. */
  say(clip: Clip): Promise<SaidClip>;
  wait(ms: number): Promise<void>;
  /**
   * Wait until the agent has said something since the caller last spoke or pressed a key, and is then
   * quiet.
   * @throws {RingmasterError} SCENARIO_FAILED when that takes longer than `timeoutMs`
   */
  waitForAgent(options?: WaitForAgentOptions): Promise<void>;
  /**
   * Wait until the agent begins to speak; at once where it already does.
   * @throws {RingmasterError} SCENARIO_FAILED when that takes longer than `timeoutMs`
   */
  waitForAgentStart(timeoutMs?: number): Promise<void>;
  /**
   * Wait until the agent is heard, then for `afterMs`, then say `clip` over it.
   * @throws {RingmasterError} SCENARIO_FAILED when the agent says nothing
   */
  bargeIn(clip: Clip, afterMs: number): Promise<SaidClip>;
  /** Press keys, 250 ms apart; `w` waits for half a second more. */
  dtmf(digits: string): Promise<void>;
  /** `stop`, closing handshake; the call is over. */
  hangUp(): Promise<void>;
  /** The connection breaks without `stop`; the call is over. */
  drop(): Promise<void>;
  /**
   * The media stream breaks, and the call goes on: Twilio asks what follows. Resolves once the next
   * stream has started.
   */
  loseStream(): Promise<void>;
  /** The next `ms` of packets are lost; timestamps move on. */
  gap(ms: number): void;
  /** Nothing gets through for `ms`, then everything at once. */
  stall(ms: number): void;
  /** A second media stream for the same call, open for `ms`: what the node made of it. */
  duplicateStream(ms: number): Promise<StreamReport>;
  /** The next fact of this type from now on. */
  waitFor<T extends PhoneEventType>(
    type: T,
    timeoutMs?: number,
  ): Promise<Extract<PhoneEvent, { type: T }>>;
  /** Wait until the node ends the call. */
  waitForEnd(timeoutMs?: number): Promise<void>;
}

export interface WaitForAgentOptions {
  /** How long it must be quiet. */
  readonly quietMs?: number;
  readonly timeoutMs?: number;
}

/** Long enough for the pauses between an agent's sentences. */
export const QUIET_MS = 700;
export const WAIT_TIMEOUT_MS = 20_000;
const DIGIT_MS = 250;
const PAUSE_MS = 500;

/** One step of a script, or a whole script. */
export type Step = (caller: Caller) => Promise<unknown>;
export type Script = Step | readonly Step[];

/** Run a script's steps in order. */
export async function runScript(script: Script, caller: Caller): Promise<void> {
  const steps = typeof script === 'function' ? [script] : script;
  for (const step of steps) await step(caller);
}

// Steps by the name of what they do, for scripts that are lists.
export const say =
  (clip: Clip): Step =>
  (caller) =>
    caller.say(clip);
export const wait =
  (ms: number): Step =>
  (caller) =>
    caller.wait(ms);
export const waitForAgent =
  (options?: WaitForAgentOptions): Step =>
  (caller) =>
    caller.waitForAgent(options);
export const bargeIn =
  (clip: Clip, afterMs: number): Step =>
  (caller) =>
    caller.bargeIn(clip, afterMs);
export const dtmf =
  (digits: string): Step =>
  (caller) =>
    caller.dtmf(digits);
export const hangUp = (): Step => (caller) => caller.hangUp();
export const drop = (): Step => (caller) => caller.drop();

/** The keys of a text, each with the wait before it. */
export function* keyPresses(digits: string): Generator<{ digit: string; afterMs: number }> {
  let afterMs = 0;
  for (const key of digits) {
    if (key === 'w') {
      afterMs += PAUSE_MS;
      continue;
    }
    if (!/[0-9*#A-D]/.test(key)) {
      throw new RingmasterError('SCENARIO_FAILED', 'a key that no telephone has');
    }
    yield { digit: key, afterMs };
    afterMs = DIGIT_MS;
  }
}
