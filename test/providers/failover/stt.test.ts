import t from 'tap';
import type {
  CallSid,
  SttEvent,
  SttOpenOptions,
  SttProvider,
  SttSession,
} from '../../../src/actors/ports.js';
import { RingmasterError } from '../../../src/errors.js';
import { FailoverChain } from '../../../src/providers/failover/chain.js';
import { createFailoverStt } from '../../../src/providers/failover/stt.js';

type Open = (options: SttOpenOptions) => Promise<SttSession>;

/** Understands `text` in every utterance; undefined: never says anything. */
const understands =
  (text?: string): Open =>
  async ({ emit }) => ({
    begin: () => undefined,
    write: () => undefined,
    finish: (utteranceId) => {
      if (text !== undefined) emit({ type: 'final', utteranceId, text });
    },
    expect: () => undefined,
    close: () => undefined,
  });

/** Unlike `AbortSignal.timeout` it keeps the process. */
const abortedAfter = (ms: number): AbortSignal => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), ms);
  return abort.signal;
};

function recogniser(name: string, open: Open) {
  const seen = { opened: 0 };
  const provider: SttProvider = {
    name,
    capabilities: { interims: false },
    warmUp: async () => undefined,
    open: (options) => {
      seen.opened += 1;
      return open(options);
    },
    close: async () => undefined,
  };
  return { provider, seen };
}

const failover = (...providers: SttProvider[]) =>
  createFailoverStt(new FailoverChain(providers), { answerMs: 60, warmUpMs: 60 });

async function open(stt: SttProvider, signal = new AbortController().signal) {
  const events: SttEvent[] = [];
  let wake: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (wake = resolve));
  const emit = (event: SttEvent): void => {
    events.push(event);
    wake();
  };
  const session = await stt.open({ callSid: 'CA1' as CallSid, signal, emit });
  return { session, events, told };
}

for (const [what, fault] of Object.entries<Open>({
  rejects: async () => Promise.reject(new Error('no ears')),
  'throws at once': () => {
    throw new Error('no ears');
  },
  'never opens': () => new Promise(() => undefined),
})) {
  t.test(`a recogniser that ${what}: the next one listens (C10)`, async (t) => {
    const stt = failover(
      recogniser('first', fault).provider,
      recogniser('second', understands('yes')).provider,
    );
    const { session, events } = await open(stt);
    session.finish(1);
    t.match(events, [{ type: 'final', text: 'yes' }]);
  });
}

t.test(
  'a recogniser that never answers is given up, and the next session is another one’s (C10)',
  async (t) => {
    const deaf = recogniser('deaf', understands());
    const stt = failover(deaf.provider, recogniser('second', understands('yes')).provider);
    const first = await open(stt);
    first.session.finish(1);
    await first.told;
    t.match(first.events, [
      { type: 'failed', error: { code: 'PROVIDER_TIMEOUT', engine: 'deaf' } },
    ]);
    const second = await open(stt);
    second.session.finish(1);
    t.match(second.events, [{ type: 'final', text: 'yes' }]);
    t.equal(deaf.seen.opened, 1);
  },
);

t.test('a session that fails tells it once, and nothing after it', async (t) => {
  let tell: SttOpenOptions['emit'] = () => undefined;
  const broken = recogniser('broken', async (options) => {
    tell = options.emit;
    return understands()(options);
  });
  const { events } = await open(failover(broken.provider));
  const error = new RingmasterError('PROVIDER_FAILED', 'gone');
  for (let i = 0; i < 3; i += 1) tell({ type: 'failed', error });
  tell({ type: 'final', utteranceId: 1, text: 'late' });
  t.equal(events.length, 1);
});

t.test('one that opens too late is closed', async (t) => {
  let isClosed = false;
  let opened: (session: SttSession) => void = () => undefined;
  const slow = recogniser('slow', () => new Promise((resolve) => (opened = resolve)));
  await open(failover(slow.provider, recogniser('second', understands('yes')).provider));
  const session = await understands()({} as SttOpenOptions);
  opened({ ...session, close: () => (isClosed = true) });
  await new Promise(setImmediate);
  t.ok(isClosed);
});

t.test('a call that ends while it opens says nothing against the recogniser', async (t) => {
  const chain = new FailoverChain([
    recogniser('slow', () => new Promise(() => undefined)).provider,
  ]);
  const stt = createFailoverStt(chain, { answerMs: 60, warmUpMs: 60 });
  await t.rejects(open(stt, abortedAfter(5)));
  t.match(chain.report(), [{ state: 'closed', failures: 0 }]);
});
