import t from 'tap';
import { RingmasterError } from '../src/errors.js';
import { WarmUps, type ColdEngine, type WarmUpEngine } from '../src/warm-ups.js';

const never = new Promise<never>(() => undefined);
const settled = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};

function setup(t: { teardown(done: () => void): void }, timeoutMs = 20) {
  const cold: ColdEngine[] = [];
  const warm: string[] = [];
  const warmUps = new WarmUps({
    timeoutMs,
    backoffMs: 1,
    onCold: (engine) => void cold.push(engine),
    onWarm: ({ name }) => void warm.push(name),
  });
  t.teardown(() => warmUps.close());
  return { warmUps, cold, warm };
}

const engine = (name: string, warmUp: () => unknown): WarmUpEngine => ({
  role: 'agent',
  name,
  warmUp: warmUp as () => Promise<void>,
});

for (const [kind, fail, code] of [
  [
    'throws',
    () => {
      throw new TypeError('no model');
    },
    'PROVIDER_FAILED',
  ],
  [
    'rejects',
    () => Promise.reject(new RingmasterError('PROVIDER_AUTH', 'wrong key')),
    'PROVIDER_AUTH',
  ],
  ['hangs', () => never, 'PROVIDER_TIMEOUT'],
] as const) {
  t.test(
    `an engine whose warm-up ${kind} is given up in its time and tried again (B6)`,
    async (t) => {
      const { warmUps, cold, warm } = setup(t);
      let attempts = 0;
      let isDown = true;
      const flaky = engine('flaky', () => {
        attempts += 1;
        return isDown ? fail() : undefined;
      });
      const good = engine('good', async () => undefined);
      await warmUps.start([flaky, good]);
      t.match(warmUps.cold, [{ name: 'flaky', role: 'agent', error: { code } }]);
      t.strictSame(warmUps.codes, [code]);
      await settled(() => attempts === 3);
      isDown = false;
      await settled(() => warm.length === 1);
      t.strictSame(warm, ['flaky']);
      t.strictSame(warmUps.cold, []);
      t.ok(cold.length >= 2);
      const before = attempts;
      await new Promise((resolve) => setTimeout(resolve, 30));
      t.equal(attempts, before, 'what is warm is left alone');
    },
  );
}

t.test('an engine that is warm after its time is warm (B6)', async (t) => {
  const { warmUps, warm } = setup(t);
  let finish = (): void => undefined;
  const slow = engine('slow', () => new Promise<void>((resolve) => (finish = resolve)));
  await warmUps.start([slow]);
  t.equal(warmUps.cold.length, 1);
  finish();
  await settled(() => warm.length === 1);
  t.strictSame(warmUps.cold, []);
});

t.test('what no attempt can mend ends the start', async (t) => {
  const { warmUps, cold } = setup(t);
  const wrong = engine('wrong', () =>
    Promise.reject(new RingmasterError('DSP_MODEL_NOT_FOUND', 'no such file')),
  );
  await t.rejects(warmUps.start([wrong]), { code: 'DSP_MODEL_NOT_FOUND' });
  t.strictSame(cold, []);
});

t.test('after the end nothing is tried any more', async (t) => {
  const { warmUps } = setup(t);
  let attempts = 0;
  await warmUps.start([
    engine('down', () => {
      attempts += 1;
      throw new Error('down');
    }),
  ]);
  warmUps.close();
  await new Promise((resolve) => setTimeout(resolve, 30));
  t.equal(attempts, 1);
});
