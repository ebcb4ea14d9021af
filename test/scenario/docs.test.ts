import t from 'tap';
import { readFileSync } from 'node:fs';

t.test('the documentation shows the example as it is', async (t) => {
  const example = readFileSync('scenarios/unspoken-not-committed.yaml', 'utf8').trim();
  t.ok(readFileSync('docs/scenarios.md', 'utf8').includes(example));
});
