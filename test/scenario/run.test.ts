// Running scenarios that go wrong in every way, and against a node that runs already.

import t, { type Test } from 'tap';
import { join } from 'node:path';
import { runScenario } from '../../src/cli/scenario.js';
import type { CommandIo } from '../../src/cli/command-io.js';
import { ANSWER, startTestNode } from '../node/support.js';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ringmaster(...argv: string[]): Promise<Ran> {
  let out = '';
  let err = '';
  const io: CommandIo = {
    stdout: {
      write: (text) => {
        out += text;
      },
    },
    stderr: {
      write: (text) => {
        err += text;
      },
    },
    onInterrupt: () => () => undefined,
    onSignals: () => () => undefined,
    onDefect: () => () => undefined,
    exitAfter: () => undefined,
  };
  const code = await runScenario(argv, io);
  return { code, out, err };
}

const scenario = (name: string, expect: string): string => `
name: ${name}
proves: Something.
agent: { greeting: Hi. }
caller: [waitForAgent: { quietMs: 100 }, hangUp]
expect: ${expect}
`;

function write(t: Test, ...scenarios: string[]): string {
  return join(t.testdir({ 'a.yaml': scenarios.join('---\n') }), 'a.yaml');
}

t.test(
  'scenarios that pass and fail are told apart, and a failure makes the exit code 1',
  async (t) => {
    const file = write(
      t,
      scenario('it passes', '{ record: [{ agent: Hi. }] }'),
      scenario('it fails', '{ record: [{ agent: Good morning. }], interruptions: 2 }'),
    );
    const { code, out, err } = await ringmaster(file);
    t.equal(code, 1);
    t.equal(err, '');
    t.match(out, /^pass {2}it passes {2}\(\d/m);
    t.match(out, /^FAIL {2}it fails {2}\(\d.*\n.*a\.yaml:9: Something\./m);
    t.match(
      out,
      /expected {2}record turn 1: agent "Good morning\."\n +happened {2}agent "Hi\." {2}at \d\.\d\d s/,
    );
    t.match(out, /expected {2}interruptions: 2\n +happened {2}0/);
    t.match(out, /0\.00 {2}answered\n/);
    t.match(out, / record {2}agent: Hi\.\n/);
    t.match(out, /^1 passed, 1 failed in \d/m);
  },
);

t.test('--json tells the same to programs, --only chooses by name', async (t) => {
  const file = write(t, scenario('one', '{}'), scenario('other', '{ tools: [order] }'));
  const { code, out } = await ringmaster('--json', '--only', 'oth', file);
  t.equal(code, 1);
  t.match(JSON.parse(out), {
    passed: 0,
    failed: 1,
    scenarios: [
      {
        name: 'other',
        file,
        line: 9,
        state: 'failed',
        unmet: [{ expected: 'tool run 1: order', happened: 'none' }],
        record: { turns: [{ role: 'agent', text: 'Hi.' }] },
      },
    ],
  });
});

t.test('a caller whose script cannot be followed fails with the time line', async (t) => {
  const text = `
name: nobody answers
proves: Nothing.
agent: { greeting: '' }
caller: [waitForAgent: { timeoutMs: 300 }]
expect: {}
`;
  const { code, out } = await ringmaster(write(t, text));
  t.equal(code, 1);
  t.match(
    out,
    /happened {2}SCENARIO_FAILED: the agent did not finish saying something within 300 ms/,
  );
});

t.test('a wrong file makes the exit code 2, with its code and lines', async (t) => {
  const file = write(t, scenario('wrong', '{ outcome: fine }'));
  const { code, out, err } = await ringmaster(file);
  t.equal(code, 2);
  t.equal(out, '');
  t.match(err, /^SCENARIO_INVALID\n.*a\.yaml:6: expect\.outcome: /);
});

t.test('a wrong argument makes the exit code 2', async (t) => {
  for (const argv of [[], ['--parallel', '0', 'a.yaml'], ['--shout']]) {
    const { code, err } = await ringmaster(...argv);
    t.equal(code, 2);
    t.match(err, /^ARGUMENTS_INVALID: .*\nSee: ringmaster scenario --help\n$/);
  }
  const { code, out } = await ringmaster('--help');
  t.equal(code, 0);
  t.match(out, /^Usage: ringmaster scenario/);
});

t.test('a running node is called as it is', async (t) => {
  const node = await startTestNode(t);
  const text = `
name: somebody else's node
proves: That the caller's side is enough.
url: ${node.url}
caller: [waitForAgent: { quietMs: 100 }, hangUp]
expect: { record: [{ agent: '${ANSWER}' }], endReason: caller-hangup }
`;
  const { code, out } = await ringmaster(write(t, text));
  t.equal(code, 0, out);
});

t.test('a node that is not there fails the scenario', async (t) => {
  const text = scenario('nobody', '{}').replace(
    'agent: { greeting: Hi. }',
    'url: http://127.0.0.1:1',
  );
  const { code, out } = await ringmaster(write(t, text));
  t.equal(code, 1);
  t.match(out, /happened {2}PHONE_NODE_UNREACHABLE: /);
});
