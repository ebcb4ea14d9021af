import t from 'tap';
import { agent as intake } from '../../examples/intake-agent.js';
import { machine as clock } from '../../examples/clock-agent.js';
import { agentFromReply } from '../../src/agents/agent-from-reply.js';
import type { AgentProvider } from '../../src/actors/ports.js';
import type { NodeOptions } from '../../src/main.js';
import type { Caller } from '../../src/phone/caller.js';
import { createScriptedStt } from '../../src/providers/scripted/stt.js';
import { callNode, clip, startTestNode } from './support.js';

/** A node that understands each utterance at once and takes 400 ms of silence for the end of a turn. */
async function hold(
  t: Parameters<typeof startTestNode>[0],
  texts: readonly string[],
  options: Partial<NodeOptions>,
  script: (caller: Caller) => Promise<void>,
) {
  const stt = createScriptedStt({ texts: [...texts], delayMs: 10 });
  const node = await startTestNode(
    t,
    { RINGMASTER_ENDPOINTING: 'fixed', RINGMASTER_SCRIPTED_TTS_DELAY_MS: '600' },
    { ...options, providers: { stt, ...options.providers } },
  );
  const report = await callNode(node, script).finished;
  const record = await Promise.resolve(node.store.get(report.callSid));
  return { report, turns: record?.turns.map(({ role, text }) => `${role}: ${text}`) ?? [] };
}

/** Says "one", pauses longer than a turn's end takes, and goes on before the answer is heard. */
async function inTwoPieces(caller: Caller): Promise<void> {
  const [one, two] = await Promise.all([clip('digits-1'), clip('digits-2')]);
  await caller.waitForAgent();
  await caller.say(one);
  await caller.wait(450);
  await caller.say(two);
  await caller.waitForAgent();
}

t.test('an intake agent keeps the whole name of a caller who pauses within it (D10)', async (t) => {
  const { turns } = await hold(
    t,
    ['mary', 'ann', 'miller'],
    { providers: { agent: intake } },
    async (caller) => {
      await inTwoPieces(caller);
      await caller.say(await clip('digits-3'));
      await caller.waitForEnd();
    },
  );
  t.strictSame(turns, [
    'agent: Hello. What is your first name?',
    'caller: mary ann',
    'agent: Thank you. And your surname?',
    'caller: miller',
    'agent: Thank you, mary ann miller. Goodbye.',
  ]);
});

t.test('the clock of the README counts what was heard (D10)', async (t) => {
  const { turns, report } = await hold(
    t,
    ['one', 'two', 'three'],
    { machine: clock },
    async (caller) => {
      await inTwoPieces(caller);
      await caller.say(await clip('digits-3'));
      await caller.waitForEnd();
    },
  );
  t.equal(report.outcome, 'node-hung-up');
  t.match(turns, [/midnight/, 'caller: one two', /midnight/, 'caller: three', 'agent: Goodbye.']);
});

/** Counts callers' turns, and throws at the second. */
function failingOnce(): AgentProvider {
  let failures = 1;
  return agentFromReply<{ turns: number }>(
    async function* ({ input, state }) {
      if (input.kind === 'turn') state.turns += 1;
      if (state.turns === 2 && failures-- > 0) throw new Error('a defect of the agent');
      yield `Turn ${state.turns}.`;
    },
    { state: () => ({ turns: 0 }) },
  );
}

t.test('an agent that throws once is asked again with the state from before', async (t) => {
  const { turns } = await hold(
    t,
    ['one', 'two', 'three'],
    { providers: { agent: failingOnce() } },
    async (caller) => {
      await caller.waitForAgent();
      for (const name of ['digits-1', 'digits-2', 'digits-3']) {
        await caller.say(await clip(name));
        await caller.waitForAgent();
      }
    },
  );
  t.strictSame(
    turns.filter((text) => text.startsWith('agent')),
    ['agent: Turn 0.', 'agent: Turn 1.', 'agent: Turn 2.', 'agent: Turn 3.'],
  );
});
