// Recogniser worker: decodes the utterances of many calls while they are spoken, complete ones first. Media plane.

import { parentPort, workerData } from 'node:worker_threads';
import type { SpeechExpectation } from '../../actors/ports.js';
import { decodeRank } from './decode-order.js';
import { LEAST_CONFIDENCE } from './acceptance.js';
import { isDigits, meantWords } from './grammar.js';
import type { SttWorkerAnswer, SttWorkerData, SttWorkerOrder } from './stt-messages.js';
import { loadModule, PhoneLoop, UtteranceDecoder, type Hypothesis } from './utterance-decoder.js';

type AudioOrder = Extract<SttWorkerOrder, { type: 'audio' }>;

const SAMPLES_PER_MS = 8;
/**
 * Speech that fits so badly after so long is not in the grammar: the fit of a phrase only falls as
 * more is said. Callers who talk at length cost no more than their first seconds.
 */
const HOPE_SAMPLES = 3000 * SAMPLES_PER_MS;
const HOPELESS_FIT = -1.2;
/** No telephone number has more (ITU-T E.164, section 6); nobody says more at once. */
const MAX_DIGITS = 15;

interface Utterance {
  readonly expectation: SpeechExpectation;
  readonly waiting: AudioOrder[];
  waitingSamples: number;
  /** When its last audio came; undefined while the caller speaks. */
  completeAtMs: number | undefined;
  decoder: UtteranceDecoder | undefined;
  samples: number;
  lastInterim: string;
  /** Cannot become anything that is understood: the rest of it is not decoded. */
  hopeless: boolean;
}

const data = workerData as SttWorkerData;
const port = parentPort;
if (!port) throw new Error('a worker thread is needed');
const taken = new Int32Array(data.taken);
const maxSamples = data.maxUtteranceMs * SAMPLES_PER_MS;
const utterances = new Map<number, Utterance>();
const free: Record<SpeechExpectation, UtteranceDecoder[]> = { anything: [], digits: [] };
const made: Record<SpeechExpectation, number> = { anything: 0, digits: 0 };
/** A decoder is being made; one at a time, since that stops the decoding of all others. */
let making = false;
let scheduled = false;

const module = await loadModule(data.modelFolder);
const loop = await PhoneLoop.create(module);
for (const expectation of ['anything', 'anything', 'anything', 'digits'] as const) {
  free[expectation].push(await make(expectation));
}

port.on('message', (order: SttWorkerOrder) => {
  if (order.type === 'drop') drop(order.key);
  else enqueue(order);
});
say({ type: 'ready' });

function say(answer: SttWorkerAnswer): void {
  port?.postMessage(answer, []);
}

async function make(expectation: SpeechExpectation): Promise<UtteranceDecoder> {
  made[expectation]++;
  const { grammars, pronunciations } = data;
  return UtteranceDecoder.create(module, expectation, grammars[expectation], {
    pronunciations,
    loop,
  });
}

function enqueue(order: AudioOrder): void {
  let utterance = utterances.get(order.key);
  if (!utterance) {
    const { expectation } = order;
    utterance = {
      expectation,
      waiting: [],
      waitingSamples: 0,
      completeAtMs: undefined,
      decoder: undefined,
      samples: 0,
      lastInterim: '',
      hopeless: false,
    };
    utterances.set(order.key, utterance);
  }
  utterance.waiting.push(order);
  utterance.waitingSamples += order.pcm.length;
  if (order.last) utterance.completeAtMs = performance.now();
  schedule();
}

/** After the messages that are already there, so that complete utterances are seen as such. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    if (step()) schedule();
    else grow();
  });
}

/** Decodes one piece of the most urgent utterance that can go on; false where there is none. */
function step(): boolean {
  const nowMs = performance.now();
  let chosen: [number, Utterance] | undefined;
  let least = Infinity;
  for (const entry of utterances) {
    const utterance = entry[1];
    if (utterance.waiting.length === 0) continue;
    const rank = decodeRank(utterance, nowMs);
    // Of two that are equal the one that waits for its turn longer.
    if (rank >= least && chosen) continue;
    if (!claimDecoder(utterance, utterance.completeAtMs !== undefined)) continue;
    chosen = entry;
    least = rank;
  }
  if (!chosen) return false;
  const [key, utterance] = chosen;
  // Those that are being spoken take turns.
  utterances.delete(key);
  utterances.set(key, utterance);
  decode(key, utterance);
  return true;
}

/**
 * The last free decoder is kept for complete utterances: they need it only for as long as they take
 * to decode, whereas one that is still being spoken holds its decoder until the caller pauses.
 */
function claimDecoder(utterance: Utterance, complete: boolean): boolean {
  if (utterance.decoder || utterance.hopeless) return true;
  const { expectation } = utterance;
  const pool = free[expectation];
  if (pool.length > (complete ? 0 : 1)) utterance.decoder = pool.pop();
  return utterance.decoder !== undefined;
}

/**
 * One decoder more where callers speak without one. Making it takes some 100 ms in which nobody's speech is
 * decoded: it is done when everything else is.
 */
function grow(): void {
  if (making) return;
  const starved = [...utterances.values()].find(
    ({ decoder, hopeless, waiting, expectation }) =>
      !decoder && !hopeless && waiting.length > 0 && made[expectation] < data.maxDecoders,
  );
  if (!starved) return;
  making = true;
  const { expectation } = starved;
  void make(expectation).then((decoder) => {
    making = false;
    free[expectation].push(decoder);
    schedule();
  });
}

function decode(key: number, utterance: Utterance): void {
  const { pcm, last } = utterance.waiting.shift() as AudioOrder;
  Atomics.add(taken, 0, pcm.length);
  utterance.samples += pcm.length;
  utterance.waitingSamples -= pcm.length;
  const { decoder } = utterance;
  if (decoder) {
    if (pcm.length > 0) decoder.write(pcm);
    if (!last) judge(key, utterance, decoder);
  }
  if (!last) return;
  utterances.delete(key);
  say({ type: 'final', key, ...finalWords(utterance) });
}

/** Reports what was understood so far, or gives the utterance up. */
function judge(key: number, utterance: Utterance, decoder: UtteranceDecoder): void {
  const hypothesis = decoder.interim();
  const { fit } = hypothesis;
  const text = meantWords(hypothesis.text);
  const lost = utterance.samples > HOPE_SAMPLES && hypothesis.text !== '' && fit < HOPELESS_FIT;
  if (lost || utterance.samples > maxSamples) {
    utterance.hopeless = true;
    decoder.drop();
    release(utterance);
  } else if (
    data.interims &&
    text !== utterance.lastInterim &&
    isPossible(hypothesis, utterance.expectation)
  ) {
    utterance.lastInterim = text;
    say({ type: 'interim', key, text });
  }
}

function finalWords(utterance: Utterance): { text: string; confidence: number } {
  const { decoder, expectation, samples } = utterance;
  const final = decoder?.finish((found) => samples <= maxSamples && isPossible(found, expectation));
  release(utterance);
  if (!final || final.confidence < LEAST_CONFIDENCE) return { text: '', confidence: 0 };
  return { text: meantWords(final.text), confidence: final.confidence };
}

function release(utterance: Utterance): void {
  if (utterance.decoder) free[utterance.expectation].push(utterance.decoder);
  utterance.decoder = undefined;
}

function isPossible({ text, fit }: Hypothesis, expectation: SpeechExpectation): boolean {
  const { phrase, digits, phraseBesideDigits } = data.minConfidence;
  if (expectation === 'anything') return fit >= phrase;
  if (!isDigits(text)) return fit >= phraseBesideDigits;
  return fit >= digits && text.split(' ').length <= MAX_DIGITS;
}

function drop(key: number): void {
  const utterance = utterances.get(key);
  if (!utterance) return;
  utterances.delete(key);
  for (const { pcm } of utterance.waiting) Atomics.add(taken, 0, pcm.length);
  utterance.decoder?.drop();
  release(utterance);
  schedule();
}
