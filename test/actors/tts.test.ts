import t from 'tap';
import type { TtsChunk, TtsProvider, TtsRequest } from '../../src/actors/ports.js';
import { ttsMachine } from '../../src/actors/tts.js';
import { RingmasterError } from '../../src/errors.js';
import { aborted, child, deferred } from '../fakes/child.js';
import { FakeLine } from '../fakes/line.js';

type Synthesis = (request: TtsRequest) => AsyncIterable<TtsChunk>;

const audio = (samples = 160, sampleRateHz = 8000): TtsChunk => ({
  pcm: new Int16Array(samples),
  sampleRateHz,
});

/** A text-to-speech child over an engine that speaks as the test says, into a line that keeps a trace. */
function tts(synthesize: Synthesis) {
  const trace: string[] = [];
  const line = new FakeLine();
  let room: Promise<void> = Promise.resolve();
  line.play = async (generation) => {
    trace.push(`play ${generation}`);
    await room;
  };
  line.endClause = (generation, text) => void trace.push(`clause ${generation} ${text}`);
  line.endPlayback = (generation) => void trace.push(`end ${generation}`);
  const running = { now: 0, most: 0 };
  const provider: TtsProvider = {
    name: 'fake',
    capabilities: { streaming: true },
    warmUp: async () => undefined,
    synthesize: async function* (request) {
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      try {
        yield* synthesize(request);
      } finally {
        running.now -= 1;
      }
    },
    close: async () => undefined,
  };
  const c = child(ttsMachine, { line, provider, callSid: 'CA1', timeoutMs: 1000 });
  const say = (generation: number, clause: number, text: string): void =>
    c.order({ type: 'tts.say', generation, clause, text });
  const end = (generation: number): void => c.order({ type: 'tts.end', generation });
  const stopSpeaking = (): void => c.order({ type: 'tts.stop' });
  /** The line takes nothing until `open`. */
  const fill = (): (() => void) => {
    const full = deferred<void>();
    room = full.promise;
    return () => {
      room = Promise.resolve();
      full.resolve();
    };
  };
  return { ...c, line, trace, running, say, end, stopSpeaking, fill };
}

const twoChunks: Synthesis = async function* () {
  yield audio();
  yield audio();
};

t.test('clauses are spoken in order, one at a time, and told when the line has them', async (t) => {
  const c = tts(twoChunks);
  c.say(1, 0, 'One.');
  c.say(1, 1, 'Two.');
  c.end(1);
  await c.wait();
  t.strictSame(c.trace, [
    'play 1',
    'play 1',
    'clause 1 One.',
    'play 1',
    'play 1',
    'clause 1 Two.',
    'end 1',
  ]);
  t.strictSame(c.facts, [
    { type: 'tts.said', generation: 1, clause: 0 },
    { type: 'tts.said', generation: 1, clause: 1 },
    { type: 'tts.done', generation: 1 },
  ]);
  t.equal(c.running.most, 1);
});

t.test('the line knows a clause before the engine is asked for it', async (t) => {
  const known: string[][] = [];
  const c = tts(async function* () {
    known.push([...c.line.begun]);
    yield audio();
  });
  c.say(1, 0, 'One.');
  c.say(1, 1, 'Two.');
  await c.wait();
  t.strictSame(known, [['One.'], ['One.', 'Two.']]);
});

t.test('the line is told of each clause whether it must be heard', async (t) => {
  const c = tts(twoChunks);
  const marks: unknown[] = [];
  c.line.beginClause = (_generation, text, kind) => {
    marks.push([text, kind?.uninterruptible ?? false]);
  };
  c.say(1, 0, 'One.');
  c.order({ type: 'tts.say', generation: 1, clause: 1, text: 'Two.', uninterruptible: true });
  await c.wait();
  t.strictSame(marks, [
    ['One.', false],
    ['Two.', true],
  ]);
});

t.test('an end that comes late ends the reply all the same', async (t) => {
  const c = tts(twoChunks);
  c.say(1, 0, 'One.');
  await c.wait(2000);
  t.notMatch(c.trace, ['end 1']);
  c.end(1);
  t.equal(c.trace.at(-1), 'end 1');
});

t.test('a reply without clauses ends at once', async (t) => {
  const c = tts(twoChunks);
  c.end(4);
  t.strictSame(c.trace, ['end 4']);
  t.strictSame(c.facts, [{ type: 'tts.done', generation: 4 }]);
});

t.test('an engine is asked for no more than the line has room for', async (t) => {
  let asked = 0;
  const c = tts(async function* () {
    for (; asked < 10; asked += 1) yield audio();
  });
  const open = c.fill();
  c.say(1, 0, 'Long.');
  await c.wait(5000);
  t.equal(asked, 0, 'the first chunk waits, which is no fault of the engine');
  t.strictSame(c.facts, []);
  open();
  await c.wait();
  t.equal(c.facts.length, 1);
});

t.test('a stop aborts the synthesis and drops what is queued', async (t) => {
  const signals: AbortSignal[] = [];
  const c = tts(async function* ({ signal }) {
    signals.push(signal);
    yield audio();
    await aborted(signal);
    yield audio();
  });
  c.say(1, 0, 'One.');
  c.say(1, 1, 'Two.');
  c.end(1);
  await c.wait();
  c.stopSpeaking();
  await c.wait(5000);
  t.equal(signals.length, 1);
  t.equal(signals[0]?.aborted, true);
  t.equal(c.running.now, 0, 'and its iterator was let go');
  t.strictSame(c.trace, ['play 1']);
  t.strictSame(c.facts, []);
});

t.test('a clause whose synthesis ends quietly at the stop is not taken as said', async (t) => {
  const c = tts(async function* ({ signal }) {
    yield audio();
    await aborted(signal);
  });
  c.say(1, 0, 'One.');
  await c.wait();
  c.stopSpeaking();
  await c.wait();
  t.strictSame(c.trace, ['play 1']);
  t.strictSame(c.facts, []);
});

t.test('a stop while the line is full lets nothing of the old reply through later', async (t) => {
  const c = tts(twoChunks);
  const open = c.fill();
  c.say(1, 0, 'One.');
  await c.wait();
  c.stopSpeaking();
  c.say(2, 0, 'New.');
  open();
  await c.wait();
  t.strictSame(c.trace, ['play 1', 'play 2', 'play 2', 'clause 2 New.']);
  t.strictSame(c.facts, [{ type: 'tts.said', generation: 2, clause: 0 }]);
});

t.test('an engine without audio in time has failed; empty chunks are no audio', async (t) => {
  const c = tts(async function* ({ signal }) {
    yield audio(0);
    await aborted(signal);
  });
  c.say(1, 0, 'One.');
  await c.wait(990);
  t.strictSame(c.facts, []);
  await c.wait(20);
  t.match(c.facts, [{ type: 'child.failed', child: 'tts', error: { code: 'PROVIDER_TIMEOUT' } }]);
  t.equal(c.running.now, 0, 'and was aborted');
});

t.test('every clause has its own time', async (t) => {
  let goOn = (): void => undefined;
  const c = tts(async function* () {
    await new Promise<void>((resolve) => (goOn = resolve));
    yield audio();
  });
  c.say(1, 0, 'One.');
  c.say(1, 1, 'Two.');
  for (let i = 0; i < 2; i += 1) {
    await c.wait(900);
    goOn();
    await c.wait();
  }
  t.strictSame(
    c.facts.map(({ type }) => type),
    ['tts.said', 'tts.said'],
  );
});

t.test('an engine that throws has failed', async (t) => {
  const c = tts(async function* () {
    yield audio();
    throw new RingmasterError('PROVIDER_AUTH', 'no');
  });
  c.say(1, 0, 'One.');
  await c.wait();
  t.match(c.facts, [{ type: 'child.failed', child: 'tts', error: { code: 'PROVIDER_AUTH' } }]);
  t.strictSame(c.trace, ['play 1'], 'the clause is not ended');
});

t.test('a rate that the line cannot play is the failure of the engine', async (t) => {
  const c = tts(twoChunks);
  c.line.play = async () => {
    throw new RingmasterError('AUDIO_RATE_UNSUPPORTED', 'no filter');
  };
  c.say(1, 0, 'One.');
  await c.wait();
  t.match(c.facts, [{ type: 'child.failed', error: { code: 'AUDIO_RATE_UNSUPPORTED' } }]);
  t.equal(c.running.now, 0);
});

t.test('chunks that are no audio are a failure', async (t) => {
  for (const chunk of [
    { pcm: undefined, sampleRateHz: 8000 },
    { ...audio(), sampleRateHz: NaN },
  ]) {
    const c = tts(async function* () {
      yield chunk as TtsChunk;
    });
    c.say(1, 0, 'One.');
    await c.wait();
    t.match(c.facts, [{ type: 'child.failed', error: { code: 'PROVIDER_PROTOCOL' } }]);
    t.strictSame(c.trace, []);
  }
});

t.test('far too much audio is cut, and the clause is not said again (C10)', async (t) => {
  let chunks = 0;
  const c = tts(async function* () {
    for (; ; chunks += 1) yield audio(8000);
  });
  c.say(1, 0, '12345');
  await c.wait();
  t.match(c.facts, [
    { type: 'child.faulted', error: { code: 'TTS_OUTPUT_TOO_LONG' } },
    { type: 'tts.said', clause: 0 },
  ]);
  t.equal(chunks, 6, '3 s and 0.7 s a digit, that is 6.5 s');
  c.say(1, 1, 'Two.');
  await c.wait();
  t.equal(c.running.most, 1, 'and it goes on with the next');
});

t.test('a voice that gives one chunk and then nothing has stalled (C11)', async (t) => {
  const c = tts(async function* ({ signal }) {
    yield audio();
    await aborted(signal);
  });
  c.say(1, 0, 'One.');
  c.end(1);
  await c.wait(200);
  for (let ms = 0; ms < 1700; ms += 50) {
    c.line.dryForMs = ms;
    await c.wait(50);
  }
  t.strictSame(c.facts, []);
  c.line.dryForMs = 2000;
  await c.wait(250);
  t.match(c.facts, [{ type: 'child.failed', error: { code: 'PROVIDER_TIMEOUT' } }]);
});

t.test('a voice that drips its audio has stalled (C10)', async (t) => {
  const c = tts(async function* ({ signal }) {
    for (; !signal.aborted; await pause()) yield audio(16);
  });
  let wake: (() => void)[] = [];
  const pause = (): Promise<void> => new Promise((resolve) => wake.push(resolve));
  c.say(1, 0, 'We are open from nine to five.');
  await c.wait();
  // Four seconds in which a second of audio comes in drops.
  for (let ms = 0; ms < 4000 && c.facts.length === 0; ms += 250) {
    c.line.dryForMs = ms % 1000 === 0 ? 0 : (ms % 1000) - 10;
    for (const resolve of wake.splice(0)) resolve();
    await c.wait(250);
  }
  t.match(c.facts, [{ type: 'child.failed', error: { code: 'PROVIDER_TIMEOUT' } }]);
  wake = [];
});

t.test('a voice that is a little too slow, or whose line is full or held, goes on', async (t) => {
  for (const dryMs of [0, 100]) {
    const c = tts(async function* ({ signal }) {
      yield audio();
      await aborted(signal);
    });
    c.say(1, 0, 'One.');
    await c.wait();
    c.line.dryForMs = dryMs;
    await c.wait(dryMs === 0 ? 20_000 : 4000);
    t.strictSame(c.facts, [], `dry for ${dryMs} ms each time`);
    c.stop();
  }
});

t.test('a clause without audio is asked for once more (C10)', async (t) => {
  let asked = 0;
  const c = tts(async function* () {
    asked += 1;
    if (asked === 2) yield audio();
  });
  c.say(1, 0, 'One.');
  await c.wait();
  t.equal(asked, 2);
  t.match(c.facts, [{ type: 'child.faulted' }, { type: 'tts.said', clause: 0 }]);
  c.say(1, 1, '...');
  await c.wait();
  t.equal(asked, 3, 'but not where there is nothing to say');
});

t.test('an engine that gives empty chunks for ever is stopped', async (t) => {
  const c = tts(async function* () {
    for (;;) yield audio(0);
  });
  c.say(1, 0, 'One.');
  await c.wait();
  t.match(c.facts, [{ type: 'child.failed', error: { code: 'TTS_OUTPUT_TOO_LONG' } }]);
});

t.test('the stop of the child aborts what it speaks, and silences it', async (t) => {
  const c = tts(async function* ({ signal }) {
    yield audio();
    await aborted(signal);
    yield audio();
  });
  c.say(1, 0, 'One.');
  await c.wait();
  c.stop();
  await c.wait();
  t.equal(c.running.now, 0);
  t.strictSame(c.trace, ['play 1']);
  t.strictSame(c.facts, []);
});
