import t from 'tap';
import type { CallInfo, CallStore, RecordedTurn, StoredCallLog } from '../../src/actors/ports.js';
import {
  GuardedCallStore,
  type GuardedCallStoreOptions,
} from '../../src/stores/guarded-call-store.js';
import { createMemoryCallStore } from '../../src/stores/memory-call-store.js';
import type { StoreFault } from '../../src/stores/store-health.js';

const call = (callSid = 'CA1'): CallInfo =>
  ({ callSid, streamSid: `MZ${callSid}`, parameters: {} }) as unknown as CallInfo;
const turn = (text: string): RecordedTurn => ({ role: 'caller', text, startMs: 0, endMs: 1 });
const never = new Promise<never>(() => undefined);
const failing = (): never => {
  throw new Error('no disk');
};

/** A store that keeps what was written, and can be broken. */
function brittleStore() {
  const written: string[] = [];
  const broken: Partial<Record<keyof StoredCallLog | 'open', () => unknown>> = {};
  const write =
    (name: keyof StoredCallLog) =>
    (...args: readonly unknown[]): Promise<void> => {
      const first = args[0] as RecordedTurn | string | undefined;
      const told = typeof first === 'object' ? first.text : first;
      const result = broken[name]?.();
      if (result === undefined) written.push(told === undefined ? name : `${name} ${told}`);
      return result as Promise<void>;
    };
  const log: StoredCallLog = {
    turn: write('turn'),
    amendTurn: write('amendTurn'),
    latency: write('latency'),
    interruption: write('interruption'),
    falseInterruption: write('falseInterruption'),
    restart: write('restart'),
    end: write('end'),
  };
  const store: CallStore = {
    open: () => (broken.open ? (broken.open() as StoredCallLog) : log),
    get: async () => undefined,
    list: async () => [],
  };
  return { store, written, broken, log };
}

function guard(store: CallStore, options: Partial<GuardedCallStoreOptions> = {}) {
  const faults: StoreFault[] = [];
  let recovered = 0;
  const guarded = new GuardedCallStore({
    store,
    timeoutMs: 20,
    maxQueued: 1000,
    backoffMs: 1,
    onFault: (fault) => void faults.push(fault),
    onRecovered: () => void (recovered += 1),
    ...options,
  });
  return { guarded, faults, recovered: () => recovered };
}

// A store that hangs does not keep a process alive; this test is to live.
const alive = setInterval(() => undefined, 1000);
t.teardown(() => clearInterval(alive));

const settled = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};

t.test('a store that works at once has every write after a microtask', async (t) => {
  const { guarded } = guard(createMemoryCallStore());
  const log = guarded.open(call());
  log.turn(turn('hello'));
  log.end('caller-hangup');
  await new Promise(setImmediate);
  t.match(await guarded.get('CA1'), { state: 'ended', turns: [turn('hello')] });
  t.strictSame(guarded.counts, { degraded: false, queued: 0, failed: 0, timedOut: 0, lost: 0 });
});

t.test(
  'writes of a slow store keep their order, and none is on the stack of who writes',
  async (t) => {
    const { store, written, broken } = brittleStore();
    const { guarded } = guard(store, { timeoutMs: 1000 });
    const log = guarded.open(call());
    for (const name of ['turn', 'interruption', 'restart'] as const) {
      const record = (): Promise<void> =>
        new Promise((resolve) =>
          setTimeout(() => {
            written.push(name);
            resolve();
          }, 5),
        );
      broken[name] = record;
    }
    log.turn(turn('one'));
    log.interruption();
    log.restart('stt');
    log.end('idle');
    t.strictSame(written, []);
    await settled(() => written.length === 4);
    t.strictSame(written, ['turn', 'interruption', 'restart', 'end idle']);
  },
);

for (const [kind, fail] of [
  ['throws', failing],
  ['rejects', () => Promise.reject(new Error('no disk'))],
  [
    'throws what is no Error',
    () => {
      throw undefined;
    },
  ],
  ['rejects with what is no Error', () => Promise.reject(7)],
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
  ['gives a thenable that throws', () => ({ then: failing })],
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
  ['gives a getter that throws', () => Object.defineProperty({}, 'then', { get: failing })],
] as const) {
  t.test(
    `a store whose open ${kind} is tried until it works, and loses nothing (B5)`,
    async (t) => {
      const { store, written, broken } = brittleStore();
      const { guarded, faults, recovered } = guard(store);
      let attempts = 0;
      broken.open = () => {
        attempts += 1;
        if (attempts === 4) delete broken.open;
        return fail();
      };
      const log = guarded.open(call());
      log.turn(turn('hello'));
      await settled(() => guarded.counts.failed > 0);
      t.ok(guarded.counts.degraded);
      await settled(() => written.length === 1);
      log.end('idle');
      await settled(() => written.length === 2);
      t.strictSame(written, ['turn hello', 'end idle']);
      t.match(guarded.counts, { degraded: false, queued: 0, failed: 4, lost: 0 });
      t.equal(faults.length, 1, 'told once, not each time');
      t.match(faults[0], { operation: 'open', callSid: 'CA1' });
      t.equal(recovered(), 1);
    },
  );

  t.test(`a write that ${kind} is lost alone and told (B5)`, async (t) => {
    const { store, written, broken } = brittleStore();
    const { guarded, faults } = guard(store);
    broken.turn = fail;
    const log = guarded.open(call());
    log.turn(turn('hello'));
    log.interruption();
    log.end('idle');
    await settled(() => written.length === 2);
    t.strictSame(written, ['interruption', 'end idle']);
    t.match(guarded.counts, { failed: 1, lost: 1, queued: 0 });
    t.strictSame(faults[0]?.words, ['hello'], 'so that the log can take them out');
  });
}

for (const [what, given] of [
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['a log without end', { turn() {} }],
] as const) {
  t.test(`an open that gives ${what} fails as one that throws (B5)`, async (t) => {
    const { store, broken, written } = brittleStore();
    const { guarded } = guard(store);
    broken.open = () => given;
    guarded.open(call()).turn(turn('hello'));
    await settled(() => guarded.counts.failed > 2);
    t.strictSame(written, []);
    delete broken.open;
    await settled(() => written.length === 1);
  });
}

t.test('a write that hangs is given up in its time, and the next ones are written', async (t) => {
  const { store, written, broken } = brittleStore();
  const { guarded, faults } = guard(store);
  broken.turn = () => never;
  const log = guarded.open(call());
  log.turn(turn('hello'));
  log.end('idle');
  await settled(() => written.length === 1);
  t.strictSame(written, ['end idle']);
  t.match(guarded.counts, { timedOut: 1, failed: 0 });
  t.equal(faults[0]?.thrown.code, 'STORE_TIMEOUT');
});

t.test('a store that hangs bounds the queue, and the end has a place in it', async (t) => {
  const { store, written, broken } = brittleStore();
  const { guarded } = guard(store, { maxQueued: 1000, maxQueuedPerCall: 10, timeoutMs: 60_000 });
  let release = (): void => undefined;
  broken.open = () =>
    new Promise((resolve) => {
      release = () => resolve(notingLog(written));
    });
  const log = guarded.open(call());
  for (let i = 0; i < 1000; i += 1) log.turn(turn(`${i}`));
  log.end('idle');
  log.turn(turn('after the end'));
  t.match(guarded.counts, { queued: 10, lost: 991 });
  await new Promise(setImmediate);
  release();
  await settled(() => written.length === 10);
  t.equal(written[0], 'turn 0');
  t.equal(written.at(-1), 'end idle');
  t.equal(guarded.counts.queued, 0);
});

/** A log that only notes. */
function notingLog(written: string[]): StoredCallLog {
  const nothing = (): void => undefined;
  return {
    turn: ({ text }) => void written.push(`turn ${text}`),
    amendTurn: ({ text }) => void written.push(`amendTurn ${text}`),
    latency: nothing,
    interruption: nothing,
    falseInterruption: nothing,
    restart: nothing,
    end: (reason) => void written.push(`end ${reason}`),
  };
}

t.test('the room is shared by all calls, and ends go beyond it', async (t) => {
  const { store, broken } = brittleStore();
  const { guarded } = guard(store, { maxQueued: 100, timeoutMs: 60_000 });
  broken.open = () => never;
  const logs = Array.from({ length: 50 }, (_, i) => guarded.open(call(`CA${i}`)));
  for (const log of logs) for (let i = 0; i < 10; i += 1) log.turn(turn('x'));
  t.match(guarded.counts, { queued: 100, lost: 400 });
  for (const log of logs) log.end('idle');
  t.ok(guarded.counts.queued <= 150);
});

t.test('an amendment takes the place of a turn that waits', async (t) => {
  const { store, written } = brittleStore();
  const { guarded } = guard(store);
  const log = guarded.open(call());
  log.turn(turn('one'));
  log.amendTurn(turn('one and two'));
  await settled(() => written.length === 1);
  t.strictSame(written, ['turn one and two']);
  log.amendTurn(turn('one, two and three'));
  await settled(() => written.length === 2);
  t.equal(written[1], 'amendTurn one, two and three');
});

t.test('the amendment of a turn that the store did not keep is a turn of its own', async (t) => {
  const { store, written, broken } = brittleStore();
  const { guarded } = guard(store);
  const log = guarded.open(call());
  log.turn(turn('kept'));
  await settled(() => written.length === 1);
  broken.turn = failing;
  log.turn(turn('lost'));
  await settled(() => guarded.counts.failed === 1);
  delete broken.turn;
  log.amendTurn(turn('lost and found'));
  await settled(() => written.length === 2);
  t.strictSame(written, ['turn kept', 'turn lost and found']);
});

t.test('an end that fails is tried again', async (t) => {
  const { store, written, broken } = brittleStore();
  const { guarded } = guard(store);
  let attempts = 0;
  broken.end = () => {
    attempts += 1;
    if (attempts === 3) delete broken.end;
    return failing();
  };
  guarded.open(call()).end('idle');
  await settled(() => written.length === 1);
  t.strictSame(written, ['end idle']);
});

t.test(
  'a record that can never be opened is given up after the call, and nothing stays',
  async (t) => {
    const { store, broken } = brittleStore();
    const { guarded } = guard(store);
    broken.open = failing;
    const log = guarded.open(call());
    log.turn(turn('hello'));
    log.end('idle');
    await settled(() => guarded.counts.queued === 0);
    t.equal(guarded.counts.lost, 2);
    const before = guarded.counts.failed;
    await new Promise((resolve) => setTimeout(resolve, 30));
    t.equal(guarded.counts.failed, before, 'not tried for ever');
  },
);

for (const [kind, answer] of [
  ['hangs', () => never],
  ['throws', failing],
  ['rejects', () => Promise.reject(new Error('no disk'))],
  ['gives nonsense', () => 'a record'],
] as const) {
  t.test(`a read of a store that ${kind} ends in bounded time with a code (B5)`, async (t) => {
    const store = { ...brittleStore().store, get: answer, list: answer } as unknown as CallStore;
    const { guarded } = guard(store);
    const code = kind === 'hangs' ? 'STORE_TIMEOUT' : 'STORE_FAILED';
    await t.rejects(guarded.get('CA1'), { code });
    await t.rejects(guarded.list(5), { code });
    t.ok(guarded.counts.degraded);
  });
}

t.test('a closing node writes what waits, for a bounded time', async (t) => {
  const slow = brittleStore();
  slow.broken.turn = () =>
    new Promise((resolve) =>
      setTimeout(() => {
        slow.written.push('turn');
        resolve(undefined);
      }, 10),
    );
  const { guarded } = guard(slow.store, { timeoutMs: 1000 });
  const log = guarded.open(call());
  log.turn(turn('hello'));
  log.end('drained');
  await guarded.close(5000);
  t.strictSame(slow.written, ['turn', 'end drained']);

  const hung = brittleStore();
  hung.broken.open = () => never;
  const other = guard(hung.store, { timeoutMs: 60_000 }).guarded;
  other.open(call()).end('drained');
  const startedMs = performance.now();
  await other.close(30);
  t.ok(performance.now() - startedMs < 2000);
  t.match(other.counts, { queued: 0, lost: 1 });
});

t.test('so many hung writes are enough: a store that never answers is asked no more', async (t) => {
  const { store, broken } = brittleStore();
  let asked = 0;
  broken.turn = () => {
    asked += 1;
    return never;
  };
  const { guarded } = guard(store, { timeoutMs: 1, maxQueued: 10_000 });
  for (let i = 0; i < 1200; i += 1) guarded.open(call(`CA${i}`)).turn(turn('x'));
  await settled(() => guarded.counts.timedOut >= 1200);
  t.equal(asked, 1000);
  await guarded.close(1);
  t.equal(guarded.counts.queued, 0);
});
