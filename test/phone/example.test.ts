import t from 'tap';
import { readFileSync } from 'node:fs';
import { callAnAgent } from '../../examples/call-an-agent.js';
import { startStandIn } from '../fakes/stand-in-node.js';

t.test('the documentation shows the example as it is', async (t) => {
  const example = readFileSync('examples/call-an-agent.ts', 'utf8').trim();
  t.ok(readFileSync('docs/phone.md', 'utf8').includes(example));
});

t.test('the example holds a call and tells how fast the agent was', async (t) => {
  const node = await startStandIn();
  t.teardown(() => node.close());
  t.match(await callAnAgent(node.webhookUrl), /^answered after [\d.]+ ms, silent after [\d.]+ ms$/);
});
