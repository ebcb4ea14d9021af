import t from 'tap';
import { LoadMeter } from '../../src/load-meter.js';
import { FakePool } from '../fakes/dsp.js';
import { callNode, startTestNode, until } from './support.js';

t.test('a node whose audio workers cannot keep up refuses new calls and says so', async (t) => {
  const pool = new FakePool(4);
  const node = await startTestNode(t, {}, { pool, refusesByLoad: true });
  const running = callNode(node, async (caller) => {
    await caller.waitFor('agent.started');
    await caller.wait(300);
    await caller.hangUp();
  });
  await until(() => node.stats().calls === 1);
  pool.isOverloaded = true;
  const refused = callNode(node, async () => undefined);
  t.match(await refused.finished, { outcome: 'rejected', rejectReason: 'busy' });
  const ready = await fetch(`${node.url}/readyz`);
  t.equal(ready.status, 503);
  t.match(await ready.json(), { error: { code: 'NODE_OVERLOADED' } });
  t.match(node.stats(), { calls: 1, load: { overloaded: true, refusedCalls: 1 } });
  const report = await running.finished;
  t.strictSame(report.violations, [], 'the call that ran goes on');
  pool.isOverloaded = false;
  t.equal((await fetch(`${node.url}/readyz`)).status, 200);
  t.match(node.stats().load, { overloaded: false, refusedCalls: 1 });
});

t.test('the meter looks once a second at what grew since', async (t) => {
  const pool = new FakePool();
  const counts = { processed: 0, late: 0 };
  const none = pool.counters();
  pool.counters = () => ({ ...none, ...counts });
  let loop = 0.3;
  const meter = new LoadMeter(pool, () => loop);
  let nowMs = performance.now();
  const second = (processed: number, late: number): void => {
    counts.processed += processed;
    counts.late += late;
    for (let tick = 0; tick < 51; tick += 1) meter.tick((nowMs += 20));
  };
  second(1000, 20);
  t.equal(meter.report().lateShare, 0.02);
  second(1000, 0);
  t.equal(meter.report().lateShare, 0);
  t.notOk(meter.isOverloaded);
  second(1000, 60);
  second(1000, 60);
  t.ok(meter.isOverloaded);
  for (let i = 0; i < 5; i += 1) second(1000, 0);
  t.notOk(meter.isOverloaded);
  loop = 0.99;
  second(1000, 0);
  second(1000, 0);
  t.match(meter.report(), { overloaded: true, loopUtilization: 0.99, lateShare: 0 });
});

t.test('a meter measures the event loop itself', async (t) => {
  const meter = new LoadMeter(new FakePool());
  const nowMs = performance.now();
  while (performance.now() < nowMs + 20);
  meter.tick(nowMs + 2000);
  const { loopUtilization } = meter.report();
  t.ok(loopUtilization > 0.5 && loopUtilization <= 1, `${loopUtilization}`);
});
