// A worker of the local voice whose faults the text asks for. Test.

import { parentPort } from 'node:worker_threads';
import type { TtsWorkerAnswer } from '../../../src/providers/local/tts-worker.js';

const SAMPLES = 16_000;

function answer(text: string): TtsWorkerAnswer {
  if (text.includes('refuse')) return { failure: 'made to fail' };
  const pcm = new Int16Array(SAMPLES).fill(text.length);
  return { speech: { pcm, sampleRateHz: 16_000 } };
}

parentPort?.on('message', (text: string) => {
  if (text.includes('exit')) process.exit(1);
  if (text.includes('throw')) throw new TypeError('made to throw');
  if (text.includes('hang')) return;
  const delayMs = text.includes('slow') ? 60 : 0;
  setTimeout(() => parentPort?.postMessage(answer(text), []), delayMs);
});
