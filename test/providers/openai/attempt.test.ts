import { getEventListeners } from 'node:events';
import t from 'tap';
import { RingmasterError } from '../../../src/errors.js';
import { RecentFailures } from '../../../src/providers/openai/recent-failures.js';
import {
  Attempt,
  LinkedSignal,
  withRetries,
  type RetrySettings,
} from '../../../src/providers/openai/attempt.js';
import { codedError, never } from './support.js';

const settings: RetrySettings = {
  maxAttempts: 3,
  retryDelayMs: 1,
  maxRetryAfterMs: 50,
  retryWindowMs: 5000,
};
const passing = () => new RingmasterError('PROVIDER_FAILED', 'x', { retryable: true });

/** Fails before its first item. */
function failing(error: () => Error): AsyncIterable<string> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error()) }) };
}

const empty = (): AsyncIterable<string> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
});

async function collect(
  attempt: (n: number, attempt: Attempt) => AsyncIterable<string>,
  options: Partial<RetrySettings> = {},
  signal = never,
) {
  let tries = 0;
  const items: string[] = [];
  const run = async () => {
    const all = withRetries('chat', signal, { ...settings, ...options }, (current) =>
      attempt(++tries, current),
    );
    for await (const item of all) items.push(item);
  };
  let error: RingmasterError | undefined;
  try {
    await run();
  } catch (thrown) {
    error = thrown as RingmasterError;
  }
  return { items, tries, error };
}

t.test('what fails before its first item is tried again, up to the limit', async (t) => {
  const third = await collect(async function* (n) {
    if (n < 3) throw passing();
    yield 'a';
  });
  t.same(third, { items: ['a'], tries: 3, error: undefined });
  const none = await collect(() => failing(passing));
  t.match(none, { items: [], tries: 3, error: { code: 'PROVIDER_FAILED' } });
});

t.test('what fails after its first item is not', async (t) => {
  const result = await collect(async function* () {
    yield 'a';
    throw passing();
  });
  t.match(result, { items: ['a'], tries: 1, error: { code: 'PROVIDER_FAILED' } });
});

t.test('no try begins outside the window', async (t) => {
  const result = await collect(() => failing(passing), { retryDelayMs: 100, retryWindowMs: 60 });
  t.equal(result.tries, 1);
});

t.test('an aborted signal ends without a try, a throw or another item', async (t) => {
  const none = await collect(empty, {}, AbortSignal.abort());
  t.same(none, { items: [], tries: 0, error: undefined });
  const controller = new AbortController();
  const cut = await collect(
    async function* () {
      yield 'a';
      controller.abort();
      yield 'b';
    },
    {},
    controller.signal,
  );
  t.same(cut, { items: ['a'], tries: 1, error: undefined });
});

t.test('each try has its own signal, aborted when it is over', async (t) => {
  const signals: AbortSignal[] = [];
  await collect((n, attempt) => {
    signals.push(attempt.signal);
    t.notOk(attempt.signal.aborted);
    return n === 1 ? failing(passing) : empty();
  });
  t.same(
    signals.map((signal) => signal.aborted),
    [true, true],
  );
});

t.test('a time-out aborts the try and becomes its error', async (t) => {
  const result = await collect(
    async function* (_n, attempt) {
      attempt.arm(10, 'thing');
      await new Promise((_, reject) => {
        attempt.signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
      yield 'never';
    },
    { maxAttempts: 1 },
  );
  t.match(result.error, {
    code: 'PROVIDER_TIMEOUT',
    message: 'chat: no thing within 10 ms',
    retryable: true,
  });
});

t.test('signals that outlive their requests keep no listeners', async (t) => {
  const controller = new AbortController();
  const { signal } = controller;
  for (let i = 0; i < 20; i++) {
    await collect(
      async function* () {
        yield 'a';
      },
      {},
      signal,
    );
    const linked = new LinkedSignal(signal, never);
    linked.letGo();
  }
  t.equal(getEventListeners(signal, 'abort').length, 0);
});

t.test('a linked signal follows each of its sources', async (t) => {
  const [a, b] = [new AbortController(), new AbortController()];
  const first = new LinkedSignal(a.signal, b.signal);
  const second = new LinkedSignal(a.signal, b.signal);
  second.letGo();
  b.abort();
  t.equal(first.signal.aborted, true);
  t.equal(second.signal.aborted, false);
  t.equal(new LinkedSignal(a.signal, b.signal).signal.aborted, true);
});

t.test('an error without a code gets one', async (t) => {
  const error = await codedError(t, async () => {
    const all = withRetries('chat', never, settings, () =>
      failing(() => new SyntaxError('Unexpected token in "secret words"')),
    );
    for await (const _ of all);
  });
  t.match(error, { code: 'PROVIDER_PROTOCOL', message: 'chat: the answer is not valid JSON' });
});

t.test('tries that failed for the call before count, and the next one waits (C10)', async (t) => {
  const failures = new RecentFailures();
  const tries = failures.of('CA1');
  t.teardown(() => failures.clear());
  let asked = 0;
  const reply = async (succeeds: boolean) => {
    asked = 0;
    const all = withRetries(
      'chat',
      never,
      settings,
      async function* () {
        asked++;
        if (!succeeds) throw passing();
        yield 'a';
      },
      tries,
    );
    try {
      for await (const item of all) t.equal(item, 'a');
    } catch (thrown) {
      t.match(thrown, { code: 'PROVIDER_FAILED' });
    }
    return asked;
  };
  t.equal(await reply(false), 3);
  t.equal(await reply(false), 1, 'its tries are spent');
  t.equal(failures.of('CA2').failures, 0, 'another call has its own');
  t.equal(await reply(true), 1);
  t.equal(await reply(false), 3, 'it had recovered');
});
