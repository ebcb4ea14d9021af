import t, { type Test } from 'tap';
import { join } from 'node:path';
import { RingmasterError } from '../../src/errors.js';
import { loadScenarios } from '../../src/scenario/index.js';

const VALID = `name: short
proves: That it loads.
caller:
  - waitForAgent
  - say: [hours, 300, { clip: digits-1, fromMs: 0, toMs: 200 }]
  - hangUp
expect: {}
`;

function file(t: Test, name: string, text: string): string {
  return join(t.testdir({ [name]: text }), name);
}

/** The problems of a file, without its name. */
async function problems(path: string): Promise<string[]> {
  try {
    await loadScenarios([path]);
  } catch (thrown) {
    if (!(thrown instanceof RingmasterError)) throw thrown;
    if (thrown.code !== 'SCENARIO_INVALID') throw thrown;
    return thrown.message.split('\n').map((line) => line.replace(path, 'FILE'));
  }
  return [];
}

t.test('a scenario gets its defaults and long forms', async (t) => {
  const [loaded] = await loadScenarios([file(t, 'a.yaml', VALID)]);
  t.match(loaded, {
    line: 1,
    scenario: {
      name: 'short',
      engines: 'scripted',
      caller: [
        { waitForAgent: {} },
        { say: ['hours', 300, { clip: 'digits-1', toMs: 200 }] },
        { hangUp: {} },
      ],
      expect: { timings: [] },
    },
  });
});

t.test('several documents of a file are several scenarios, each with its line', async (t) => {
  const loaded = await loadScenarios([file(t, 'a.yaml', `${VALID}---\n${VALID}`)]);
  t.strictSame(
    loaded.map(({ line }) => line),
    [1, 9],
  );
});

t.test('all problems of a file are told at once, each with its line', async (t) => {
  const text = `name: wrong
proves: Nothing.
nmae: twice
node: { RINGMASTER_VAD_ONSET_MS: 5 }
agent:
  replies:
    - parts: [{ tool: order }]
caller:
  - shout: hours
  - dtmf: 12x
expect:
  outcome: fine
  timings:
    - { from: agent.startd, to: agent.ended }
`;
  const found = await problems(file(t, 'a.yaml', text));
  t.match(found, [
    /^FILE:3: nmae: there is no such key$/,
    /^FILE:9: caller\.0: no step of a caller; one is: say, /,
    /^FILE:10: caller\.1\.dtmf: keys are /,
    /^FILE:12: expect\.outcome: /,
    /^FILE:14: expect\.timings\.0\.from: "agent\.startd" is no moment; one is: /,
  ]);
});

t.test('what a valid shape names must be there too', async (t) => {
  const text = VALID.replace('hours', 'hourz').replace(
    'expect:',
    'node: { RINGMASTER_VAD_ONSET_MS: 5 }\nexpect:',
  );
  t.match(await problems(file(t, 'a.yaml', text)), [
    /^FILE:5: caller\.1: no clip of assets\/speech has the name or the words "hourz"$/,
    /^FILE:7: node: RINGMASTER_VAD_ONSET_MS: /,
  ]);
  const tools = VALID.replace(
    'expect:',
    'agent: { replies: [{ parts: [{ tool: order }] }] }\nexpect:',
  );
  t.match(await problems(file(t, 'b.yaml', tools)), [/tool: agent\.tools has no "order"$/]);
});

t.test('engines that follow no script take none', async (t) => {
  const text = VALID.replace('expect: {}', 'engines: local\nagent: {}\nexpect: { tools: [] }');
  t.match(await problems(file(t, 'a.yaml', text)), [
    /agent: has no meaning beside engines: local/,
    /expect\.tools: can be known of scripted engines only/,
  ]);
});

t.test('YAML that is none is told with its line', async (t) => {
  t.match(await problems(file(t, 'a.yaml', 'name: x\nproves: "\n')), [/^FILE:\d: Missing closing/]);
  t.match(await problems(file(t, 'b.yaml', '')), [/^FILE:1: holds no scenario$/]);
  t.match(await problems(join(t.testdir(), 'none.yaml')), [/^FILE: cannot be read \(ENOENT\)$/]);
  t.match(await problems('README.md'), [/is neither \.yaml nor a module/]);
});

t.test('a module exports scenarios of the same shape', async (t) => {
  const module = `const call = (name) => ({ name, proves: 'x', caller: ['hangUp'], expect: {} });
export default [call('one'), call('two')];`;
  const loaded = await loadScenarios([file(t, 'a.mjs', module)]);
  t.strictSame(
    loaded.map(({ scenario }) => scenario.name),
    ['one', 'two'],
  );
  t.match(await problems(file(t, 'b.mjs', 'export default { name: 1 };')), [/^FILE: name: /]);
});

t.test('clips are found by their words, whatever case and punctuation', async (t) => {
  const text = VALID.replace('[hours,', "['We''re sorry!',");
  t.strictSame(await problems(file(t, 'a.yaml', text)), []);
});
