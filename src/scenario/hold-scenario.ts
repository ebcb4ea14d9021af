// One scenario held as a real call: its caller at the simulated phone, its engines on the node's stage. Control plane.

import { RingmasterError, toRingmasterError } from '../errors.js';
import { placeCall, type Caller, type PhoneCall } from '../phone/index.js';
import { endedRecord, type Evidence } from './evidence.js';
import type { LoadedScenario } from './load.js';
import { loadUtterance, plainWords, type Utterance } from './sounds.js';
import { Cast, type Stage } from './stage.js';
import type { CallerStep } from './step-schema.js';
import { timedWords } from './timed-words.js';

const WORD_TIMEOUT_MS = 20_000;
const STEP_MS = 20;

/** Where a scenario's call goes. */
export interface Target {
  /** Origin of the node. */
  readonly url: string;
  /** Undefined where the node's engines are its own. */
  readonly stage: Stage | undefined;
  /** Bearer token of the node's API. */
  readonly token?: string | undefined;
  /** Twilio auth token to sign with. */
  readonly authToken?: string | undefined;
}

/** Every utterance of the steps, loaded before the call begins. */
async function loadAll(
  steps: readonly CallerStep[],
  file: string,
  into: Map<CallerStep, Utterance>,
): Promise<void> {
  for (const step of steps) {
    if ('together' in step) for (const branch of step.together) await loadAll(branch, file, into);
    const sounds = 'say' in step ? step.say : 'interrupt' in step ? step.interrupt : undefined;
    if (sounds !== undefined) into.set(step, await loadUtterance(sounds, file, into.size + 1));
  }
}

class CallerPerformance {
  readonly #utterances: ReadonlyMap<CallerStep, Utterance>;
  readonly #cast: Cast | undefined;
  #call: PhoneCall | undefined;
  /** When the call was answered, on the process's clock. */
  answeredAtMs = 0;

  constructor(utterances: ReadonlyMap<CallerStep, Utterance>, cast: Cast | undefined) {
    this.#utterances = utterances;
    this.#cast = cast;
  }

  watch(call: PhoneCall): void {
    this.#call = call;
    const byName = new Map(
      [...this.#utterances.values()].map(({ clip, words }) => [clip.name, words]),
    );
    call.onEvent((event) => {
      if (event.type === 'call.answered') this.answeredAtMs = performance.now() - event.atMs;
      if (event.type !== 'caller.started') return;
      this.#cast?.track.says(byName.get(event.clip) ?? [], this.answeredAtMs + event.atMs);
    });
  }

  async run(steps: readonly CallerStep[], caller: Caller): Promise<void> {
    for (const step of steps) await this.#step(step, caller);
  }

  async #step(step: CallerStep, caller: Caller): Promise<void> {
    if ('together' in step) {
      await Promise.all(step.together.map((branch) => this.run(branch, caller)));
    } else if ('say' in step) await caller.say(this.#utterance(step).clip);
    else if ('interrupt' in step) await this.#interrupt(step, caller);
    else if ('wait' in step) await caller.wait(step.wait);
    else if ('waitForAgent' in step) {
      const { quietMs, timeoutMs } = step.waitForAgent;
      await caller.waitForAgent({
        ...(quietMs !== undefined && { quietMs }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      });
    } else if ('waitForAgentStart' in step) {
      await caller.waitForAgentStart(step.waitForAgentStart.timeoutMs);
    } else await this.#lineStep(step, caller);
  }

  async #lineStep(step: CallerStep, caller: Caller): Promise<void> {
    if ('dtmf' in step) await caller.dtmf(step.dtmf);
    else if ('gap' in step) {
      const nowMs = performance.now();
      this.#cast?.track.loses(nowMs, nowMs + step.gap);
      caller.gap(step.gap);
    } else if ('stall' in step) caller.stall(step.stall);
    else if ('loseStream' in step) await caller.loseStream();
    else if ('duplicateStream' in step) await caller.duplicateStream(step.duplicateStream);
    else if ('hangUp' in step) await caller.hangUp();
    else if ('drop' in step) await caller.drop();
    else if ('waitForEnd' in step) await caller.waitForEnd(step.waitForEnd.timeoutMs);
  }

  async #interrupt(
    step: Extract<CallerStep, { interrupt: unknown }>,
    caller: Caller,
  ): Promise<void> {
    const { clip } = this.#utterance(step);
    if (step.afterMs !== undefined) {
      await caller.bargeIn(clip, step.afterMs);
      return;
    }
    await this.#untilHeard(step.afterWord ?? '', caller);
    await caller.say(clip);
  }

  /** Wait until the phone has heard the scripted voice say `word` in the reply that it speaks. */
  async #untilHeard(word: string, caller: Caller): Promise<void> {
    const wanted = plainWords(word);
    const untilMs = performance.now() + WORD_TIMEOUT_MS;
    await caller.waitForAgentStart();
    while (performance.now() < untilMs) {
      const dueMs = this.#wordEndMs(wanted);
      if (dueMs !== undefined && dueMs <= performance.now()) return;
      await caller.wait(STEP_MS);
    }
    throw new RingmasterError('SCENARIO_FAILED', `the agent did not say "${word}"`);
  }

  /** When the word will be over, by the voice's pace, counted from the reply's first sound. */
  #wordEndMs(wanted: string): number | undefined {
    const cast = this.#cast;
    if (cast === undefined) return undefined;
    const clauses = cast.notes.all
      .filter((note) => note.type === 'tts.clause')
      .filter(({ reply }) => reply === cast.notes.reply);
    const [first] = clauses;
    const began = this.#call?.events.find(
      ({ type, atMs }) =>
        type === 'agent.started' && first !== undefined && atMs + this.answeredAtMs >= first.atMs,
    );
    if (began === undefined) return undefined;
    let atMs = began.atMs + this.answeredAtMs;
    for (const { text, ms } of clauses) {
      const words = timedWords(text, { startMs: 0, endMs: ms });
      const found = words.find((word) => plainWords(word.text) === wanted);
      if (found !== undefined) return atMs + found.endMs;
      atMs += ms;
    }
    return undefined;
  }

  #utterance(step: CallerStep): Utterance {
    const utterance = this.#utterances.get(step);
    if (utterance === undefined) throw new TypeError('every utterance is loaded before the call');
    return utterance;
  }
}

/** Hold the call; whatever comes of it is evidence, nothing is judged here. Never rejects. */
export async function holdScenario(
  { scenario, file }: LoadedScenario,
  target: Target,
): Promise<Evidence> {
  const utterances = new Map<CallerStep, Utterance>();
  const { stage, url, token, authToken } = target;
  let call: PhoneCall | undefined;
  let cast: Cast | undefined;
  let caller: CallerPerformance | undefined;
  let report;
  let failure: RingmasterError | undefined;
  try {
    await loadAll(scenario.caller, file, utterances);
    call = placeCall({
      webhookUrl: `${url}/twilio/voice`,
      statusCallbackUrl: `${url}/twilio/status`,
      authToken,
      timeLimitMs: scenario.timeLimitMs,
      ...(scenario.line && { line: conditions(scenario.line) }),
      script: (phone) => caller?.run(scenario.caller, phone) ?? Promise.resolve(),
    });
    if (stage !== undefined) {
      cast = new Cast(scenario, call.callSid);
      stage.enter(call.callSid, cast);
    }
    caller = new CallerPerformance(utterances, cast);
    caller.watch(call);
    report = await call.finished;
  } catch (thrown) {
    failure = toRingmasterError(thrown, 'SCENARIO_FAILED');
  }
  // A call without a stream is unknown to the node: nothing to wait for.
  const isKnown = call?.events.some(({ type }) => type === 'stream.started') ?? false;
  const record = call && isKnown ? await endedRecord(url, call.callSid, token) : undefined;
  if (call !== undefined) stage?.leave(call.callSid);
  const zeroMs = caller?.answeredAtMs ?? 0;
  const onCall = <T extends { readonly atMs: number }>(facts: readonly T[] = []): T[] =>
    facts.map((fact) => ({ ...fact, atMs: fact.atMs - zeroMs }));
  return {
    report,
    failure,
    events: (call?.events ?? []).toSorted((one, other) => one.atMs - other.atMs),
    record,
    notes: onCall(cast?.notes.all),
    tools: onCall(cast?.tools.runs),
    letterMs: cast?.letterMs,
  };
}

type Conditions = NonNullable<Parameters<typeof placeCall>[0]['line']>;

function conditions(line: { [K in keyof Conditions]: Conditions[K] | undefined }): Conditions {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined));
}
