import t from 'tap';
import { RingmasterError } from '../../../src/errors.js';
import { createCallTools } from '../../../src/providers/openai/call-tools.js';
import {
  IdempotencyKeys,
  type ReplyPlace,
} from '../../../src/providers/openai/idempotency-keys.js';
import type { JsonObject } from '../../../src/providers/openai/json.js';
import { ToolRunner } from '../../../src/providers/openai/tool-runner.js';
import {
  createToolRegistry,
  type AgentTool,
  type ToolContext,
} from '../../../src/providers/openai/tools.js';
import { callOf, delay } from '../conformance-support.js';
import { codedError, toolReply } from './support.js';

const parameters = {
  type: 'object',
  properties: { name: { type: 'string' }, count: { type: 'integer', minimum: 1 } },
  required: ['name'],
};

function tool(name: string, options: Partial<AgentTool> = {}): AgentTool {
  return {
    name,
    description: 'A tool.',
    parameters,
    sideEffects: false,
    timeoutMs: 1000,
    run: () => Promise.resolve({ ok: true }),
    ...options,
  };
}

const call = (name: string, args: unknown = { name: 'x' }, id = name) => ({
  id,
  name,
  arguments: typeof args === 'string' ? args : JSON.stringify(args),
});

function runner(tools: AgentTool[]) {
  const failures: RingmasterError[] = [];
  const runner = new ToolRunner(createToolRegistry(tools), callOf(1), (e) => failures.push(e));
  return { runner, failures };
}

// ---------------------------------------------------------------- the registry

t.test('all wrong tools are named together', async (t) => {
  const error = await codedError(t, async () =>
    createToolRegistry([
      tool('has space'),
      tool('twice'),
      tool('twice'),
      tool('array', { parameters: { type: 'array' } }),
      tool('odd', { parameters: { type: 'object', properties: { a: { type: 'banana' } } } }),
      tool('hasty', { timeoutMs: 0 }),
      tool('fine'),
    ]),
  );
  t.equal(error.code, 'CONFIG_INVALID');
  for (const name of ['has space', 'twice', 'array', 'odd', 'hasty']) {
    t.match(error.message, `"${name}"`);
  }
  t.notMatch(error.message, 'fine');
});

t.test('arguments are checked against the schema', async (t) => {
  const find = tool('find');
  const registry = createToolRegistry([find]);
  t.same(registry.check(find, '{"name":"a","count":2}'), {
    ok: true,
    args: { name: 'a', count: 2 },
  });
  for (const [text, problem] of [
    ['{"name":', /not a JSON object/],
    ['[1]', /not a JSON object/],
    ['', /name/],
    ['{"count":1}', /name/],
    ['{"name":"a","count":0}', /count/],
    ['{"name":7}', /name/],
  ] as const) {
    t.match(registry.check(find, text), { ok: false, problem }, text);
  }
});

// ---------------------------------------------------------------- running

t.test('results come in the order of the calls, as JSON or as they are', async (t) => {
  const { runner: tools } = runner([
    tool('slow', { run: () => delay(20).then(() => ({ a: 1 })) }),
    tool('text', { run: () => Promise.resolve('plain') }),
    tool('nothing', { run: () => Promise.resolve(undefined) }),
    tool('huge', { run: () => Promise.resolve('x'.repeat(50_000)) }),
  ]);
  const results = await tools.run(
    ['slow', 'text', 'nothing', 'huge'].map((n) => call(n)),
    toolReply(),
  );
  t.same(results.slice(0, 3), ['{"a":1}', 'plain', 'done']);
  t.ok((results[3]?.length ?? 0) < 16_100);
});

t.test('what goes wrong is told to the model, and no secret of it', async (t) => {
  const { runner: tools, failures } = runner([
    tool('throws', { run: () => Promise.reject(new Error('password SECRET')) }),
    tool('throwsAtOnce', {
      run: () => {
        throw new Error('SECRET');
      },
    }),
    tool('circular', {
      run() {
        const value: Record<string, unknown> = {};
        value['self'] = value;
        return Promise.resolve(value);
      },
    }),
    tool('fine'),
  ]);
  const calls = [
    call('throws'),
    call('throwsAtOnce'),
    call('circular'),
    call('unknown'),
    call('fine', '{"name":'),
    call('fine', {}),
  ];
  const results = await tools.run(calls, toolReply());
  for (const result of results) t.match(JSON.parse(result), { error: /./ });
  t.notMatch(results.join(), /SECRET/);
  t.ok(failures.every((error) => error.code === 'TOOL_FAILED'));
  t.same(
    new Set(failures.map((error) => error.message)),
    new Set(['throws', 'throwsAtOnce', 'circular'].map((name) => `tool ${name}: failed`)),
  );
});

t.test('a hanging tool ends at its time-out, and its signal says so', async (t) => {
  let context: ToolContext | undefined;
  const hang: AgentTool['run'] = (_args, given) => {
    context = given;
    return new Promise(() => undefined);
  };
  const { runner: tools, failures } = runner([
    tool('hang', { timeoutMs: 20, run: hang }),
    tool('order', { timeoutMs: 20, run: hang, sideEffects: true }),
  ]);
  const [plain, order] = await tools.run([call('hang'), call('order')], toolReply());
  t.match(plain, /no answer in time/);
  t.match(order, /may or may not have happened/);
  t.equal(context?.signal.aborted, true);
  t.equal(failures.length, 2);
});

t.test('tools with side effects run one after the other, the rest at once', async (t) => {
  const log: string[] = [];
  const logged = (name: string, sideEffects: boolean) =>
    tool(name, {
      sideEffects,
      async run() {
        log.push(`${name}+`);
        await delay(10);
        log.push(`${name}-`);
      },
    });
  const { runner: tools } = runner([logged('a', true), logged('b', true), logged('c', false)]);
  await tools.run([call('a'), call('b'), call('c')], toolReply());
  t.ok(log.indexOf('b+') > log.indexOf('a-'), 'b waits for a');
  t.ok(log.indexOf('c+') < log.indexOf('a-'), 'c does not');
});

t.test('an interruption gives up what has no side effects and starts nothing more', async (t) => {
  const controller = new AbortController();
  const signals: Record<string, AbortSignal> = {};
  const started: string[] = [];
  const slow = (name: string, sideEffects: boolean) =>
    tool(name, {
      sideEffects,
      async run(_args, context) {
        started.push(name);
        signals[name] = context.signal;
        await delay(150);
        return name;
      },
    });
  const told: string[] = [];
  const { runner: tools, failures } = runner([
    slow('look', false),
    slow('order', true),
    slow('pay', true),
  ]);
  const running = tools.run(
    [call('look'), call('order'), call('pay')],
    toolReply({
      signal: controller.signal,
      onResult: (c, result) => told.push(`${c.name}: ${result}`),
    }),
  );
  await delay(10);
  controller.abort();
  await delay(1);
  t.equal(signals['look']?.aborted, true, 'looking is given up');
  t.equal(signals['order']?.aborted, false, 'ordering is not');
  await tools.settled();
  const results = await running;
  t.same(started.sort(), ['look', 'order'], 'paying never began');
  t.same(told, ['order: order'], 'what happened is told');
  t.match(results[2], /not run/);
  t.same(failures, [], 'an interruption is no failure');
});

// ---------------------------------------------------------------- commit gate and keys

function counted(options: Partial<AgentTool> = {}) {
  const contexts: ToolContext[] = [];
  const order = tool('order', {
    sideEffects: true,
    run(_args, context) {
      contexts.push(context);
      return Promise.resolve(`order ${contexts.length}`);
    },
    ...options,
  });
  return { order, contexts };
}

t.test('what has side effects waits for the commit, what has none does not', async (t) => {
  const { order, contexts } = counted();
  const { runner: tools } = runner([order, tool('look')]);
  let commit = (): void => undefined;
  const committed = new Promise<void>((resolve) => (commit = resolve));
  const told: string[] = [];
  const reply = toolReply({ committed, onResult: (c) => told.push(c.name) });
  const running = tools.run([call('order'), call('look')], reply);
  await delay(5);
  t.strictSame([contexts.length, told], [0, ['look']]);
  t.ok(tools.untouched);
  commit();
  t.same(await running, ['order 1', '{"ok":true}']);
  t.strictSame(told, ['look', 'order']);
});

t.test('what has side effects never begins for a draft that is withdrawn', async (t) => {
  const { order, contexts } = counted();
  const { runner: tools } = runner([order]);
  const controller = new AbortController();
  const reply = toolReply({ signal: controller.signal, committed: new Promise(() => undefined) });
  const running = tools.run([call('order'), call('order', { name: 'y' }, 'second')], reply);
  await delay(1);
  controller.abort();
  for (const result of await running) t.match(result, /not run/);
  // Both at once: whoever says no is heard.
  const late = tools.run([call('order')], toolReply({ signal: AbortSignal.abort() }));
  t.match(await late, [/not run/]);
  t.equal(contexts.length, 0);
  t.ok(tools.untouched);
});

t.test('the same asked for again in its turn is answered from memory', async (t) => {
  const { order, contexts } = counted();
  const { runner: tools } = runner([order]);
  const twice = [call('order', '{"name":"a","count":2}'), call('order', { name: 'b' }, 'second')];
  const told: string[] = [];
  const onResult = (c: { id: string }): void => void told.push(c.id);
  t.same(await tools.run(twice, toolReply({ onResult })), ['order 1', 'order 2']);
  const again = [
    call('order', { name: 'b' }, 'third'),
    call('order', '{ "count": 2, "name": "a" }', 'fourth'),
  ];
  // A draft of the same turn need not wait for its commit to know what was done already.
  const draft = toolReply({ committed: new Promise(() => undefined), onResult });
  t.same(await tools.run(again, draft), ['order 2', 'order 1']);
  t.equal(contexts.length, 2);
  t.strictSame(told, ['order', 'second'], 'and remembered once');
});

t.test('what is still running when it is asked for again is waited for', async (t) => {
  let runs = 0;
  const { order } = counted({ run: () => delay(20).then(() => (runs += 1)) });
  const { runner: tools } = runner([order]);
  const results = [
    tools.run([call('order')], toolReply()),
    tools.run([call('order')], toolReply()),
  ];
  t.same(await Promise.all(results), [['1'], ['1']]);
  t.equal(runs, 1);
});

t.test('what failed or hung is not tried again behind the model’s back', async (t) => {
  let runs = 0;
  const failing = (): Promise<never> => {
    runs += 1;
    return Promise.reject(new Error('no'));
  };
  const { order } = counted({ run: failing });
  const { runner: tools, failures } = runner([order]);
  for (let i = 0; i < 3; i += 1) {
    t.match(await tools.run([call('order')], toolReply()), [/failed/]);
  }
  t.equal(runs, 1);
  t.equal(failures.length, 1);
  // The model sees that it failed, and may decide to try again: that is another run.
  const reply = toolReply();
  await tools.run([call('order')], reply);
  await tools.run([call('order')], reply);
  t.equal(runs, 2);
});

t.test(
  'keys differ by call, turn, place, tool, arguments and ordinal, and by nothing else',
  async (t) => {
    const place = { callSid: callOf(1).callSid, turn: 1, repliesHeard: 1 };
    const key = (
      change: Partial<ReplyPlace> = {},
      name = 'a',
      args: JsonObject = { x: [1], y: 2 },
    ) => new IdempotencyKeys({ ...place, ...change }).next(name, args);
    const keys = new IdempotencyKeys(place);
    const first = keys.next('a', { x: [1], y: 2 });
    t.match(first, /^[0-9a-f]{64}$/);
    t.equal(key({}, 'a', { y: 2, x: [1] }), first);
    const others = [
      keys.next('a', { x: [1], y: 2 }),
      keys.next('a', { y: 2, x: [1] }),
      key({ callSid: callOf(2).callSid }),
      key({ turn: 2 }),
      key({ repliesHeard: 2 }),
      key({}, 'b'),
      key({}, 'a', { x: [1], y: '2' }),
      key({}, 'a', { x: { 0: 1 }, y: 2 }),
      key({}, 'a', JSON.parse('{"x":[1],"y":2,"__proto__":{"z":1}}') as JsonObject),
    ];
    t.equal(new Set([first, ...others]).size, others.length + 1);
  },
);

t.test('arguments that are nested without end are refused', async (t) => {
  const { runner: tools } = runner([tool('a', { parameters: { type: 'object' } })]);
  const depth = 30_000;
  const text = `{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  t.match(await tools.run([call('a', text)], toolReply()), [/nested too deeply/]);
});

t.test('a tool knows the call that it runs for, and its key', async (t) => {
  const { order, contexts } = counted();
  const { runner: tools } = runner([order]);
  await tools.run([call('order'), call('order', { name: 'x' }, 'second')], toolReply());
  t.equal(contexts[0]?.call.callSid, callOf(1).callSid);
  t.equal(new Set(contexts.map((context) => context.idempotencyKey)).size, 2);
});

// ---------------------------------------------------------------- tools of the call

t.test('the model chooses a transfer by name and never sees the number', async (t) => {
  const tools = createCallTools({
    canEndCall: true,
    transferTargets: { sales: { to: '+15550100', description: 'Orders' } },
  });
  t.same(
    tools.tools.map((tool) => tool.name),
    ['end_call', 'transfer_call'],
  );
  t.notMatch(JSON.stringify(createToolRegistry(tools.tools).definitions), /5550100/);
  t.same(tools.decide('transfer_call', { target: 'sales', message: ' One moment. ' }), {
    action: { type: 'transfer', to: '+15550100' },
    message: 'One moment.',
  });
  t.same(tools.decide('end_call', {}), { action: { type: 'hangup' }, message: '' });
  t.equal(tools.decide('transfer_call', { target: '+15559999' }), undefined);
  t.equal(tools.decide('transfer_call', { target: 'toString' }), undefined);
  t.equal(tools.decide('other', { target: 'sales' }), undefined);
});

t.test('without targets or leave to hang up there are no such tools', async (t) => {
  const tools = createCallTools({ canEndCall: false, transferTargets: {} });
  t.same(tools.tools, []);
  t.equal(tools.decide('end_call', {}), undefined);
});
