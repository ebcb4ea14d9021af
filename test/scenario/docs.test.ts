import t from 'tap';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { loadScenarios } from '../../src/scenario/index.js';

const DOCS = readFileSync('docs/scenarios.md', 'utf8');

t.test('the documentation shows the example as it is', async (t) => {
  const example = readFileSync('scenarios/unspoken-not-committed.yaml', 'utf8').trim();
  t.ok(DOCS.includes(example));
});

t.test('the documentation lists every scenario with what it proves', async (t) => {
  const files = readdirSync('scenarios').filter((file) => file.endsWith('.yaml'));
  t.ok(files.length > 50);
  for (const file of files) {
    const [first] = await loadScenarios([`scenarios/${file}`]);
    const line = `- \`${basename(file, '.yaml')}\`: ${first?.scenario.proves ?? ''}`;
    t.ok(DOCS.includes(line), line);
  }
  const listed = [...DOCS.matchAll(/^- `([a-z-]+)`: [A-Z"]/gm)].map(([, name]) => `${name}.yaml`);
  t.same(
    listed.filter((file) => !files.includes(file)),
    [],
    'of these there is no file',
  );
});
