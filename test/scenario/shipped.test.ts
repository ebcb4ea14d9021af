// The scenarios that come with the program, against a real node in real time, side by side.

import t from 'tap';
import { readdirSync } from 'node:fs';
import {
  loadScenarios,
  runScenarios,
  timeline,
  type ScenarioResult,
} from '../../src/scenario/index.js';

const files = readdirSync('scenarios')
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => `scenarios/${name}`);

function told({ unmet, evidence, stalledMs }: ScenarioResult): string {
  return [
    ...unmet.map(({ expected, happened }) => `expected ${expected}; happened ${happened}`),
    `this process stood still for ${Math.round(stalledMs)} ms`,
    ...timeline(evidence),
  ].join('\n');
}

t.test('every shipped scenario goes as expected', async (t) => {
  const loaded = await loadScenarios(files);
  t.ok(loaded.length >= 27);
  const results = await runScenarios(loaded, { parallel: 24 });
  t.equal(results.length, loaded.length);
  for (const result of results) {
    t.equal(
      result.state,
      'passed',
      `${result.scenario.name}\n${result.state === 'failed' ? told(result) : ''}`,
    );
  }
});

t.test('every shipped scenario says what it proves, under a name of its own', async (t) => {
  const loaded = await loadScenarios(files);
  const names = loaded.map(({ scenario }) => scenario.name);
  t.equal(new Set(names).size, names.length);
});
