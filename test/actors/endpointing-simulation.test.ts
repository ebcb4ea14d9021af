import t from 'tap';
import {
  createEndpointing,
  DEFAULT_ENDPOINTING,
  type EndpointStrategyName,
} from '../../src/actors/endpointing/index.js';
import { simulate, type Outcome, type Scenario } from './endpointing-simulation.js';

/** The mean of runs of 200 turns with callers of their own. */
function mean(
  strategies: readonly EndpointStrategyName[],
  scenario: Partial<Scenario>,
  baseMs = DEFAULT_ENDPOINTING.baseMs,
): Outcome {
  const endpointing = createEndpointing({ ...DEFAULT_ENDPOINTING, baseMs, strategies });
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

t.test(
  'fewer than 2 % of turns of callers with a pace end too early, and half within 600 ms',
  async (t) => {
    for (const texts of ['callers', 'clips'] as const) {
      for (const strategies of [['adaptive', 'text'], ['adaptive']] as const) {
        const outcome = mean(strategies, { texts });
        t.ok(
          outcome.prematurePercent < 2 && outcome.p50Ms < 600,
          `${texts}, ${strategies.join(' and ')}: ${told(outcome)}`,
        );
      }
    }
  },
);

t.test('where a pause of 600 ms is as likely as any, both are missed by little', async (t) => {
  for (const strategies of [['adaptive', 'text'], ['adaptive']] as const) {
    const outcome = mean(strategies, { pauses: 'uniform' });
    t.ok(
      outcome.prematurePercent < 4 && outcome.p50Ms < 620,
      `${strategies.join(' and ')}: ${told(outcome)}`,
    );
  }
});

t.test('what is learnt and said saves more turns than a fixed wait that is as long', async (t) => {
  for (const pauses of ['paced', 'uniform'] as const) {
    const both = mean(['adaptive', 'text'], { pauses });
    const fixed = mean(['fixed'], { pauses }, Math.round(both.p50Ms));
    t.ok(
      both.prematurePercent < 0.75 * fixed.prematurePercent,
      `${pauses}: ${told(both)}; fixed ${told(fixed)}`,
    );
  }
});
