// What the callers of the benchmark say: recorded people alone, but for the coughs. Control plane.

import { loadUtterance, type Utterance } from '../../src/scenario/sounds.js';

type Random = () => number;

export const between = (random: Random, low: number, high: number): number =>
  low + random() * (high - low);

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

/** Said over the agent: what nobody says who only listens. */
const INTERRUPTIONS = [
  'please-try-again',
  'check-number-dial-again',
  'conf-getpin',
  'cannot-complete-as-dialed',
  'all-circuits-busy-now',
  'vm-nobodyavail',
  'something-terribly-wrong',
  'tt-weasels',
  'dir-welcome',
  'telephone-number',
  'one-moment-please',
  'location',
  'extension',
  'cancelled',
  'queue-thankyou',
];

/** Put together to turns. */
const PARTS = [
  'hello',
  'hours',
  'location',
  'time',
  'extension',
  'telephone-number',
  'auth-thankyou',
  'one-moment-please',
  'please-try-again',
  'sorry',
  'im-sorry',
  'cancelled',
  'calling',
  'all-circuits-busy-now',
  'check-number-dial-again',
  'dir-welcome',
  'queue-thankyou',
  ...Array.from({ length: 10 }, (_, digit) => `digits-${digit}`),
  ...'abcdefgh'.split('').map((letter) => `phonetic-${letter}_p`),
];

/** Of these a piece is a short sound of a person, without its word. */
const VOWELS = ['digits-1', 'digits-8', 'digits-3', 'hello', 'hours', 'extension'];

export type FalseKind = 'mhm' | 'grunt' | 'cough';
export type Pauses = 'uniform' | 'paced';

export interface FalseSound {
  readonly kind: FalseKind;
  readonly utterance: Utterance;
}

/** Between one voice's end and the next one's onset; frames of 20 ms make 10 ms more or less of it. */
const PAUSE_MS = { shortest: 210, longest: 590, median: 340, spread: 0.25 };

function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

function within(draw: () => number): number {
  for (;;) {
    const ms = draw();
    if (ms >= PAUSE_MS.shortest && ms <= PAUSE_MS.longest) return ms;
  }
}

/** Draws the pauses of one caller: every length as likely, or around an own pace (log-normal, as the pauses of speakers are). */
export function pausesOf(kind: Pauses, random: Random): () => number {
  if (kind === 'uniform') return () => between(random, PAUSE_MS.shortest, PAUSE_MS.longest);
  const { median, spread } = PAUSE_MS;
  const paceMs = within(() => median * Math.exp(spread * normal(random)));
  return () => within(() => paceMs * Math.exp(spread * normal(random)));
}

let loaded = 0;
const load = (sounds: Parameters<typeof loadUtterance>[0]): Promise<Utterance> =>
  loadUtterance(sounds, '', (loaded += 1));

/** A turn of two parts, or three, with a pause after each but the last. */
export function turnOf(random: Random, pauseMs: () => number): Promise<Utterance> {
  const sounds: (string | number)[] = [pick(random, PARTS)];
  const parts = random() < 0.6 ? 2 : 3;
  while (sounds.length < 2 * parts - 1) {
    sounds.push(Math.round(pauseMs()), pick(random, PARTS));
  }
  return load(sounds);
}

export const interruptionOf = (random: Random): Promise<Utterance> =>
  load([pick(random, INTERRUPTIONS)]);

/** A human sound with "mhm" understood of it, one with nothing, or a cough. */
export async function falseSoundOf(random: Random, kind: FalseKind): Promise<FalseSound> {
  if (kind === 'cough') {
    const ms = Math.round(between(random, 9, 20)) * 20;
    return { kind, utterance: await load([{ noise: 'cough', ms, dbfs: -10 }]) };
  }
  const clip = pick(random, VOWELS);
  const { voice } = (await load([clip])).clip;
  const fromMs = voice?.startMs ?? 0;
  const [least, most] = kind === 'mhm' ? [250, 450] : [120, 280];
  const toMs = fromMs + Math.round(between(random, least, most));
  const words = kind === 'mhm' ? 'mhm' : '';
  return { kind, utterance: await load([{ clip, fromMs, toMs, words }]) };
}
