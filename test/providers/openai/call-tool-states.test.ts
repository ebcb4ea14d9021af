import t from 'tap';
import { CallToolStates } from '../../../src/providers/openai/call-tool-states.js';
import { ToolRunner } from '../../../src/providers/openai/tool-runner.js';
import { createToolRegistry, type AgentTool } from '../../../src/providers/openai/tools.js';
import { callOf, delay, until } from '../conformance-support.js';
import { toolReply } from './support.js';

let orders = 0;
const order: AgentTool = {
  name: 'order',
  description: 'Order.',
  parameters: { type: 'object' },
  sideEffects: true,
  timeoutMs: 1000,
  run: () => delay(20).then(() => (orders += 1)),
};
const call = { id: 'c1', name: 'order', arguments: '{}' };
const registry = createToolRegistry([order]);
const states = (keepMs?: number) =>
  new CallToolStates((info) => new ToolRunner(registry, info, undefined), keepMs);
const { callSid } = callOf(1);

t.test('a call without tool runs leaves nothing behind', async (t) => {
  const kept = states();
  for (let n = 1; n <= 100; n++) kept.open(callOf(n));
  t.equal(kept.size, 100);
  for (let n = 1; n <= 100; n++) kept.close(callOf(n).callSid);
  t.equal(kept.size, 0);
});

t.test('what was remembered waits for the next session of the call', async (t) => {
  const kept = states();
  const { memory } = kept.open(callOf(1));
  memory.add(0, call, 'placed');
  kept.close(callSid);
  t.equal(kept.open(callOf(1)).memory, memory);
  t.not(kept.open(callOf(2)).memory, memory);
  kept.clear();
});

t.test('a run that began is kept, also when it is over', async (t) => {
  const kept = states(20);
  const { runner } = kept.open(callOf(1));
  const running = runner.run([call], toolReply());
  await delay(1);
  kept.close(callSid);
  t.equal(kept.size, 1);
  t.equal(kept.open(callOf(1)).runner, runner);
  const [placed] = await running;
  kept.close(callSid);
  const again = kept.open(callOf(1)).runner;
  t.same(await again.run([call], toolReply()), [placed]);
  kept.close(callSid);
  await until(() => kept.size === 0, 2000, 'forgotten');
});

t.test('of two sessions of one call the last one counts', async (t) => {
  const kept = states();
  kept.open(callOf(1));
  kept.open(callOf(1));
  kept.close(callSid);
  t.equal(kept.size, 1);
  kept.close(callSid);
  t.equal(kept.size, 0);
});

t.test('it is forgotten a while after the call, unless the call goes on', async (t) => {
  const kept = states(20);
  for (const n of [1, 2]) {
    kept.open(callOf(n)).memory.add(0, call, 'placed');
    kept.close(callOf(n).callSid);
  }
  kept.open(callOf(2));
  t.equal(kept.size, 2);
  await until(() => kept.size === 1, 2000, 'the first is forgotten');
  await delay(30);
  t.equal(kept.size, 1, 'the second is not');
  kept.clear();
});
