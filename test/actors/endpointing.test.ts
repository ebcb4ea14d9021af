import t from 'tap';
import {
  createEndpointing,
  DEFAULT_ENDPOINTING,
  type EndpointingSettings,
  type EndpointObservation,
  type EndpointState,
  type EndpointView,
} from '../../src/actors/endpointing/index.js';
import { SeededRandom } from '../seeded-random.js';

const SILENCE: EndpointView = {
  interimText: undefined,
  expectation: 'anything',
  utteranceMs: 1000,
  pausesSoFar: 0,
};

const withSettings = (settings: Partial<EndpointingSettings>) =>
  createEndpointing({ ...DEFAULT_ENDPOINTING, ...settings });

const paused = (silenceMs: number): EndpointObservation => ({
  type: 'paused',
  silenceMs,
  expectation: 'anything',
});
const cutOff = (silenceMs: number): EndpointObservation => ({
  type: 'cut-off',
  silenceMs,
  expectation: 'anything',
});

function learnAll(
  settings: Partial<EndpointingSettings>,
  ...observations: readonly EndpointObservation[]
) {
  const endpointing = withSettings(settings);
  const state = observations.reduce(
    (before: EndpointState, observation) => endpointing.learn(before, observation),
    endpointing.initial(),
  );
  return { endpointing, state, delayMs: endpointing.delayMs(state, SILENCE) };
}

t.test('a fixed silence is what the settings say, whatever was seen or said', async (t) => {
  const { endpointing, state, delayMs } = learnAll(
    { strategies: ['fixed'], baseMs: 700 },
    cutOff(900),
    paused(300),
  );
  t.equal(delayMs, 700);
  t.equal(endpointing.delayMs(state, { ...SILENCE, interimText: 'my number is' }), 700);
  t.equal(
    withSettings({ strategies: [], baseMs: 650 }).delayMs(state, SILENCE),
    650,
    'the default',
  );
});

t.test('adaptive waits the base until something was learnt', async (t) => {
  t.equal(learnAll({ strategies: ['adaptive'] }).delayMs, DEFAULT_ENDPOINTING.baseMs);
});

t.test('adaptive waits longer for who pauses long, and less for who does not', async (t) => {
  const slow = learnAll({ strategies: ['adaptive'] }, paused(620), paused(600)).delayMs;
  t.ok(slow > 650 && slow < 700, `${slow}`);
  const quick = learnAll(
    { strategies: ['adaptive'] },
    ...Array.from({ length: 16 }, () => paused(250)),
  );
  t.ok(quick.delayMs >= DEFAULT_ENDPOINTING.minMs && quick.delayMs < 500, `${quick.delayMs}`);
});

t.test(
  'adaptive waits longer at once for who was cut off, and forgets it turn by turn',
  async (t) => {
    const { endpointing, state, delayMs } = learnAll({ strategies: ['adaptive'] }, cutOff(640));
    t.ok(delayMs >= 690, `${delayMs}`);
    let later = state;
    let lastMs = delayMs;
    for (let turn = 0; turn < 200; turn++) {
      later = endpointing.learn(later, { type: 'ended' });
      const nextMs = endpointing.delayMs(later, SILENCE);
      t.ok(nextMs <= lastMs, `turn ${turn}`);
      lastMs = nextMs;
    }
    t.equal(lastMs, DEFAULT_ENDPOINTING.baseMs);
    t.strictSame(later, endpointing.initial(), 'nothing is left');
  },
);

t.test('fixed beside adaptive is the least', async (t) => {
  const quick = Array.from({ length: 16 }, () => paused(220));
  t.equal(
    learnAll({ strategies: ['fixed', 'adaptive'] }, ...quick).delayMs,
    DEFAULT_ENDPOINTING.baseMs,
  );
  t.ok(learnAll({ strategies: ['fixed', 'adaptive'] }, cutOff(800)).delayMs > 800);
});

t.test('who has paused often in a turn is waited for longer, within bounds', async (t) => {
  const endpointing = withSettings({ strategies: ['adaptive'] });
  const delays = [0, 1, 2, 3, 4, 5, 6, 50].map((pausesSoFar) =>
    endpointing.delayMs(endpointing.initial(), { ...SILENCE, pausesSoFar }),
  );
  t.strictSame(delays, [610, 610, 610, 671, 732, 793, 793, 793]);
});

t.test(
  'digits are waited for longer, and pauses between them teach nothing of other turns',
  async (t) => {
    const { endpointing, state } = learnAll(
      {},
      {
        type: 'paused',
        silenceMs: 950,
        expectation: 'digits',
      },
    );
    t.equal(endpointing.delayMs(state, { ...SILENCE, expectation: 'digits' }), 1000);
    t.equal(endpointing.delayMs(state, SILENCE), DEFAULT_ENDPOINTING.baseMs);
  },
);

t.test('the turn model shortens, lengthens, or leaves it to the others', async (t) => {
  const endpointing = withSettings({ strategies: ['fixed', 'model'], baseMs: 600 });
  const delay = (modelProbability: number | undefined) =>
    endpointing.delayMs(endpointing.initial(), { ...SILENCE, modelProbability });
  t.equal(delay(undefined), 600);
  t.equal(delay(Number.NaN), 600);
  t.equal(delay(1), 420);
  t.equal(delay(0), 1500);
  const falling = Array.from({ length: 101 }, (_, i) => delay(i / 100));
  t.ok(
    falling.every((ms, i) => i === 0 || ms <= (falling[i - 1] as number)),
    'falls',
  );
});

t.test('whoever wants to wait longer prevails; less is waited where nobody objects', async (t) => {
  const endpointing = withSettings({ strategies: ['fixed', 'text', 'model'], baseMs: 600 });
  const delay = (interimText: string, modelProbability?: number) =>
    endpointing.delayMs(endpointing.initial(), { ...SILENCE, interimText, modelProbability });
  t.equal(delay('my number is', 1), 1320);
  t.equal(delay('thank you', 0), 1500);
  t.equal(delay('thank you', 1), 420);
  t.equal(delay('I live in Berlin', 1), 420);
});

t.test('settings whose bounds contradict each other are refused', async (t) => {
  for (const settings of [
    { minMs: 700 },
    { maxMs: 500 },
    { hangoverMs: 2000 },
    { minMs: -1 },
    { baseMs: Number.NaN },
  ]) {
    t.throws(() => withSettings(settings), { code: 'CONFIG_INVALID' }, JSON.stringify(settings));
  }
});

const TEXTS = [
  undefined,
  '',
  'my number is',
  'thank you',
  'five five five',
  'I live in Berlin',
  'yes',
  '???',
];

function randomView(random: SeededRandom): EndpointView {
  return {
    interimText: TEXTS[random.below(TEXTS.length)],
    expectation: random.pick(['anything', 'digits'] as const),
    utteranceMs: random.below(20_000),
    pausesSoFar: random.below(9),
    language: random.pick(['en', 'de', 'es', 'fr', 'xx']),
    ...(random.chance(50) && { modelProbability: random.below(101) / 100 }),
  };
}

function randomObservation(random: SeededRandom): EndpointObservation {
  if (random.chance(40)) return { type: 'ended' };
  return {
    type: random.pick(['paused', 'cut-off'] as const),
    silenceMs: random.chance(5) ? random.pick([0, 1e9, Number.NaN, -5]) : random.below(2500),
    expectation: random.pick(['anything', 'digits'] as const),
  };
}

t.test('whatever happens, delays stay in their bounds and the state small and JSON', async (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed);
    const settings = {
      ...DEFAULT_ENDPOINTING,
      strategies: (['fixed', 'adaptive', 'text', 'model'] as const).filter(() => random.chance(60)),
      minMs: random.below(600),
      hangoverMs: random.below(800),
    };
    const endpointing = createEndpointing(settings);
    let state = endpointing.initial();
    for (let step = 0; step < 60; step++) {
      const view = randomView(random);
      const delayMs = endpointing.delayMs(state, view);
      const leastMs = Math.max(settings.minMs, settings.hangoverMs);
      if (!(delayMs >= leastMs && delayMs <= settings.maxMs && Number.isInteger(delayMs))) {
        t.fail(`seed ${seed}: ${delayMs} ms`);
      }
      const observation = randomObservation(random);
      const next = endpointing.learn(state, observation);
      const copy = JSON.parse(JSON.stringify(state)) as EndpointState;
      t.strictSame(endpointing.learn(copy, observation), next, 'the same from a copy');
      if (next.pauses.length > 16) t.fail(`seed ${seed}: ${next.pauses.length} pauses`);
      if (observation.type === 'cut-off' && observation.silenceMs >= 0)
        checkCutOff(t, endpointing, state, next);
      state = next;
    }
  }
});

function checkCutOff(
  t: { fail(message: string): unknown },
  endpointing: ReturnType<typeof createEndpointing>,
  before: EndpointState,
  after: EndpointState,
): void {
  const one = endpointing.delayMs(before, SILENCE);
  const other = endpointing.delayMs(after, SILENCE);
  if (other < one) t.fail(`${other} ms after a cut-off, ${one} ms before`);
}
