import t from 'tap';
import { createLocalTts } from '../../../src/providers/local/tts.js';
import { ttsConformance } from '../conformance.js';

const missing = new URL('./no-such-worker.js', import.meta.url);

ttsConformance(t, 'flite kal', {
  makeProvider: () => createLocalTts({ voice: 'kal', workers: 1 }),
  makeFailing: () => createLocalTts({ voice: 'kal', workers: 1, workerUrl: missing }),
  timeoutMs: 20_000,
});

ttsConformance(t, 'flite slt, two workers', {
  makeProvider: () => createLocalTts({ voice: 'slt', workers: 2 }),
  makeFailing: () => createLocalTts({ voice: 'slt', workers: 2, workerUrl: missing }),
  timeoutMs: 20_000,
});
