// Recogniser worker: decodes the utterances of many calls, those that are complete first. Media plane.

import { parentPort, workerData } from 'node:worker_threads';
import type { SpeechExpectation } from '../../actors/ports.js';
import type { SttWorkerAnswer, SttWorkerData, SttWorkerOrder } from './stt-messages.js';
import { loadModule, UtteranceDecoder } from './utterance-decoder.js';

type AudioOrder = Extract<SttWorkerOrder, { type: 'audio' }>;

const SAMPLES_PER_MS = 8;

interface Utterance {
  readonly expectation: SpeechExpectation;
  readonly waiting: AudioOrder[];
  decoder: UtteranceDecoder | undefined;
  samples: number;
  lastInterim: string;
}

const data = workerData as SttWorkerData;
const port = parentPort;
if (!port) throw new Error('a worker thread is needed');
const taken = new Int32Array(data.taken);
const maxSamples = data.maxUtteranceMs * SAMPLES_PER_MS;
const utterances = new Map<number, Utterance>();
const free: Record<SpeechExpectation, UtteranceDecoder[]> = { anything: [], digits: [] };
const made: Record<SpeechExpectation, number> = { anything: 0, digits: 0 };
let scheduled = false;

const module = await loadModule(data.modelFolder);
for (const expectation of ['anything', 'anything', 'digits'] as const) {
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
  const grammar = data.grammars[expectation];
  return UtteranceDecoder.create(module, expectation, grammar, data.pronunciations);
}

function enqueue(order: AudioOrder): void {
  let utterance = utterances.get(order.key);
  if (!utterance) {
    const { expectation } = order;
    utterance = { expectation, waiting: [], decoder: undefined, samples: 0, lastInterim: '' };
    utterances.set(order.key, utterance);
  }
  utterance.waiting.push(order);
  schedule();
}

/** After the messages that are already there, so that complete utterances are seen as such. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    if (step()) schedule();
  });
}

/** Decodes one piece of the most urgent utterance that can go on; false where there is none. */
function step(): boolean {
  let chosen: [number, Utterance] | undefined;
  for (const entry of utterances) {
    const { waiting } = entry[1];
    if (waiting.length === 0) continue;
    const complete = waiting.at(-1)?.last === true;
    if ((chosen && !complete) || !claimDecoder(entry[1], complete)) continue;
    chosen = entry;
    if (complete) break;
  }
  if (!chosen) return false;
  decode(...chosen);
  return true;
}

/**
 * The last free decoder is kept for complete utterances: they need it only for as long as they take
 * to decode, whereas one that is still being spoken holds its decoder until the caller pauses.
 */
function claimDecoder(utterance: Utterance, complete: boolean): boolean {
  if (utterance.decoder) return true;
  const { expectation } = utterance;
  const pool = free[expectation];
  if (pool.length <= 1 && made[expectation] < data.maxDecoders) {
    void make(expectation).then((decoder) => {
      pool.push(decoder);
      schedule();
    });
  }
  if (pool.length > (complete ? 0 : 1)) utterance.decoder = pool.pop();
  return utterance.decoder !== undefined;
}

function decode(key: number, utterance: Utterance): void {
  const { pcm, last } = utterance.waiting.shift() as AudioOrder;
  const decoder = utterance.decoder as UtteranceDecoder;
  Atomics.add(taken, 0, pcm.length);
  utterance.samples += pcm.length;
  // What is longer than any phrase is not in the grammar; no time is spent on the rest of it.
  const tooLong = utterance.samples > maxSamples;
  if (!tooLong && pcm.length > 0) decoder.write(pcm);
  if (!last) {
    if (data.interims && !tooLong) sayInterim(key, utterance, decoder);
    return;
  }
  utterances.delete(key);
  const { text, confidence } = decoder.finish();
  free[utterance.expectation].push(decoder);
  const understood = confidence >= data.minConfidence[utterance.expectation];
  say({ type: 'final', key, text: understood && !tooLong ? text : '' });
}

function sayInterim(key: number, utterance: Utterance, decoder: UtteranceDecoder): void {
  const { text, confidence } = decoder.interim();
  if (text === '' || text === utterance.lastInterim) return;
  if (confidence < data.minConfidence[utterance.expectation]) return;
  utterance.lastInterim = text;
  say({ type: 'interim', key, text });
}

function drop(key: number): void {
  const utterance = utterances.get(key);
  if (!utterance) return;
  utterances.delete(key);
  for (const { pcm } of utterance.waiting) Atomics.add(taken, 0, pcm.length);
  if (!utterance.decoder) return;
  utterance.decoder.drop();
  free[utterance.expectation].push(utterance.decoder);
  schedule();
}
