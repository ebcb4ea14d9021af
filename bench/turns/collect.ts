// The calls that the benchmark of turns holds, and the samples that come of them. Control plane.

import { runCampaign, type CampaignResult, type Job } from './campaign.js';
import {
  answersMs,
  heardErrors,
  resumeAt,
  turnEnds,
  voicesOverAgent,
  type HeardError,
  type Resume,
  type TurnEnd,
  type VoiceOverAgent,
} from './measures.js';
import type { MeasuredCall } from './measured-call.js';
import {
  anybody,
  asker,
  interrupter,
  INTERRUPTIONS_A_CALL,
  listener,
  noisyListener,
  SOUNDS_A_CALL,
  talker,
  TURNS_A_CALL,
} from './plans.js';
import { Wholes } from './played.js';
import { LONG_REPLIES } from './replies.js';
import type { Pauses } from './sounds.js';
import type { SpokenClause } from './unique-voice.js';

export interface CollectOptions {
  readonly calls: number;
  /** Of each kind: interruptions, and turns with each kind of pauses. */
  readonly samples: number;
  readonly seed: number;
}

/** What became of a sound that meant nothing. */
export interface FalseSoundOutcome extends VoiceOverAgent {
  readonly resume: Resume | undefined;
}

export interface Samples {
  readonly interruptions: readonly VoiceOverAgent[];
  readonly sounds: readonly FalseSoundOutcome[];
  readonly heard: {
    readonly timed: readonly HeardError[];
    readonly untimed: readonly HeardError[];
  };
  readonly turns: Readonly<Record<string, readonly TurnEnd[]>>;
  /** As the node's records have it, end of voice to commit. */
  readonly recorded: Readonly<Record<string, readonly number[]>>;
  /** End of voice to the agent's first sound, with drafts and without. */
  readonly answers: Readonly<Record<string, readonly number[]>>;
  readonly campaigns: Readonly<Record<string, CampaignResult>>;
}

/** What is not silence of a recording. */
function trimmed(pcm: Int16Array): Int16Array {
  const from = pcm.findIndex((sample) => sample !== 0);
  return from < 0
    ? pcm.subarray(0, 0)
    : pcm.subarray(from, pcm.findLastIndex((sample) => sample !== 0) + 1);
}

class Collection {
  readonly #options: CollectOptions;
  readonly #listened: (MeasuredCall | undefined)[] = [];
  readonly #interrupted: { readonly call: MeasuredCall; readonly timed: boolean }[] = [];
  readonly #noisy: MeasuredCall[] = [];
  readonly #turns: Record<string, TurnEnd[]> = {};
  readonly #recorded: Record<string, number[]> = {};
  readonly #answers: Record<string, number[]> = {};

  constructor(options: CollectOptions) {
    this.#options = options;
  }

  /** Calls in which the recogniser says words while the caller speaks. */
  async withInterims(): Promise<Job[]> {
    const jobs: Job[] = LONG_REPLIES.map((text, whole) => ({
      plan: listener(text),
      onCall: (call) => {
        this.#listened[whole] = call;
      },
    }));
    const talkers = [
      ...(await this.talkers('uniform', true)),
      ...(await this.talkers('paced', true)),
    ];
    const { samples, seed } = this.#options;
    for (let i = 0; i < samples / INTERRUPTIONS_A_CALL; i += 1) {
      const timed = i % 2 === 0;
      const onCall = (call: MeasuredCall): void => void this.#interrupted.push({ call, timed });
      jobs.push({ plan: await interrupter(seed * 1_000_003 + i, timed), onCall });
    }
    for (let i = 0; i < (samples * 0.6) / SOUNDS_A_CALL; i += 1) {
      const onCall = (call: MeasuredCall): void => void this.#noisy.push(call);
      jobs.push({ plan: await noisyListener(seed * 2_000_003 + i), onCall });
    }
    // The longest calls first: fewer have to be waited for at the end.
    return [...talkers, ...jobs];
  }

  async talkers(pauses: Pauses, interims: boolean): Promise<Job[]> {
    const { samples, seed } = this.#options;
    const name = `${pauses} pauses, ${interims ? 'interims' : 'no interims'}`;
    const turns = (this.#turns[name] ??= []);
    const recorded = (this.#recorded[name] ??= []);
    const jobs: Job[] = [];
    for (let i = 0; i < samples / TURNS_A_CALL; i += 1) {
      const plan = await talker(
        seed * 3_000_017 + i + (pauses === 'paced' ? 5000 : 0),
        pauses,
        interims,
      );
      const onCall = (call: MeasuredCall): void => {
        turns.push(...turnEnds(call));
        for (const { endpointingMs, sttMs } of call.node.record?.latencies ?? []) {
          recorded.push(endpointingMs + sttMs);
        }
      };
      jobs.push({ plan, onCall });
    }
    return jobs;
  }

  /** Half as many turns as of the other kinds. */
  async askers(name: string): Promise<Job[]> {
    const { samples, seed } = this.#options;
    const answers = (this.#answers[name] ??= []);
    const jobs: Job[] = [];
    for (let i = 0; i < samples / 2 / TURNS_A_CALL; i += 1) {
      const plan = await asker(seed * 5_000_011 + i);
      jobs.push({ plan, onCall: (call) => void answers.push(...answersMs(call)) });
    }
    return jobs;
  }

  samples(campaigns: Samples['campaigns']): Samples {
    const listened = this.#listened.map((call) => call?.agent ?? new Int16Array());
    const wholes = new Wholes(listened.map(trimmed));
    const replies: readonly (readonly SpokenClause[])[] = LONG_REPLIES.map((text, whole) => {
      const clauses = this.#listened[whole]?.node.clauses ?? [];
      return clauses.filter((clause) => text.includes(clause.text.trim()));
    });
    const heard = { timed: [] as HeardError[], untimed: [] as HeardError[] };
    for (const { call, timed } of this.#interrupted) {
      const errors = heardErrors(call, wholes.runsOf(call.agent), replies);
      heard[timed ? 'timed' : 'untimed'].push(...errors);
    }
    const sounds = this.#noisy.flatMap((call) => {
      const runs = wholes.runsOf(call.agent);
      return voicesOverAgent(call).map((outcome): FalseSoundOutcome => {
        const { voice, holdMs, falseMs } = outcome;
        const isResumed = holdMs !== undefined && falseMs !== undefined;
        const clearedAtMs = voice.startMs + (holdMs ?? 0);
        const resume = isResumed ? resumeAt(runs, clearedAtMs, call.answeredAtMs) : undefined;
        return { ...outcome, resume };
      });
    });
    return {
      interruptions: this.#interrupted.flatMap(({ call }) => voicesOverAgent(call)),
      sounds,
      heard,
      turns: this.#turns,
      recorded: this.#recorded,
      answers: this.#answers,
      campaigns,
    };
  }
}

/** Hold all calls: with interims, without, with slow engines, and a few under inspection. */
export async function collect(options: CollectOptions): Promise<Samples> {
  const { calls, seed } = options;
  const collection = new Collection(options);
  const interims = await runCampaign(await collection.withInterims(), {
    calls,
    seed,
    interims: true,
  });
  const without = [
    ...(await collection.talkers('uniform', false)),
    ...(await collection.talkers('paced', false)),
  ];
  const noInterims = await runCampaign(without, { calls, seed, interims: false });
  const drafts = await runCampaign(await collection.askers('drafts'), {
    calls,
    seed,
    interims: true,
  });
  const noDrafts = await runCampaign(await collection.askers('no drafts'), {
    calls,
    seed,
    interims: true,
    drafts: false,
  });
  const some = await Promise.all(
    Array.from({ length: calls }, (_, i) => anybody(seed * 4_000_037 + i)),
  );
  const inspected = await runCampaign(
    some.map((plan) => ({ plan, onCall: () => undefined })),
    { calls, seed, interims: true, inspect: true },
  );
  return collection.samples({
    interims,
    'no interims': noInterims,
    drafts,
    'no drafts': noDrafts,
    inspected,
  });
}
