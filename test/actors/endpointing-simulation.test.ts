import t from 'tap';
import {
  createEndpointing,
  DEFAULT_ENDPOINTING,
  type EndpointStrategyName,
} from '../../src/actors/endpointing/index.js';
import { simulate, type Outcome, type Scenario } from './endpointing-simulation.js';

/** The mean of runs of 200 turns with callers of their own. */
function mean(strategies: readonly EndpointStrategyName[], scenario: Partial<Scenario>): Outcome {
  const endpointing = createEndpointing({ ...DEFAULT_ENDPOINTING, strategies });
  const runs = Array.from({ length: 20 }, (_, i) =>
    simulate(endpointing, {
      turns: 200,
      turnsPerCaller: 8,
      texts: 'callers',
      pauses: 'paced',
      interims: strategies.includes('text'),
      suspectedMs: 25,
      seed: 1000 + i,
      ...scenario,
    }),
  );
  const of = (pick: (run: Outcome) => number): number =>
    runs.reduce((sum, run) => sum + pick(run), 0) / runs.length;
  return {
    prematurePercent: of((run) => run.prematurePercent),
    p50Ms: of((run) => run.p50Ms),
    p90Ms: of((run) => run.p90Ms),
  };
}

const told = ({ prematurePercent, p50Ms, p90Ms }: Outcome): string =>
  `${prematurePercent.toFixed(1)} % premature, p50 ${p50Ms.toFixed(0)} ms, p90 ${p90Ms.toFixed(0)} ms`;

t.test('with interims fewer than 2 % of turns end too early, and half within 600 ms', async (t) => {
  for (const texts of ['callers', 'clips'] as const) {
    const outcome = mean(['adaptive', 'text'], { texts });
    t.ok(outcome.prematurePercent < 2 && outcome.p50Ms < 600, `${texts}: ${told(outcome)}`);
  }
});

t.test('without interims that holds where the return of the voice is known soon', async (t) => {
  for (const texts of ['callers', 'clips'] as const) {
    const outcome = mean(['adaptive'], { texts });
    t.ok(outcome.prematurePercent < 2 && outcome.p50Ms < 600, `${texts}: ${told(outcome)}`);
  }
});

t.test(
  'without interims and with the onset of 60 ms of the detector, it nearly does',
  async (t) => {
    for (const texts of ['callers', 'clips'] as const) {
      const outcome = mean(['adaptive'], { texts });
      t.ok(outcome.prematurePercent < 4 && outcome.p50Ms < 615, `${texts}: ${told(outcome)}`);
    }
  },
);

t.test('what is learnt and what is said each make fewer premature ends', async (t) => {
  for (const pauses of ['paced', 'uniform'] as const) {
    const fixed = mean(['fixed'], { pauses }).prematurePercent;
    const adaptive = mean(['adaptive'], { pauses }).prematurePercent;
    const both = mean(['adaptive', 'text'], { pauses }).prematurePercent;
    t.ok(
      adaptive < 0.7 * fixed,
      `${pauses}: ${adaptive.toFixed(1)} % instead of ${fixed.toFixed(1)} %`,
    );
    t.ok(
      both < 0.7 * adaptive,
      `${pauses}: ${both.toFixed(1)} % instead of ${adaptive.toFixed(1)} %`,
    );
  }
});
