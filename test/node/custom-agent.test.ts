import { readFileSync } from 'node:fs';
import t from 'tap';
import { machine } from '../../examples/clock-agent.js';
import { callNode, clip, startTestNode } from './support.js';

t.test('the README shows the examples as they are, in under 40 lines', async (t) => {
  const readme = readFileSync('README.md', 'utf8');
  for (const name of ['clock-agent', 'intake-agent']) {
    const example = readFileSync(`examples/${name}.ts`, 'utf8').trim();
    t.ok(readme.includes(example), `README.md holds examples/${name}.ts`);
    t.ok(example.split('\n').length < 40, `${example.split('\n').length} lines`);
  }
  const agents = readFileSync('docs/agents.md', 'utf8');
  t.ok(agents.includes(readFileSync('examples/intake-agent.ts', 'utf8').trim()));
});

t.test('a call runs on an agent machine of the user', async (t) => {
  const node = await startTestNode(t, {}, { machine });
  const hours = await clip('hours');
  const report = await callNode(node, async (caller) => {
    await caller.waitForAgent();
    await caller.say(hours);
    await caller.waitForAgent();
    await caller.say(hours);
    await caller.waitForEnd();
  }).finished;
  t.equal(report.outcome, 'node-hung-up');
  const record = await node.store.get(report.callSid);
  t.match(record, { endReason: 'agent-hangup' });
  const answers = record?.turns.filter(({ role }) => role === 'agent').map(({ text }) => text);
  t.match(answers, [/minutes past midnight/, /minutes past midnight/, 'Goodbye.']);
});
