// One generated call: a caller who goes on talking until the run is over, and what was measured. Control plane.

import { RingmasterError, toRingmasterError } from '../src/errors.js';
import type { Caller } from '../src/phone/caller.js';
import type { Clip } from '../src/phone/clip.js';
import type { CallReport } from '../src/phone/call-options.js';
import type { PhoneNetwork } from '../src/phone/network.js';
import { placeCall } from '../src/phone/phone-call.js';
import type { MessageCheck } from '../src/phone/server-message.js';
import type { CallerPlan } from './caller-plan.js';

const QUIET_MS = 500;
const ANSWER_TIMEOUT_MS = 30_000;

export interface GeneratedCallOptions {
  readonly webhookUrl: string;
  readonly authToken: string | undefined;
  readonly network: PhoneNetwork;
  readonly plan: CallerPlan;
  readonly check: MessageCheck;
  /** On `performance.now()`: when the caller hangs up. */
  readonly endAtMs: number;
  /** The media stream has started. */
  readonly onStarted: () => void;
}

export interface GeneratedCall {
  /** Why it failed: a code, or `node-hung-up` and the like; undefined where it did not. */
  readonly failure: string | undefined;
  /** On `performance.now()`: the zero of the report's times. */
  readonly answeredAtMs: number;
  readonly report: CallReport | undefined;
  /** Times that the agent said nothing for 30 s. */
  readonly unanswered: number;
}

function voiceMs(clip: Clip): number {
  return clip.voice === undefined ? 0 : clip.voice.endMs - clip.voice.startMs;
}

/** Talks and listens until the call ends. */
class Talker {
  unanswered = 0;
  #talkedMs = 0;
  readonly #plan: CallerPlan;
  readonly #elapsedMs: () => number;

  constructor(plan: CallerPlan, elapsedMs: () => number) {
    this.#plan = plan;
    this.#elapsedMs = elapsedMs;
  }

  async talk(caller: Caller): Promise<void> {
    for (;;) {
      const turn = this.#plan.next(this.#talkedMs, this.#elapsedMs());
      const moment = turn.interrupts
        ? caller.waitForAgentStart(ANSWER_TIMEOUT_MS)
        : caller.waitForAgent({ quietMs: QUIET_MS, timeoutMs: ANSWER_TIMEOUT_MS });
      await this.#heard(moment);
      await caller.wait(turn.afterMs);
      await caller.say(turn.clip);
      this.#talkedMs += voiceMs(turn.clip);
    }
  }

  /** A caller who is not answered says something else. */
  async #heard(waiting: Promise<void>): Promise<void> {
    try {
      await waiting;
    } catch (error) {
      if (!(error instanceof RingmasterError) || error.code !== 'SCENARIO_FAILED') throw error;
      this.unanswered += 1;
    }
  }
}

/** Hold one call until `endAtMs`; never rejects. */
export async function generateCall(options: GeneratedCallOptions): Promise<GeneratedCall> {
  let answeredAtMs = performance.now();
  const talker = new Talker(options.plan, () => performance.now() - answeredAtMs);
  const call = placeCall({
    webhookUrl: options.webhookUrl,
    authToken: options.authToken,
    network: options.network,
    check: options.check,
    keepEvents: false,
    timeLimitMs: 24 * 3600 * 1000,
    script: (caller) => talker.talk(caller),
  });
  const endListening = call.onEvent(({ type, atMs }) => {
    if (type === 'call.answered') answeredAtMs = performance.now() - atMs;
    if (type !== 'stream.started') return;
    options.onStarted();
    endListening();
  });
  const hangUp = setTimeout(() => call.hangUp(), options.endAtMs - performance.now());
  try {
    const report = await call.finished;
    const failure = report.outcome === 'caller-hung-up' ? undefined : report.outcome;
    return { failure, answeredAtMs, report, unanswered: talker.unanswered };
  } catch (thrown) {
    const { code } = toRingmasterError(thrown, 'SCENARIO_FAILED');
    return { failure: code, answeredAtMs, report: undefined, unanswered: talker.unanswered };
  } finally {
    clearTimeout(hangUp);
  }
}
