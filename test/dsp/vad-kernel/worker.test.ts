// Workers evaluate what the main thread lays into the memory that they share, each in its own region. Media plane.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { BatchedSilero } from '../../../src/dsp/vad/batched/batched-silero.js';
import { loadVadKernel } from '../../../src/dsp/vad/batched/kernel.js';
import { sharedMemoryFor } from '../../../src/dsp/wasm.js';
import { Calls, frameOf } from './calls.js';
import type { EngineWorkerData } from './engine-worker.js';
import { fixtureVoice } from './signals.js';

t.test('two workers in one memory give the logits of the main thread', async (t) => {
  const bytes = BatchedSilero.bytesFor(1);
  const memory = sharedMemoryFor(2 * bytes + 640);
  const kernel = loadVadKernel();
  const workers = [0, 1].map((i) => {
    const data: EngineWorkerData = {
      kernel,
      memory,
      byteOffset: i * bytes,
      audio: 2 * bytes + i * 320,
    };
    return new Worker(new URL('./engine-worker.js', import.meta.url), { workerData: data });
  });
  t.teardown(() => Promise.all(workers.map((worker) => worker.terminate())));

  const main = new Calls(2);
  const opened = [main.engine.open(), main.engine.open()];
  const signals = [fixtureVoice('it'), fixtureVoice('ru')];
  for (let frame = 30; frame < 90; frame++) {
    const answers = workers.map(async (worker, i) => {
      const samples = frameOf(signals[i] ?? new Int16Array(0), frame);
      new Int16Array(memory.buffer, 2 * bytes + i * 320, 160).set(samples);
      main.push(opened[i] ?? 0, samples);
      const answer = once(worker, 'message');
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
      worker.postMessage('run');
      const [logit] = (await answer) as [number];
      return logit;
    });
    const logits = await Promise.all(answers);
    main.engine.run();
    t.same(
      logits,
      opened.map((call) => main.engine.logit(call)),
      `frame ${frame}`,
    );
  }
});
