import { readFileSync } from 'node:fs';
import t from 'tap';
import { machine } from '../../examples/clock-agent.js';
import { callNode, clip, startTestNode } from './support.js';

t.test('the README shows the example as it is, in under 40 lines', async (t) => {
  const example = readFileSync('examples/clock-agent.ts', 'utf8').trim();
  const readme = readFileSync('README.md', 'utf8');
  t.ok(readme.includes(example), 'README.md holds examples/clock-agent.ts');
  t.ok(example.split('\n').length < 40, `${example.split('\n').length} lines`);
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
