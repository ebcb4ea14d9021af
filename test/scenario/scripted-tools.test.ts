// The gate between a draft and the world.

import t from 'tap';
import type { AgentRequest } from '../../src/actors/ports.js';
import { EngineNotes } from '../../src/scenario/engine-notes.js';
import type { ToolScript } from '../../src/scenario/schema.js';
import { ScriptedTools, TurnGate } from '../../src/scenario/scripted-tools.js';

const ORDER: ToolScript = { sideEffect: true, takesMs: 0, timeoutMs: 1000 };
const LOOKUP: ToolScript = { ...ORDER, sideEffect: false };

function request(more: object = {}): {
  readonly request: AgentRequest;
  readonly abort: () => void;
} {
  const controller = new AbortController();
  const input = { kind: 'turn', text: 'hours' } as const;
  return {
    request: {
      input,
      committed: Promise.resolve(),
      turn: 1,
      history: [],
      signal: controller.signal,
      ...more,
    },
    abort: () => controller.abort(),
  };
}

const toolsOf = (tools: Record<string, ToolScript>): ScriptedTools =>
  new ScriptedTools(tools, 'CA1', new EngineNotes());

t.test('a tool with side effects waits for its turn to be committed', async (t) => {
  const tools = toolsOf({ order: ORDER });
  let commit: () => void = () => {};
  const committed = new Promise<void>((resolve) => {
    commit = resolve;
  });
  const running = tools.run('order', new TurnGate(request({ committed, turn: 4 }).request), 1);
  await new Promise(setImmediate);
  t.strictSame(tools.runs, []);
  commit();
  t.equal(await running, 'done');
  t.match(tools.runs, [{ name: 'order', turn: 4, committed: true, key: 'CA1/4/1/order' }]);
});

t.test('a withdrawn draft never runs one', async (t) => {
  const tools = toolsOf({ order: ORDER });
  const { request: draft, abort } = request({ committed: new Promise(() => {}), turn: 1 });
  const running = tools.run('order', new TurnGate(draft), 1);
  abort();
  t.equal(await running, 'withdrawn');
  t.strictSame(tools.runs, []);
});

t.test('a draft whose commitment rejects never runs one', async (t) => {
  const tools = toolsOf({ order: ORDER });
  const committed = Promise.reject(new Error('withdrawn'));
  const { request: draft, abort } = request({ committed });
  const running = tools.run('order', new TurnGate(draft), 1);
  await new Promise(setImmediate);
  abort();
  t.equal(await running, 'withdrawn');
  t.strictSame(tools.runs, []);
});

t.test('a tool without side effects runs in a draft, and is known as such', async (t) => {
  const tools = toolsOf({ lookup: LOOKUP });
  const { request: draft } = request({ committed: new Promise(() => {}) });
  t.equal(await tools.run('lookup', new TurnGate(draft), 1), 'done');
  t.match(tools.runs, [{ name: 'lookup', committed: false }]);
});

t.test('the same place of the same turn runs once, whoever asks again', async (t) => {
  const tools = toolsOf({ order: { ...ORDER, takesMs: 20 } });
  const first = request();
  const running = tools.run('order', new TurnGate(first.request), 1);
  await new Promise(setImmediate);
  first.abort();
  t.equal(await tools.run('order', new TurnGate(request().request), 1), 'done');
  t.equal(await running, 'done');
  t.equal(tools.runs.length, 1);
  const next = request({ turn: 2, history: [{ role: 'caller', text: 'hours' }] });
  t.equal(await tools.run('order', new TurnGate(next.request), 1), 'done');
  t.strictSame(
    tools.runs.map(({ turn }) => turn),
    [1, 2],
  );
});

t.test('a tool that hangs, fails or throws has failed in its time', async (t) => {
  const tools = toolsOf({
    hang: { ...LOOKUP, fault: 'hang', timeoutMs: 30 },
    fail: { ...LOOKUP, fault: 'fail' },
    throw: { ...LOOKUP, fault: 'throw' },
    slow: { ...LOOKUP, takesMs: 5000, timeoutMs: 30 },
  });
  for (const name of ['hang', 'fail', 'throw', 'slow']) {
    t.equal(await tools.run(name, new TurnGate(request().request), 1), 'failed', name);
  }
});
