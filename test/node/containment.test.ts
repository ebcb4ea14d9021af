// Machines, sinks, listeners, engines, stores and inspectors of somebody else: whatever they do, their call ends
// alone, its slot is free, and the log says what happened.

import { createMachine, fromCallback, setup } from 'xstate';
import t, { type Test } from 'tap';
import { callMachine, type CallInput } from '../../src/actors/call.js';
import type { CallStore, Line, SttProvider, TtsProvider } from '../../src/actors/ports.js';
import type { NodeOptions } from '../../src/main.js';
import { createScriptedAgent } from '../../src/providers/scripted/agent.js';
import { createScriptedStt } from '../../src/providers/scripted/stt.js';
import { ANSWER, callNode, clip, startTestNode, until } from './support.js';

t.jobs = 4;

interface LogLine {
  readonly callSid?: string;
  readonly code?: string;
  readonly error?: { readonly message?: string; readonly stack?: string };
  readonly msg: string;
}

function log() {
  const lines: LogLine[] = [];
  const note = (fields: object | string, msg?: string): void => {
    lines.push(typeof fields === 'string' ? { msg: fields } : { ...fields, msg: msg ?? '' });
  };
  return { lines, logger: { error: note, warn: note, info: note, debug: note } };
}

/** A node with one thing of somebody else's in it. */
async function node(t: Test, options: Partial<NodeOptions>, environment = {}) {
  const { lines, logger } = log();
  const started = await startTestNode(t, environment, { logger, ...options });
  return { node: started, lines };
}

type Machine = NonNullable<NodeOptions['machine']>;

const throwing = setup({
  types: { input: {} as CallInput, context: {} as CallInput },
  actions: {
    fail: () => {
      throw new Error('an action broke');
    },
  },
}).createMachine({
  context: ({ input }) => input,
  after: { 200: { actions: 'fail' } },
}) as unknown as Machine;
const throwingAtOnce = setup({
  actions: {
    fail: () => {
      throw new Error('an action broke');
    },
  },
}).createMachine({ entry: 'fail' }) as unknown as Machine;
const throwingContext = createMachine({
  context: () => {
    throw new Error('an action broke');
  },
}) as unknown as Machine;
const noMachine = { getInitialSnapshot: 7 } as unknown as Machine;

for (const [what, machine] of [
  ['throws in an action', throwing],
  ['throws when it is entered', throwingAtOnce],
  ['throws before it runs', throwingContext],
  ['is none', noMachine],
] as const) {
  t.test(`a machine that ${what} ends its call alone, and says why (B5)`, async (t) => {
    const { node: host, lines } = await node(t, { machine });
    const report = await callNode(host, (caller) => caller.waitForEnd()).finished;
    t.equal(report.outcome, 'node-hung-up');
    const verbs = report.events.flatMap((event) => ('verb' in event ? [event.verb] : []));
    t.ok(verbs.includes('say'), 'the caller hears an apology');
    await until(() => host.stats().calls === 0);
    t.match(host.stats(), { openSlots: 0, failedCalls: 1 });
    const told = lines.find(({ msg }) => msg === 'call actor failed');
    t.match(told, { callSid: report.callSid, code: 'PROVIDER_FAILED', error: { stack: /Error/ } });
    if (machine !== noMachine) t.match(told?.error?.message, 'an action broke');
    t.match(await host.store.get(report.callSid), { state: 'ended', endReason: 'failed' });
  });
}

t.test('a machine that ends at once ends its call (B5)', async (t) => {
  const final = createMachine({
    initial: 'over',
    states: { over: { type: 'final' } },
  }) as unknown as Machine;
  const { node: host } = await node(t, { machine: final });
  const report = await callNode(host, (caller) => caller.waitForEnd()).finished;
  t.equal(report.outcome, 'node-hung-up');
  await until(() => host.stats().calls === 0 && host.stats().openSlots === 0);
});

t.test(
  'a machine that never ends is freed when the caller hangs up, and when the node drains (B5)',
  async (t) => {
    const machine = createMachine({}) as unknown as Machine;
    const { node: host } = await node(t, { machine });
    const report = await callNode(host, async (caller) => {
      await caller.wait(300);
      await caller.hangUp();
    }).finished;
    await until(() => host.stats().calls === 0);
    t.equal(host.stats().openSlots, 0);
    t.match(await host.store.get(report.callSid), { state: 'ended', endReason: 'caller-hangup' });
  },
);

t.test(
  'children of a machine that throws are stopped, and what they opened is closed (B5)',
  async (t) => {
    const open = { stt: 0, child: 0 };
    const scripted = createScriptedStt({ texts: ['hello'] });
    const stt: SttProvider = {
      name: 'counting',
      capabilities: scripted.capabilities,
      warmUp: () => scripted.warmUp(),
      close: () => scripted.close(),
      open: async (options) => {
        const session = await scripted.open(options);
        open.stt += 1;
        return {
          begin: (id) => session.begin(id),
          write: (pcm) => session.write(pcm),
          finish: (id) => session.finish(id),
          expect: (what) => session.expect(what),
          close: () => {
            open.stt -= 1;
            session.close();
          },
        };
      },
    };
    const child = fromCallback(() => {
      open.child += 1;
      return () => void (open.child -= 1);
    });
    const machine = setup({
      types: { input: {} as CallInput, context: {} as { input: CallInput } },
      actors: { child },
      actions: {
        open: ({ context }) => {
          const { stt, call } = context.input;
          // Nobody of the machine's closes it.
          const { signal } = new AbortController();
          void stt.open({ callSid: call.callSid, emit: () => undefined, signal });
        },
        fail: () => {
          throw new Error('an action broke');
        },
      },
    }).createMachine({
      context: ({ input }) => ({ input }),
      entry: 'open',
      invoke: { src: 'child' },
      after: { 200: { actions: 'fail' } },
    }) as unknown as Machine;
    const { node: host } = await node(t, { machine, providers: { stt } });
    await callNode(host, (caller) => caller.waitForEnd()).finished;
    await until(() => host.stats().calls === 0 && open.stt === 0);
    t.strictSame(open, { stt: 0, child: 0 });
  },
);

const hostileSinks: readonly (readonly [string, () => unknown])[] = [
  [
    'throws',
    () => {
      throw new Error('no ear');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no ear'))],
  [
    'throws what is no Error',
    () => {
      throw null;
    },
  ],
];
for (const [kind, write] of hostileSinks) {
  t.test(`a sink whose write ${kind} ends no process and no call (B5)`, async (t) => {
    const stt = fromCallback<{ type: string }, { line: Line }>(({ input }) => {
      const sink = { begin: write, write, finish: write } as unknown as Parameters<
        Line['connectStt']
      >[0];
      input.line.connectStt(sink, 0);
    });
    const machine = callMachine.provide({ actors: { stt } });
    const { node: host, lines } = await node(t, { machine });
    const hours = await clip('hours');
    const report = await callNode(host, async (caller) => {
      await caller.waitForAgent();
      await caller.say(hours);
      await caller.wait(300);
    }).finished;
    t.equal(report.outcome, 'caller-hung-up');
    await until(() => host.stats().calls === 0);
    t.equal(host.stats().openSlots, 0);
    const told = lines.filter(({ msg }) => msg === 'a listener or sink of the line threw');
    t.ok(told.length > 0 && told.length < 10, 'not once a frame');
  });

  t.test(`a listener that ${kind} at the end leaks no slot (B5)`, async (t) => {
    const transport = fromCallback<{ type: string }, { line: Line }>(({ input }) =>
      input.line.subscribe(write),
    );
    const machine = callMachine.provide({ actors: { transport } });
    const { node: host, lines } = await node(t, { machine });
    await callNode(host, async (caller) => {
      await caller.wait(300);
      await caller.hangUp();
    }).finished;
    await until(() => host.stats().calls === 0);
    t.equal(host.stats().openSlots, 0);
    t.ok(lines.some(({ msg }) => msg === 'a listener or sink of the line threw'));
  });

  t.test(`an inspector that ${kind} changes nothing, and is told once (B5)`, async (t) => {
    const { node: host, lines } = await node(t, { inspect: write });
    const report = await callNode(host, async (caller) => {
      await caller.waitForAgent();
    }).finished;
    t.equal(report.outcome, 'caller-hung-up');
    await until(() => host.stats().calls === 0);
    t.equal(lines.filter(({ msg }) => msg === 'the inspector threw').length, 1);
  });

  t.test(`a store that ${kind} in all it does ends no call (B5)`, async (t) => {
    const store = { open: write, get: write, list: write } as unknown as CallStore;
    const { node: host } = await node(t, { store });
    const report = await callNode(host, async (caller) => {
      await caller.waitForAgent();
    }).finished;
    t.equal(report.outcome, 'caller-hung-up');
    await until(() => host.stats().calls === 0);
    t.match(host.stats(), { openSlots: 0, store: { degraded: true } });
    t.equal((await fetch(`${host.url}/calls`)).status, 502);
  });

  t.test(`sessions whose close ${kind} end no process (B5)`, async (t) => {
    const scripted = createScriptedAgent({ answers: [ANSWER], firstTextMs: 10 });
    const agent = {
      name: 'rude',
      warmUp: () => scripted.warmUp(),
      close: () => scripted.close(),
      open: (call: Parameters<typeof scripted.open>[0]) => {
        const session = scripted.open(call);
        return { reply: session.reply.bind(session), close: write };
      },
    };
    const { node: host } = await node(t, { providers: { agent } });
    const report = await callNode(host, async (caller) => {
      await caller.waitForAgent();
    }).finished;
    t.equal(report.outcome, 'caller-hung-up');
    await until(() => host.stats().calls === 0);
    t.equal(host.stats().openSlots, 0);
  });
}

t.test('a store that hangs ends no call, and /calls answers in bounded time (B5)', async (t) => {
  const never = () => new Promise<never>(() => undefined);
  const { node: host } = await node(
    t,
    { store: { open: never, get: never, list: never } },
    { RINGMASTER_STORE_TIMEOUT_MS: '200' },
  );
  const report = await callNode(host, async (caller) => {
    await caller.waitForAgent();
  }).finished;
  t.equal(report.outcome, 'caller-hung-up');
  t.equal((await fetch(`${host.url}/calls`)).status, 504);
});

for (const [kind, stream] of [
  ['rejects', () => Promise.reject(new Error('no mind'))],
  ['is none', () => 42],
  ['begins with a rejection', () => ({ [Symbol.asyncIterator]: hostileSinks[1]?.[1] })],
] as const) {
  t.test(`a reply or voice whose stream ${kind} ends no process, and says why (B5)`, async (t) => {
    const scripted = createScriptedAgent({ answers: [ANSWER], firstTextMs: 10 });
    const reply = stream as unknown as ReturnType<typeof scripted.open>['reply'];
    const agent = {
      name: 'rude',
      warmUp: () => scripted.warmUp(),
      close: () => scripted.close(),
      open: () => ({ reply, close: () => undefined }),
    };
    const tts = {
      name: 'rude',
      capabilities: { streaming: true },
      warmUp: async () => undefined,
      close: async () => undefined,
      synthesize: stream as unknown as TtsProvider['synthesize'],
    };
    for (const providers of [{ agent }, { tts }]) {
      const { node: host, lines } = await node(t, { providers });
      const report = await callNode(host, (caller) => caller.waitForEnd()).finished;
      t.equal(report.outcome, 'node-hung-up');
      await until(() => host.stats().calls === 0);
      t.match(host.stats(), { openSlots: 0, failedCalls: 1 });
      const why = kind === 'is none' ? /stream is none/ : /no mind|no ear/;
      t.ok(lines.some(({ error }) => why.test(error?.message ?? '')));
    }
  });
}

t.test('grandchildren of the machine are stopped with the child that fails (B5)', async (t) => {
  let open = 0;
  let begun = 0;
  const grandchild = fromCallback(() => {
    open += 1;
    begun += 1;
    return () => void (open -= 1);
  });
  const child = (fails: boolean) =>
    setup({
      actors: { grandchild },
      actions: {
        fail: () => {
          throw new Error('an action broke');
        },
      },
    }).createMachine({
      invoke: { src: 'grandchild' },
      ...(fails && { after: { 100: { actions: 'fail' } } }),
    });
  const parent = setup({ actors: { child: child(true) } }).createMachine({
    invoke: [{ src: 'child' }],
  });
  for (const agent of [child(true), parent]) {
    begun = 0;
    const machine = callMachine.provide({ actors: { agent } });
    const { node: host } = await node(t, { machine });
    const report = await callNode(host, (caller) => caller.waitForEnd()).finished;
    t.equal(report.outcome, 'node-hung-up');
    await until(() => host.stats().calls === 0 && open === 0);
    t.ok(begun > 1, 'it was restarted, and none of them is left');
  }
});
