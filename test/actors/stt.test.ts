import t from 'tap';
import { RingmasterError } from '../../src/errors.js';
import type { SttEvent, SttProvider, SttSession } from '../../src/actors/ports.js';
import { sttMachine } from '../../src/actors/stt.js';
import { child, deferred } from '../fakes/child.js';
import { FakeLine } from '../fakes/line.js';

/** A speech-to-text child whose session opens when the test says, and tells what it was told. */
function stt(overrides: Partial<SttSession> = {}) {
  const line = new FakeLine();
  const told: string[] = [];
  const session: SttSession = {
    begin: (id) => void told.push(`begin ${id}`),
    write: () => void told.push('write'),
    finish: (id) => void told.push(`finish ${id}`),
    expect: (expectation) => void told.push(`expect ${expectation}`),
    close: () => void told.push('close'),
    ...overrides,
  };
  const opening = deferred<SttSession>();
  let emit: (event: SttEvent) => void = () => undefined;
  let signal: AbortSignal | undefined;
  const provider: SttProvider = {
    name: 'fake',
    capabilities: { interims: true },
    warmUp: async () => undefined,
    open: (options) => {
      ({ emit, signal } = options);
      return opening.promise;
    },
    close: async () => undefined,
  };
  const c = child(sttMachine, {
    line,
    provider,
    callSid: 'CA1',
    answeredUtterance: 7,
    expectation: 'digits',
    openTimeoutMs: 1000,
  });
  const open = async (): Promise<void> => {
    opening.resolve(session);
    await c.wait();
  };
  const say = (event: SttEvent): void => emit(event);
  return { ...c, line, told, opening, open, say, isAborted: () => signal?.aborted };
}

t.test('a session is told what to expect and where the caller is, then reports', async (t) => {
  const c = stt();
  await c.open();
  t.strictSame(c.told, ['expect digits']);
  t.ok(c.line.sink);
  t.equal(c.line.answered, 7);
  c.say({ type: 'interim', utteranceId: 8, text: 'I' });
  c.say({ type: 'final', utteranceId: 8, text: 'I want' });
  t.strictSame(c.facts, [
    { type: 'stt.interim', utteranceId: 8, text: 'I' },
    { type: 'stt.final', utteranceId: 8, text: 'I want' },
  ]);
});

t.test('orders that come while the session opens are not lost', async (t) => {
  const c = stt();
  c.order({ type: 'stt.expect', expectation: 'anything' });
  c.order({ type: 'stt.finish', utteranceId: 8 });
  t.strictSame(c.line.ended, [8], 'the line remembers for the session');
  await c.open();
  t.strictSame(c.told, ['expect anything']);
  c.order({ type: 'stt.expect', expectation: 'digits' });
  c.order({ type: 'stt.finish', utteranceId: 9 });
  t.strictSame(c.told, ['expect anything', 'expect digits', 'finish 9']);
});

t.test(
  'a session that does not open in time has failed, and is closed should it come',
  async (t) => {
    const c = stt();
    await c.wait(990);
    t.strictSame(c.facts, []);
    await c.wait(20);
    t.match(c.facts, [{ type: 'child.failed', child: 'stt', error: { code: 'PROVIDER_TIMEOUT' } }]);
    c.stop();
    t.equal(c.isAborted(), true);
    await c.open();
    t.strictSame(c.told, ['close']);
    t.equal(c.line.sink, undefined);
  },
);

t.test('a session that opens in time is not given up later', async (t) => {
  const c = stt();
  await c.open();
  await c.wait(1500);
  t.strictSame(c.facts, []);
});

t.test('a provider that refuses has failed', async (t) => {
  const c = stt();
  c.opening.reject(new RingmasterError('PROVIDER_AUTH', 'no'));
  await c.wait();
  t.match(c.facts, [{ type: 'child.failed', child: 'stt', error: { code: 'PROVIDER_AUTH' } }]);
});

t.test('a session that dies is reported once', async (t) => {
  const c = stt();
  await c.open();
  c.say({ type: 'failed', error: new RingmasterError('PROVIDER_FAILED', 'gone') });
  t.match(c.facts, [{ type: 'child.failed', child: 'stt', error: { code: 'PROVIDER_FAILED' } }]);
  t.equal(c.facts.length, 1);
});

t.test('what makes no sense is a failure, not a transcript', async (t) => {
  const c = stt();
  await c.open();
  c.say({ type: 'final', utteranceId: 8, text: undefined } as unknown as SttEvent);
  t.match(c.facts, [{ type: 'child.failed', error: { code: 'PROVIDER_PROTOCOL' } }]);
});

t.test('a session that throws at an order is reported and still closed', async (t) => {
  let defect = false;
  const c = stt({
    expect: () => {
      if (defect) throw new TypeError('a defect');
    },
  });
  await c.open();
  defect = true;
  c.order({ type: 'stt.expect', expectation: 'anything' });
  t.match(c.facts, [{ type: 'child.failed', error: { message: 'a defect' } }]);
  c.stop();
  t.strictSame(c.told, ['close']);
});

t.test('a session that throws into the media path is reported instead', async (t) => {
  const throws = (): never => {
    throw new TypeError('a defect');
  };
  const c = stt({ begin: throws, write: throws, finish: throws });
  await c.open();
  t.doesNotThrow(() => c.line.sink?.begin(8));
  t.doesNotThrow(() => c.line.sink?.write(new Int16Array(160)));
  t.doesNotThrow(() => c.line.sink?.finish(8));
  t.match(c.facts[0], { type: 'child.failed', child: 'stt' });
});

t.test('the stop disconnects the line, closes the session, and silences it', async (t) => {
  const c = stt();
  await c.open();
  c.stop();
  t.strictSame(c.told, ['expect digits', 'close']);
  t.equal(c.line.sink, undefined);
  c.say({ type: 'final', utteranceId: 8, text: 'late' });
  c.say({ type: 'failed', error: new RingmasterError('PROVIDER_FAILED', 'late') });
  t.strictSame(c.facts, []);
});

t.test('a session that throws at its close harms nobody', async (t) => {
  const c = stt({
    close: () => {
      throw new TypeError('a defect');
    },
  });
  await c.open();
  t.doesNotThrow(() => c.stop());
  t.strictSame(c.errors, []);
});

t.test(
  'a confidence is handed on where it is a number, and kept within 0 and 1 (D3)',
  async (t) => {
    const c = stt();
    await c.open();
    const given = [0.4, -3, 7, Number.NaN, '0.5', null, undefined];
    for (const confidence of given) {
      c.say({ type: 'final', utteranceId: 1, text: 'bye', confidence } as SttEvent);
    }
    t.strictSame(
      c.facts.map((fact) => (fact as { confidence?: number }).confidence),
      [0.4, 0, 1, undefined, undefined, undefined, undefined],
    );
  },
);

t.test(
  'a session that hears and never answers is given up, and says for how long it was waited (C10)',
  async (t) => {
    const c = stt();
    await c.open();
    c.line.sink?.finish(8);
    await c.wait(1490);
    t.strictSame(c.facts, []);
    await c.wait(20);
    t.match(c.facts, [
      {
        type: 'child.failed',
        child: 'stt',
        error: { code: 'PROVIDER_TIMEOUT', message: /no final in 1500 ms/ },
      },
    ]);
    await c.wait(5000);
    t.equal(c.facts.length, 1, 'once');
  },
);

t.test('a final in time is no failure, one of another utterance does not count', async (t) => {
  const c = stt();
  await c.open();
  c.line.sink?.finish(8);
  c.line.sink?.finish(9);
  await c.wait(1000);
  c.say({ type: 'final', utteranceId: 8, text: 'yes' });
  await c.wait(1000);
  t.match(c.facts, [{ type: 'stt.final' }, { type: 'child.failed' }]);
});

t.test('a final that comes while the utterance is finished is in time', async (t) => {
  let say: (event: SttEvent) => void = () => undefined;
  const c = stt({ finish: (utteranceId) => say({ type: 'final', utteranceId, text: 'yes' }) });
  ({ say } = c);
  await c.open();
  c.line.sink?.finish(8);
  await c.wait(3000);
  t.match(c.facts, [{ type: 'stt.final' }]);
  t.equal(c.facts.length, 1);
});
