// The worker of the local voice: renders one piece of text at a time. Media plane.

import { parentPort, workerData } from 'node:worker_threads';
import type { WasmModule } from '../../dsp/wasm.js';
import { toRingmasterError } from '../../errors.js';
import { renderSpeech, type FliteVoice, type Speech } from './flite.js';
import { forTelephone } from './telephone-voice.js';

export interface TtsWorkerData {
  readonly module: WasmModule;
  readonly voice: FliteVoice;
}

/** The answer to one posted text; its audio is transferred. */
export type TtsWorkerAnswer = { readonly speech: Speech } | { readonly failure: string };

const { module, voice } = workerData as TtsWorkerData;

parentPort?.on('message', (text: string) => {
  try {
    const speech = forTelephone(renderSpeech(module, voice, text));
    const answer: TtsWorkerAnswer = { speech };
    parentPort?.postMessage(answer, [speech.pcm.buffer as ArrayBuffer]);
  } catch (thrown) {
    const answer: TtsWorkerAnswer = {
      failure: toRingmasterError(thrown, 'PROVIDER_FAILED').message,
    };
    parentPort?.postMessage(answer, []);
  }
});
