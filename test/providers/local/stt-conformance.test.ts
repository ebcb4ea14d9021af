import type { Worker } from 'node:worker_threads';
import t from 'tap';
import { loadIntents } from '../../../src/providers/local/intents.js';
import { createLocalStt } from '../../../src/providers/local/stt.js';
import { sttConformance, type SttClip } from '../conformance.js';
import { clip } from '../speech-clips.js';

const intents = loadIntents();

function heard(name: string, text: string): SttClip {
  return { name, pcm: clip(name).pcm, matches: (heardText) => heardText === text };
}

sttConformance(t, 'local', {
  makeProvider: () => createLocalStt({ intents, workers: 1 }),
  makeFailing: () => {
    process.once('worker', (worker: Worker) => void worker.terminate());
    return createLocalStt({ intents, workers: 1 });
  },
  clips: [heard('hours', 'hours'), heard('location', 'location')],
  digits: heard('digits-7', 'seven'),
  timeoutMs: 20_000,
});
