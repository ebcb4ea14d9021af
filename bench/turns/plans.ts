// Who calls in the benchmark of turns: each kind of caller brings one thing about. Control plane.

import { seededRandom } from '../../src/phone/seeded-random.js';
import { defaultAgent, defaultStt } from '../../src/scenario/schema.js';
import type { Utterance } from '../../src/scenario/sounds.js';
import { patiently, type CallPlan } from './measured-call.js';
import { LONG_REPLIES, MEDIUM_REPLY, SHORT_REPLY } from './replies.js';
import type { CallScript } from './server.js';
import {
  between,
  falseSoundOf,
  interruptionOf,
  turnOf,
  pausesOf,
  type FalseKind,
  type FalseSound,
  type Pauses,
} from './sounds.js';

/** From one interim to the next. */
export const INTERIM_EVERY_MS = 100;
/** From the end of an utterance to its final. */
export const FINAL_DELAY_MS = 40;
/** Turns of one caller: enough to learn the pauses of, few enough to learn anew often. */
export const TURNS_A_CALL = 8;
export const INTERRUPTIONS_A_CALL = 4;
export const SOUNDS_A_CALL = 3;

const ANSWER_TIMEOUT_MS = 8000;
const FALSE_KINDS: readonly FalseKind[] = ['mhm', 'grunt', 'cough'];

type Random = () => number;

function script(
  greeting: string,
  replies: readonly string[],
  interims: boolean,
  timedVoice = true,
): CallScript {
  const say = (text: string) => ({ say: text });
  return {
    // All at once: what is measured here does not depend on how fast a model writes.
    agent: {
      ...defaultAgent(),
      greeting: { ...say(greeting), tokenMs: 0 },
      replies: replies.map((text) => ({ ...say(text), tokenMs: 0 })),
    },
    stt: {
      ...defaultStt(),
      interims: interims ? 'words' : 'none',
      interimEveryMs: INTERIM_EVERY_MS,
      delayMs: FINAL_DELAY_MS,
    },
    timedVoice,
    voiceAfterMs: 0,
  };
}

/** What streamed engines over a network take at best: first words of a model, first audio, a final. */
const USUAL_MS = { firstWords: 350, word: 20, firstAudio: 150, final: 150 };

function usualEngines(of: CallScript): CallScript {
  const replies = of.agent.replies.map((reply) => ({
    ...reply,
    afterMs: USUAL_MS.firstWords,
    tokenMs: USUAL_MS.word,
  }));
  return {
    ...of,
    agent: { ...of.agent, replies },
    stt: { ...of.stt, delayMs: USUAL_MS.final },
    voiceAfterMs: USUAL_MS.firstAudio,
  };
}

/** Talks to engines that take their time. */
export async function asker(seed: number): Promise<CallPlan> {
  const plan = await talker(seed, 'paced', true);
  return { ...plan, script: usualEngines(plan.script) };
}

/** The long replies in an order of this caller's own. */
function shuffled(random: Random): string[] {
  return LONG_REPLIES.map((text) => ({ text, key: random() }))
    .toSorted((one, other) => one.key - other.key)
    .map(({ text }) => text);
}

/** Listens to one reply, silent: what of it others hear is told by this. */
export function listener(text: string): CallPlan {
  return {
    script: script(text, [SHORT_REPLY], true),
    said: [],
    run: (caller) => caller.waitForAgent({ quietMs: 600, timeoutMs: 20_000 }),
  };
}

/** Interrupts one long reply after the other, each at a random moment. */
export async function interrupter(seed: number, timedVoice: boolean): Promise<CallPlan> {
  const random = seededRandom(seed);
  const [greeting = '', ...replies] = shuffled(random);
  const said = await Promise.all(
    Array.from({ length: INTERRUPTIONS_A_CALL }, () => interruptionOf(random)),
  );
  const waits = said.map(() => between(random, 300, 5000));
  return {
    script: script(greeting, replies, true, timedVoice),
    said,
    run: async (caller) => {
      for (const [i, { clip }] of said.entries()) {
        await patiently(caller.waitForAgentStart(ANSWER_TIMEOUT_MS));
        await caller.wait(waits[i] ?? 0);
        await caller.say(clip);
      }
      await caller.wait(1500);
    },
  };
}

/** Makes sounds that mean nothing while the agent speaks, and hears it to the end. */
export async function noisyListener(seed: number): Promise<CallPlan> {
  const random = seededRandom(seed);
  const [greeting = '', ...replies] = shuffled(random);
  const first = Math.floor(random() * FALSE_KINDS.length);
  const sounds: FalseSound[] = [];
  for (let i = 0; i < SOUNDS_A_CALL; i += 1) {
    const kind = FALSE_KINDS[(first + i) % FALSE_KINDS.length] ?? 'mhm';
    sounds.push(await falseSoundOf(random, kind));
  }
  const waits = sounds.map(() => between(random, 700, 1500));
  return {
    script: script(greeting, replies, true),
    said: sounds.map(({ utterance }) => utterance),
    run: async (caller) => {
      await caller.waitForAgentStart(ANSWER_TIMEOUT_MS);
      for (const [i, { utterance }] of sounds.entries()) {
        await caller.wait(waits[i] ?? 0);
        await caller.say(utterance.clip);
        // Until it is judged, and the agent is heard again.
        await caller.wait(900);
      }
      await patiently(caller.waitForAgent({ quietMs: 600, timeoutMs: 20_000 }));
    },
  };
}

/** Says turns with pauses within them, one after the other. */
export async function talker(seed: number, pauses: Pauses, interims: boolean): Promise<CallPlan> {
  const random = seededRandom(seed);
  const pauseMs = pausesOf(pauses, random);
  const said: Utterance[] = [];
  for (let i = 0; i < TURNS_A_CALL; i += 1) said.push(await turnOf(random, pauseMs));
  const quietMs = said.map(() => between(random, 300, 600));
  return {
    script: script('Hello.', [SHORT_REPLY], interims),
    said,
    run: async (caller) => {
      const answered = (i: number) =>
        patiently(
          caller.waitForAgent({ quietMs: quietMs[i] ?? 300, timeoutMs: ANSWER_TIMEOUT_MS }),
        );
      await answered(0);
      for (const [i, { clip }] of said.entries()) {
        await caller.say(clip);
        await answered(i);
      }
    },
  };
}

/** Does some of everything: for counting what the actors have to do. */
export async function anybody(seed: number): Promise<CallPlan> {
  const random = seededRandom(seed);
  const [greeting = '', second = ''] = shuffled(random);
  const mhm = (await falseSoundOf(random, 'mhm')).utterance;
  const interruption = await interruptionOf(random);
  const pauseMs = pausesOf('uniform', random);
  const turns = [await turnOf(random, pauseMs), await turnOf(random, pauseMs)];
  const said = [mhm, interruption, ...turns];
  return {
    script: script(greeting, [second, MEDIUM_REPLY], true),
    said,
    run: async (caller) => {
      await caller.waitForAgentStart(ANSWER_TIMEOUT_MS);
      await caller.wait(between(random, 500, 1500));
      await caller.say(mhm.clip);
      await caller.wait(1500);
      await caller.say(interruption.clip);
      await caller.waitForAgentStart(ANSWER_TIMEOUT_MS);
      await caller.wait(between(random, 1000, 2500));
      for (const { clip } of turns) {
        await caller.say(clip);
        await patiently(caller.waitForAgent({ quietMs: 400, timeoutMs: ANSWER_TIMEOUT_MS }));
      }
    },
  };
}
