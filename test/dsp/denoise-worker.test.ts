// The main thread writes line audio into memory that a worker's kernel reads it from, and reads what comes out.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { denoiseRegionBytes } from '../../src/dsp/denoise/batched/engine.js';
import { sharedMemoryFor } from '../../src/dsp/wasm.js';
import { DenoiseCalls } from './harness/denoise-calls.js';
import { encodeMulaw } from './harness/g711.js';
import { loadVoice } from './harness/voices.js';

const PACKET = 160;

t.test('two workers on one memory denoise what the main thread wrote', async (t) => {
  const region = Math.ceil(denoiseRegionBytes(8) / 64) * 64;
  const buffers = 2 * region;
  const memory = sharedMemoryFor(buffers + 4096);
  const script = new URL('./harness/denoise-worker.js', import.meta.url);
  const workers = [0, 1].map((n) => ({
    thread: new Worker(script, { workerData: { memory, byteOffset: n * region } }),
    voice: Uint8Array.from(loadVoice(n === 0 ? 'it-carlo-1' : 'fr-june-1'), (sample) =>
      encodeMulaw(Math.round(sample)),
    ),
    input: buffers + n * 2048,
    output: buffers + n * 2048 + 256,
    speech: buffers + n * 2048 + 1024,
    alone: new DenoiseCalls({
      lanes: 1,
      framesPerPacket: 2,
      inputFormat: 'mulaw',
      outputFormat: 'int16',
    }),
  }));
  for (const { alone } of workers) alone.engine.open(0);
  for (let at = 0; at < 50 * PACKET; at += PACKET) {
    const answers = workers.map(({ thread, voice, input, output, speech }) => {
      new Uint8Array(memory.buffer, input, PACKET).set(voice.subarray(at, at + PACKET));
      const answer = once(thread, 'message');
      thread.postMessage({ input, output, speech }, []);
      return answer;
    });
    t.same(await Promise.all(answers), [[1], [1]]);
    for (const { alone, voice, output } of workers) {
      alone.submit(0, voice.subarray(at, at + PACKET));
      alone.engine.run();
      t.same(new Int16Array(memory.buffer, output, PACKET).slice(), alone.output(0));
    }
  }
  await Promise.all(workers.map(({ thread }) => thread.terminate()));
});
