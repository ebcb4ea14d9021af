import t from 'tap';
import { createShardPool } from '../../src/dsp/pool.js';
import { callNode, clip, startTestNode } from './support.js';

t.test('an audio worker killed in mid-call is replaced and every call is answered', async (t) => {
  const workerFile = new URL('../../src/dsp/worker.js', import.meta.url).pathname;
  const pool = await createShardPool(
    { shards: 1, callsPerShard: 8, denoise: 'rnnoise', vad: 'silero' },
    workerFile,
  );
  t.teardown(() => pool.close());
  const node = await startTestNode(t, {}, { pool });
  const hours = await clip('hours');
  const calls = Array.from({ length: 5 }, () =>
    callNode(node, async (caller) => {
      await caller.waitForAgent();
      await caller.wait(1000);
      await caller.say(hours);
      await caller.waitForAgent();
    }),
  );
  await Promise.all(
    calls.map(
      (call) =>
        new Promise<void>((resolve) => {
          call.onEvent(({ type }) => type === 'agent.ended' && resolve());
        }),
    ),
  );
  pool.stopWorker(0);
  const reports = await Promise.all(calls.map(({ finished }) => finished));
  for (const { callSid, outcome, scriptCompleted } of reports) {
    t.equal(outcome, 'caller-hung-up');
    t.ok(scriptCompleted);
    t.equal((await node.store.get(callSid))?.latencies.length, 1);
  }
  t.equal(node.stats().workerRestarts, 1);
});
