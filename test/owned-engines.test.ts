import t from 'tap';
import type {
  AgentProvider,
  CallInfo,
  SttEvent,
  SttProvider,
  TtsProvider,
} from '../src/actors/ports.js';
import { OpenSessions, ownedEngines } from '../src/owned-engines.js';

const call = { callSid: 'CA1', streamSid: 'MZ1', parameters: {} } as unknown as CallInfo;

/** A session with private fields, as classes have them. */
class Session {
  #closed = 0;
  readonly written: number[] = [];
  begin(): void {}
  write(pcm: Int16Array): void {
    this.written.push(pcm.length + this.#closed);
  }
  finish(): void {}
  expect(): void {}
  close(): void {
    this.#closed += 1;
  }
  get closed(): number {
    return this.#closed;
  }
}

function engines() {
  const session = new Session();
  let emit: (event: SttEvent) => void = () => undefined;
  let opened = (): void => undefined;
  const held = new Promise<void>((resolve) => (opened = resolve));
  let isHeld = false;
  const stt: SttProvider = {
    name: 'ear',
    capabilities: { interims: false },
    warmUp: async () => undefined,
    close: async () => undefined,
    open: async (options) => {
      ({ emit } = options);
      if (isHeld) await held;
      return session;
    },
  };
  const signals: AbortSignal[] = [];
  const tts = {
    name: 'voice',
    synthesize: (request: { signal: AbortSignal }) => {
      signals.push(request.signal);
      return [];
    },
  } as unknown as TtsProvider;
  const agent = { name: 'head', open: () => new Session() } as unknown as AgentProvider;
  const thrown: unknown[] = [];
  const sessions = new OpenSessions((error) => void thrown.push(error));
  const owned = ownedEngines({ stt, tts, agent }, sessions);
  const told: SttEvent[] = [];
  const options = {
    callSid: call.callSid,
    signal: new AbortController().signal,
    emit: (event: SttEvent): void => {
      if (event.type !== 'failed') event.text.trim();
      told.push(event);
    },
  };
  return {
    session,
    sessions,
    owned,
    options,
    told,
    thrown,
    signals,
    emit: (event: unknown) => emit(event as SttEvent),
    hold: () => void (isHeld = true),
    release: () => opened(),
  };
}

t.test(
  'a session is itself, and closed once: by its owner or by the end of the call',
  async (t) => {
    const { session, sessions, owned, options } = engines();
    const opened = await owned.stt.open(options);
    opened.write(new Int16Array(160));
    t.strictSame(session.written, [160]);
    sessions.close();
    t.equal(session.closed, 1);
    opened.close();
    sessions.close();
    t.equal(session.closed, 1);
  },
);

t.test('a session that opens after the end of its call is closed at once (B5)', async (t) => {
  const { session, sessions, owned, options, hold, release } = engines();
  hold();
  const opening = owned.stt.open(options);
  sessions.close();
  release();
  await opening;
  t.equal(session.closed, 1);
});

t.test(
  'an engine that emits nonsense fails its session, and is thrown nothing back (B5)',
  async (t) => {
    const { owned, options, told, emit } = engines();
    await owned.stt.open(options);
    const hostile = Object.defineProperty({ type: 'final' }, 'text', {
      get() {
        throw new Error('no text');
      },
    });
    for (const event of [undefined, null, 7, 'final', {}, { type: 'final', text: 5 }, hostile]) {
      emit(event);
    }
    t.equal(told.length, 7);
    for (const event of told)
      t.match(event, { type: 'failed', error: { code: 'PROVIDER_PROTOCOL' } });
  },
);

t.test('an engine that calls back after the end is not heard, however often (B5)', async (t) => {
  const { sessions, owned, options, told, emit } = engines();
  await owned.stt.open(options);
  sessions.close();
  for (let i = 0; i < 1000; i += 1) emit({ type: 'final', utteranceId: i, text: 'late' });
  t.strictSame(told, []);
});

t.test('synthesis is aborted and agents are closed with the call', async (t) => {
  const { sessions, owned, signals } = engines();
  const { signal } = new AbortController();
  owned.tts.synthesize({ callSid: call.callSid, text: 'hello', signal });
  owned.agent.open(call);
  t.equal(signals[0]?.aborted, false);
  sessions.close();
  t.equal(signals[0]?.aborted, true);
});
