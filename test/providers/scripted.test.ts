import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { SimulatedClock } from 'xstate';
import type { AgentEvent, SttEvent, TtsChunk } from '../../src/actors/ports.js';
import { createScriptedAgent } from '../../src/providers/scripted/agent.js';
import type { FaultKind } from '../../src/providers/scripted/script.js';
import { createScriptedStt, type ScriptedSttOptions } from '../../src/providers/scripted/stt.js';
import { createScriptedTts } from '../../src/providers/scripted/tts.js';
import { createVoiceSignal } from '../../src/providers/scripted/voice-signal.js';
import { callOf, callSidOf, thrownBy } from './conformance-support.js';

const never = new AbortController().signal;
const audio = new Int16Array(8000).fill(1000);

async function openStt(options: ScriptedSttOptions) {
  const events: SttEvent[] = [];
  const provider = createScriptedStt(options);
  const session = await provider.open({
    callSid: callSidOf(1),
    emit: (event) => events.push(event),
    signal: never,
  });
  return { events, session };
}

/** `AbortSignal.timeout` would let the process end before. */
function abortedAfter(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}

/** Collects what an iterable gives; `error` and `done` tell how it ended. */
function collect<Value>(iterable: AsyncIterable<Value>) {
  const collected = { values: [] as Value[], done: false, error: undefined as unknown };
  void (async () => {
    try {
      for await (const value of iterable) collected.values.push(value);
    } catch (thrown) {
      collected.error = thrown;
    }
    collected.done = true;
  })();
  return collected;
}

/** Moves time on in small steps and lets promises settle after each. */
async function advance(clock: SimulatedClock, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 5) {
    clock.increment(Math.min(5, ms - at));
    await turn();
  }
}

t.test('a final comes the set delay after finish, on the given clock', async (t) => {
  const timer = new SimulatedClock();
  const { events, session } = await openStt({ texts: ['one', 'two'], delayMs: 300, timer });
  for (const id of [4, 5, 6]) {
    session.begin(id);
    session.write(audio);
    session.finish(id);
  }
  await advance(timer, 295);
  t.same(events, []);
  await advance(timer, 5);
  t.same(
    events.map((event) => event.type === 'final' && [event.utteranceId, event.text]),
    [
      [4, 'one'],
      [5, 'two'],
      [6, 'one'],
    ],
    'the list starts again at its end',
  );
});

t.test('interims grow by a word for each piece of audio', async (t) => {
  const { events, session } = await openStt({ texts: ['one two three'], interimEveryMs: 100 });
  session.begin(1);
  for (let i = 0; i < 60; i++) session.write(audio.subarray(0, 160));
  t.same(
    events.map((event) => event.type === 'interim' && event.text),
    ['one', 'one two', 'one two three'],
  );
});

t.test('each fault of the recogniser is what it says, at its request and no other', async (t) => {
  const run = async (kind: FaultKind) => {
    const timer = new SimulatedClock();
    const faults = [{ request: 2, kind }];
    const { events, session } = await openStt({ texts: ['fine'], delayMs: 10, faults, timer });
    let thrown: unknown;
    for (const id of [1, 2, 3]) {
      session.begin(id);
      try {
        session.finish(id);
      } catch (error) {
        thrown = error;
      }
      await advance(timer, 10);
    }
    return { events, thrown };
  };
  const texts = (events: SttEvent[]) =>
    events.map((event) => (event.type === 'failed' ? event.error.code : event.text));
  t.same(texts((await run('fail')).events), ['fine', 'PROVIDER_FAILED']);
  t.same(texts((await run('hang')).events), ['fine', 'fine']);
  t.same(texts((await run('empty')).events), ['fine', '', 'fine']);
  const thrown = await run('throw');
  t.ok(thrown.thrown instanceof TypeError);
  t.same(texts(thrown.events), ['fine', 'fine']);
  t.ok((texts((await run('flood')).events)[1]?.length ?? 0) > 500_000);
  const garbage = (await run('garbage')).events;
  t.equal(garbage.length, 4, 'one final too many');
  t.match(garbage[2], { utteranceId: -1 });
});

t.test('tokens come after the first delay, at the set interval', async (t) => {
  const timer = new SimulatedClock();
  const provider = createScriptedAgent({
    answers: ['Hello there, caller.'],
    firstTextMs: 200,
    tokenIntervalMs: 50,
    timer,
  });
  const session = provider.open(callOf(1));
  const request = {
    input: { kind: 'greeting' },
    committed: Promise.resolve(),
    turn: 1,
    history: [],
    signal: never,
  } as const;
  const reply = collect(session.reply(request));
  const counts: number[] = [];
  for (const ms of [195, 5, 45, 5, 50]) {
    await advance(timer, ms);
    counts.push(reply.values.length);
  }
  t.same(counts, [0, 1, 1, 2, 3]);
  t.equal(reply.done, true);
  const text = reply.values.map((event) => (event.type === 'text' ? event.text : '')).join('');
  t.equal(text, 'Hello there, caller.');
});

t.test('an answer may expect digits and act', async (t) => {
  const provider = createScriptedAgent({
    answers: () => ({ text: 'Bye.', expectation: 'digits', action: { type: 'hangup' } }),
  });
  const events: AgentEvent[] = [];
  const request = {
    input: { kind: 'greeting' },
    committed: Promise.resolve(),
    turn: 1,
    history: [],
    signal: never,
  } as const;
  for await (const event of provider.open(callOf(1)).reply(request)) events.push(event);
  t.same(
    events.map((event) => event.type),
    ['text', 'expect', 'action'],
  );
});

t.test('each fault of the agent is what it says', async (t) => {
  const run = async (kind: FaultKind, signal = never) => {
    const provider = createScriptedAgent({ answers: ['fine'], faults: [{ request: 1, kind }] });
    const events: AgentEvent[] = [];
    const request = {
      input: { kind: 'greeting' },
      committed: Promise.resolve(),
      turn: 1,
      history: [],
      signal,
    } as const;
    const thrown = await thrownBy(async () => {
      for await (const event of provider.open(callOf(1)).reply(request)) events.push(event);
    });
    return { events, thrown };
  };
  t.match((await run('fail')).thrown, { code: 'PROVIDER_FAILED' });
  t.ok((await run('throw')).thrown instanceof TypeError);
  t.same(await run('empty'), { events: [], thrown: undefined });
  t.same(await run('hang', abortedAfter(20)), { events: [], thrown: undefined });
  t.ok((await run('flood')).events.length > 10_000);
  t.ok(
    (await run('garbage')).events.some(
      (event) => !['text', 'expect', 'action'].includes(event.type),
    ),
  );
});

t.test('speech lasts its time for each word and comes in chunks at the set pace', async (t) => {
  const timer = new SimulatedClock();
  const provider = createScriptedTts({
    firstAudioMs: 100,
    chunkIntervalMs: 20,
    chunkMs: 200,
    wordMs: 250,
    sampleRateHz: 16_000,
    timer,
  });
  const text = 'Three words, then.';
  const speech = collect(provider.synthesize({ callSid: callSidOf(1), text, signal: never }));
  const counts: number[] = [];
  for (const ms of [95, 5, 15, 5, 40]) {
    await advance(timer, ms);
    counts.push(speech.values.length);
  }
  t.same(counts, [0, 1, 1, 2, 4]);
  const samples = speech.values.map(({ pcm }) => pcm.length);
  t.same(samples, [3200, 3200, 3200, 2400], '3 words of 250 ms at 16 kHz');
});

t.test('a clip is spoken over and over', async (t) => {
  const clip = Int16Array.of(1, 2, 3);
  const provider = createScriptedTts({ clip, wordMs: 1, chunkMs: 1, sampleRateHz: 8000 });
  const request = { callSid: callSidOf(1), text: 'one', signal: never };
  const chunks: TtsChunk[] = [];
  for await (const chunk of provider.synthesize(request)) chunks.push(chunk);
  t.same([...(chunks[0]?.pcm ?? [])], [1, 2, 3, 1, 2, 3, 1, 2]);
});

t.test('each fault of the voice is what it says', async (t) => {
  const run = async (kind: FaultKind, signal = never) => {
    const provider = createScriptedTts({ faults: [{ request: 1, kind }], chunkMs: 1000 });
    const chunks: TtsChunk[] = [];
    const thrown = await thrownBy(async () => {
      const request = { callSid: callSidOf(1), text: 'hello', signal };
      for await (const chunk of provider.synthesize(request)) chunks.push(chunk);
    });
    return { chunks, thrown };
  };
  t.match((await run('fail')).thrown, { code: 'PROVIDER_FAILED' });
  t.ok((await run('throw')).thrown instanceof TypeError);
  t.same(await run('empty'), { chunks: [], thrown: undefined });
  t.same(await run('hang', abortedAfter(20)), { chunks: [], thrown: undefined });
  t.ok((await run('garbage')).chunks.some(({ sampleRateHz }) => sampleRateHz === 7919));
  t.ok((await run('flood')).chunks.length > 600, 'half an hour for one word');
});

t.test('the voice signal is loud, changing and the same each time', async (t) => {
  const signal = createVoiceSignal(8000, 1);
  t.equal(signal.length, 8000);
  t.same(signal, createVoiceSignal(8000, 1));
  let energy = 0;
  let crossings = 0;
  for (let i = 1; i < signal.length; i++) {
    energy += (signal[i] as number) ** 2;
    if ((signal[i] as number) >= 0 !== (signal[i - 1] as number) >= 0) crossings++;
  }
  const rms = Math.sqrt(energy / signal.length);
  t.ok(rms > 500 && rms < 8000, `rms ${rms}`);
  t.ok(crossings > 500 && crossings < 4000, `${crossings} zero crossings, as in a vowel`);
});

t.test('five hundred calls at once cost little', async (t) => {
  const provider = createScriptedTts({ chunkMs: 100 });
  const startedAtMs = performance.now();
  await Promise.all(
    Array.from({ length: 500 }, async (_, i) => {
      const { signal } = new AbortController();
      const request = { callSid: callSidOf(i), text: 'ten words '.repeat(5), signal };
      let samples = 0;
      for await (const { pcm } of provider.synthesize(request)) samples += pcm.length;
      if (samples !== 72_000) t.fail(`call ${i}: ${samples} samples`);
    }),
  );
  t.ok(performance.now() - startedAtMs < 5000, 'well under the 1500 s of speech that it is');
});

t.test('scripted speech says when it speaks which word', async (t) => {
  const provider = createScriptedTts({ wordMs: 250, chunkMs: 100 });
  const { signal } = new AbortController();
  const chunks = [];
  const request = { callSid: callSidOf(1), text: 'Room 200, please.', signal };
  for await (const chunk of provider.synthesize(request)) chunks.push(chunk);
  t.equal(chunks.length, 8);
  t.strictSame(
    chunks.flatMap(({ words }) => words ?? []),
    [
      { text: 'Room', startMs: 0, endMs: 250 },
      { text: '200', startMs: 250, endMs: 500 },
      { text: 'please', startMs: 500, endMs: 750 },
    ],
  );
});
