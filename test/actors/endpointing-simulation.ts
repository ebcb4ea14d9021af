// Callers who speak, pause and finish, before an endpointing that learns from them. Test.

import { readFileSync } from 'node:fs';
import type {
  Endpointing,
  EndpointState,
  EndpointView,
} from '../../src/actors/endpointing/index.js';
import { seededRandom } from '../../src/phone/seeded-random.js';

/** What callers say; `|` where they stop to think. */
const CALLER_TURNS: readonly string[] = [
  'yes',
  'no',
  'yes please',
  'no thank you',
  'okay',
  'uh | yes I think so',
  'hello?',
  "hi | I'd like to book a table",
  "I'd like to make an | appointment for tomorrow morning",
  'could you tell me your opening hours?',
  'what time do you close today?',
  'I need to | speak to someone about my | invoice',
  'my name is | Peter Miller',
  "it's for four people at | seven thirty",
  "I'm calling because | my internet has stopped working",
  'the order number is | four seven one | two nine three five',
  'can you put me through to sales?',
  'yes | that would be great',
  'I want to cancel | my subscription and | get the money back',
  'do you have anything | on Friday?',
  'thank you very much goodbye',
  "that's all thanks",
  'how much does it cost?',
  'well | I bought it in March and | it broke last week',
  'the address is | twelve Station Road',
  'no I said Thursday | not Tuesday',
  'I would like to know | if my package has arrived',
  'tomorrow afternoon',
  'extension two zero five',
  'is there any way to | change the delivery date?',
  'sorry | could you repeat that?',
  "I already tried that | it didn't help",
  'because | the last time I called | nobody answered',
  'Monday would be best for me',
  'actually | can we make it | half an hour later?',
  'my email is on file',
  'where is the nearest branch?',
  "I don't have my | customer number with me",
  'right | so what happens next?',
  'goodbye',
];

export interface Turn {
  /** Words of each stretch of voice; a pause lies between two. */
  readonly parts: readonly string[];
}

export interface Scenario {
  readonly turns: number;
  readonly turnsPerCaller: number;
  readonly texts: 'callers' | 'clips';
  /** How long inner pauses are, 200..600 ms: each caller has an own pace, or every length is as likely. */
  readonly pauses: 'paced' | 'uniform';
  readonly interims: boolean;
  /** From the return of the voice until it is suspected, about. */
  readonly suspectedMs: number;
  readonly seed: number;
}

export interface Outcome {
  /** Turns that were ended at least once before they were complete, in per cent. */
  readonly prematurePercent: number;
  /** From the end of the turn's last voice to the decision. */
  readonly p50Ms: number;
  readonly p90Ms: number;
}

const LEAST_PAUSE_MS = 200;
const MOST_PAUSE_MS = 600;
/** Interims that lack the word spoken last. */
const LATE_WORD = 0.15;
const MS_PER_CHARACTER = 70;

/** What the recorded people say, cut at 0 to 2 places between words. */
function clipTurns(): readonly string[] {
  const rows = readFileSync('assets/speech/transcripts.tsv', 'utf8').trim().split('\n');
  return rows.map((row) => row.split('\t')[2] ?? '');
}

class World {
  readonly #next: () => number;
  readonly #scenario: Scenario;
  readonly #texts: readonly string[];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#next = seededRandom(scenario.seed);
    this.#texts = scenario.texts === 'clips' ? clipTurns() : CALLER_TURNS;
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#next()));
    return radius * Math.cos(2 * Math.PI * this.#next());
  }

  /** Median pause of a new caller. */
  pace(): number {
    return this.#within(() => 340 * Math.exp(0.25 * this.normal()));
  }

  pauseMs(paceMs: number): number {
    if (this.#scenario.pauses === 'paced') {
      return this.#within(() => paceMs * Math.exp(0.25 * this.normal()));
    }
    return LEAST_PAUSE_MS + (MOST_PAUSE_MS - LEAST_PAUSE_MS) * this.#next();
  }

  /** From the return of the voice until it is noticed. */
  noticedMs(): number {
    return Math.max(10, this.#scenario.suspectedMs + 8 * this.normal());
  }

  /** From the return of the voice to where the detector takes it to begin: soft onsets are missed. */
  missedMs(): number {
    return Math.max(0, 30 + 40 * this.normal());
  }

  turn(): Turn {
    const text = this.#texts[Math.floor(this.#next() * this.#texts.length)] as string;
    if (this.#scenario.texts === 'callers') return { parts: text.split(' | ') };
    const words = text.split(/\s+/).slice(0, 16);
    const cuts = Math.min(words.length - 1, Math.floor(this.#next() * 3));
    const places = Array.from(
      { length: cuts },
      () => 1 + Math.floor(this.#next() * (words.length - 1)),
    );
    const bounds = [0, ...new Set(places.sort((a, b) => a - b)), words.length];
    return { parts: bounds.slice(1).map((end, i) => words.slice(bounds[i], end).join(' ')) };
  }

  interim(words: string): string | undefined {
    if (!this.#scenario.interims) return undefined;
    return this.chance(LATE_WORD) ? words.replace(/\s*\S+$/, '') : words;
  }

  #within(draw: () => number): number {
    for (;;) {
      const ms = draw();
      if (ms >= LEAST_PAUSE_MS && ms <= MOST_PAUSE_MS) return ms;
    }
  }
}

/** One turn: its premature ends are learnt from, as the floor does. */
function take(
  endpointing: Endpointing,
  before: EndpointState,
  turn: Turn,
  world: World,
  paceMs: number,
) {
  let state = before;
  let premature = false;
  let said = '';
  let utteranceMs = 0;
  for (const [pausesSoFar, part] of turn.parts.entries()) {
    said = `${said} ${part}`.trim();
    utteranceMs += part.length * MS_PER_CHARACTER;
    const view: EndpointView = {
      interimText: world.interim(said),
      expectation: 'anything',
      utteranceMs,
      pausesSoFar,
    };
    const delayMs = endpointing.delayMs(state, view);
    if (pausesSoFar === turn.parts.length - 1) {
      return { state: endpointing.learn(state, { type: 'ended' }), premature, delayMs };
    }
    const pauseMs = world.pauseMs(paceMs);
    const cutOff = pauseMs + world.noticedMs() >= delayMs;
    const silenceMs = pauseMs + world.missedMs();
    premature ||= cutOff;
    utteranceMs += pauseMs;
    state = endpointing.learn(state, {
      type: cutOff ? 'cut-off' : 'paused',
      silenceMs,
      expectation: 'anything',
    });
  }
  throw new RangeError('a turn without words');
}

export function simulate(endpointing: Endpointing, scenario: Scenario): Outcome {
  const world = new World(scenario);
  const delays: number[] = [];
  let premature = 0;
  let state = endpointing.initial();
  let paceMs = world.pace();
  for (let i = 0; i < scenario.turns; i++) {
    if (i % scenario.turnsPerCaller === 0) {
      state = endpointing.initial();
      paceMs = world.pace();
    }
    const taken = take(endpointing, state, world.turn(), world, paceMs);
    state = taken.state;
    delays.push(taken.delayMs);
    if (taken.premature) premature++;
  }
  delays.sort((a, b) => a - b);
  const at = (share: number): number => delays[Math.floor(share * (delays.length - 1))] as number;
  return { prematurePercent: (100 * premature) / scenario.turns, p50Ms: at(0.5), p90Ms: at(0.9) };
}
