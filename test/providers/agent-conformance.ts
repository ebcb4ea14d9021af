// The conformance tests of the agent port. Test.

import type { Test } from 'tap';
import type {
  AgentEvent,
  AgentInput,
  AgentProvider,
  AgentSession,
  HistoryTurn,
} from '../../src/actors/ports.js';
import type { AgentConformanceOptions } from './conformance.js';
import {
  callOf,
  checkCoded,
  thrownBy,
  within,
  type ConformanceTest,
} from './conformance-support.js';

interface Reply {
  readonly text: string;
  readonly events: readonly AgentEvent[];
}

function checkEvent(t: Test, event: AgentEvent): void {
  switch (event.type) {
    case 'text':
      if (typeof event.text !== 'string') t.fail('a text event has text');
      return;
    case 'expect':
      t.match(event.expectation, /^(anything|digits)$/, 'a known expectation');
      return;
    case 'action':
      t.match(event.action.type, /^(hangup|transfer)$/, 'a known action');
      if (event.action.type === 'transfer') t.ok(event.action.to.length > 0, 'a target');
      return;
    default:
      t.fail('an event of the port', { event });
  }
}

export function agentConformanceTests(options: AgentConformanceOptions): ConformanceTest[] {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const [first, second] = options.turns;
  const never = new AbortController().signal;

  async function replyOf(
    t: Test,
    session: AgentSession,
    input: AgentInput,
    history: readonly HistoryTurn[] = [],
    signal: AbortSignal = never,
  ): Promise<Reply> {
    const events: AgentEvent[] = [];
    const drain = async () => {
      for await (const event of session.reply({
        input,
        committed: Promise.resolve(),
        turn: 1,
        history,
        signal,
      })) {
        checkEvent(t, event);
        events.push(event);
      }
    };
    await within(drain(), timeoutMs, `the reply to ${input.kind}`);
    const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    return { text, events };
  }

  const withSession =
    (run: (t: Test, session: AgentSession, provider: AgentProvider) => Promise<void>) =>
    async (t: Test) => {
      const provider = await options.makeProvider();
      t.teardown(() => provider.close());
      await within(provider.warmUp(), timeoutMs, 'warmUp');
      const session = provider.open(callOf(1));
      t.teardown(() => session.close());
      await run(t, session, provider);
    };

  const tests: ConformanceTest[] = [
    [
      'warmUp is idempotent, also while it runs',
      async (t) => {
        const provider = await options.makeProvider();
        t.teardown(() => provider.close());
        await within(Promise.all([provider.warmUp(), provider.warmUp()]), timeoutMs, 'warmUp');
        await within(provider.warmUp(), timeoutMs, 'a third warmUp');
        t.ok(provider.name.length > 0, 'the provider has a name');
      },
    ],
    [
      'a greeting and two turns are answered in text whose pieces concatenate',
      withSession(async (t, session) => {
        const greeting = await replyOf(t, session, { kind: 'greeting' });
        t.match(greeting.text, /\w/, 'the greeting has words');
        const history: HistoryTurn[] = [
          { role: 'agent', text: greeting.text },
          { role: 'caller', text: first.text },
        ];
        const one = await replyOf(
          t,
          session,
          { kind: 'turn', text: first.text },
          history.slice(0, 1),
        );
        t.match(one.text, first.answer);
        history.push({ role: 'agent', text: one.text });
        const two = await replyOf(t, session, { kind: 'turn', text: second.text }, history);
        t.match(two.text, second.answer);
      }),
    ],
    [
      'every kind of input is answered in words, with at most one action',
      withSession(async (t, session) => {
        const inputs: AgentInput[] = [
          { kind: 'unclear' },
          { kind: 'digits', digits: '9' },
          { kind: 'turn', text: 'something that no one has ever said on a telephone' },
          { kind: 'idle', count: 0, last: false },
          { kind: 'idle', count: 1, last: true },
        ];
        for (const input of inputs) {
          const { text, events } = await replyOf(t, session, input);
          t.match(text, /\w/, `${input.kind} is answered`);
          t.ok(events.filter((event) => event.type === 'action').length <= 1, 'at most one action');
        }
      }),
    ],
    [
      'an interrupted agent turn and an empty one in the history are no obstacle',
      withSession(async (t, session) => {
        const history: HistoryTurn[] = [
          { role: 'agent', text: 'Welcome to' },
          { role: 'caller', text: 'hello' },
          { role: 'agent', text: '' },
        ];
        const { text } = await replyOf(t, session, { kind: 'turn', text: first.text }, history);
        t.match(text, first.answer);
      }),
    ],
    [
      'concurrent sessions do not mix',
      withSession(async (t, _session, provider) => {
        const sessions = Array.from({ length: 6 }, (_, i) => provider.open(callOf(i + 2)));
        const replies = await Promise.all(
          sessions.map((session, i) =>
            replyOf(t, session, { kind: 'turn', text: (i % 2 === 0 ? first : second).text }),
          ),
        );
        for (const [i, reply] of replies.entries()) {
          t.match(reply.text, (i % 2 === 0 ? first : second).answer);
        }
        for (const session of sessions) session.close();
      }),
    ],
    [
      'a reply aborted before it starts gives nothing and ends',
      withSession(async (t, session) => {
        const turn: AgentInput = { kind: 'turn', text: first.text };
        let events: readonly AgentEvent[] = [];
        const thrown = await thrownBy(async () => {
          ({ events } = await replyOf(t, session, turn, [], AbortSignal.abort()));
        });
        t.equal(events.length, 0);
        t.notMatch(thrown, { message: /nothing within/ }, 'it ended');
        t.match((await replyOf(t, session, turn)).text, first.answer, 'the next reply works');
      }),
    ],
    [
      'a reply aborted in the middle ends soon and the next one works',
      withSession(async (t, session) => {
        const controller = new AbortController();
        const turn: AgentInput = { kind: 'turn', text: first.text };
        let after = 0;
        const read = async () => {
          for await (const _ of session.reply({
            input: turn,
            committed: Promise.resolve(),
            turn: 1,
            history: [],
            signal: controller.signal,
          })) {
            if (controller.signal.aborted) after++;
            controller.abort();
          }
        };
        const thrown = await thrownBy(() => within(read(), 1000, 'the end after abort'));
        t.notMatch(thrown, { message: /nothing within/ }, 'it ended within 1 s');
        t.equal(after, 0, 'no event after abort');
        t.match((await replyOf(t, session, turn)).text, first.answer, 'the next reply works');
      }),
    ],
    [
      'a draft is answered before its turn is final, and stands when it is',
      withSession(async (t, session) => {
        let commit = (): void => undefined;
        const committed = new Promise<void>((resolve) => (commit = resolve));
        const draft = { committed, turn: 1, history: [], signal: never };
        const turn: AgentInput = { kind: 'turn', text: first.text };
        let text = '';
        const read = async () => {
          for await (const event of session.reply({ ...draft, input: turn })) {
            checkEvent(t, event);
            if (event.type === 'text') text += event.text;
          }
        };
        await within(read(), timeoutMs, 'the draft');
        t.match(text, first.answer);
        commit();
        const history: HistoryTurn[] = [
          { role: 'caller', text: first.text },
          { role: 'agent', text },
        ];
        const next = await replyOf(t, session, { kind: 'turn', text: second.text }, history);
        t.match(next.text, second.answer, 'and the next turn is answered');
      }),
    ],
    [
      'a draft that is withdrawn ends soon, and the turn is answered anew',
      withSession(async (t, session) => {
        const turn: AgentInput = { kind: 'turn', text: first.text };
        const committed = new Promise<void>(() => undefined);
        for (const atOnce of [true, false]) {
          const controller = new AbortController();
          const { signal } = controller;
          const read = async () => {
            const reply = session.reply({ input: turn, committed, turn: 1, history: [], signal });
            if (atOnce) setImmediate(() => controller.abort());
            for await (const _ of reply) {
              if (signal.aborted) t.fail('nothing is told of a withdrawn draft');
              if (!atOnce) controller.abort();
            }
          };
          const thrown = await thrownBy(() => within(read(), 1000, 'the end of the draft'));
          t.notMatch(thrown, { message: /nothing within/ }, 'it ended within 1 s');
        }
        t.match((await replyOf(t, session, turn)).text, first.answer);
      }),
    ],
    [
      'a reader that stops early leaves the session able to answer',
      withSession(async (t, session) => {
        const turn: AgentInput = { kind: 'turn', text: first.text };
        for await (const _ of session.reply({
          input: turn,
          committed: Promise.resolve(),
          turn: 1,
          history: [],
          signal: never,
        }))
          break;
        t.match((await replyOf(t, session, turn)).text, first.answer);
      }),
    ],
    [
      'a closed session gives nothing or a coded error; closing is idempotent',
      withSession(async (t, session, provider) => {
        session.close();
        session.close();
        let events: readonly AgentEvent[] = [];
        const thrown = await thrownBy(async () => {
          ({ events } = await replyOf(t, session, { kind: 'turn', text: first.text }));
        });
        t.equal(events.length, 0);
        if (thrown !== undefined) checkCoded(t, thrown, 'reply');
        await within(Promise.all([provider.close(), provider.close()]), timeoutMs, 'close');
      }),
    ],
  ];

  const { makeFailing } = options;
  if (makeFailing) {
    tests.push([
      'a provider that cannot work says so with a code',
      async (t) => {
        const provider = await makeFailing();
        t.teardown(() => provider.close());
        const thrown = await thrownBy(async () => {
          const session = provider.open(callOf(1));
          await replyOf(t, session, { kind: 'turn', text: first.text });
        });
        checkCoded(t, thrown, 'reply');
      },
    ]);
  }
  return tests;
}
