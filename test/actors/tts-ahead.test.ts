// The first clause of a draft is synthesised while the caller may still go on, and played from its beginning if not.

import t from 'tap';
import type { TtsChunk, TtsProvider, TtsRequest } from '../../src/actors/ports.js';
import { ttsMachine } from '../../src/actors/tts.js';
import { RingmasterError } from '../../src/errors.js';
import { child } from '../fakes/child.js';
import { FakeLine } from '../fakes/line.js';

type Engine = (request: TtsRequest) => AsyncIterable<TtsChunk>;

/** Half a second whose samples are all `value`. */
const half = (value: number): TtsChunk => ({
  pcm: new Int16Array(4000).fill(value),
  sampleRateHz: 8000,
});

function tts(engine: Engine) {
  const asked: TtsRequest[] = [];
  const played: number[] = [];
  const line = new FakeLine();
  line.play = async (_generation, chunk) => void played.push(chunk?.pcm[0] ?? 0);
  const provider: TtsProvider = {
    name: 'fake',
    capabilities: { streaming: true },
    warmUp: async () => undefined,
    synthesize: (request) => {
      asked.push(request);
      return engine(request);
    },
    close: async () => undefined,
  };
  const c = child(ttsMachine, { line, provider, callSid: 'CA1', timeoutMs: 1000 });
  const prepare = (text: string): void => c.order({ type: 'tts.prepare', text });
  const forget = (): void => c.order({ type: 'tts.forget' });
  const say = (text: string): void => c.order({ type: 'tts.say', generation: 1, clause: 0, text });
  return { ...c, asked, played, prepare, forget, say };
}

/** So many halves of a second, numbered from 1; what was asked of it is counted. */
function counting(halves: number) {
  const given = { count: 0, ended: false };
  const engine: Engine = async function* () {
    try {
      for (let i = 1; i <= halves; i += 1) {
        given.count = i;
        yield half(i);
      }
    } finally {
      given.ended = true;
    }
  };
  return { engine, given };
}

t.test('what was prepared is played from its beginning, and the engine asked once', async (t) => {
  const { engine, given } = counting(5);
  const c = tts(engine);
  c.prepare('One.');
  await c.wait();
  t.strictSame(c.played, [], 'nothing of it is heard before it is said');
  t.equal(given.count, 3, 'of 2.5 s there is 1.5 s at hand');
  c.say('One.');
  await c.wait();
  t.strictSame(c.played, [1, 2, 3, 4, 5]);
  t.equal(c.asked.length, 1);
  t.strictSame(c.facts, [{ type: 'tts.said', generation: 1, clause: 0 }]);
});

t.test('what is said before it is ready is waited for, not asked for again', async (t) => {
  let open = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    open = resolve;
  });
  const c = tts(async function* () {
    await ready;
    yield half(7);
  });
  c.prepare('One.');
  await c.wait();
  c.say('One.');
  await c.wait(500);
  t.strictSame(c.played, []);
  open();
  await c.wait();
  t.strictSame(c.played, [7]);
  t.equal(c.asked.length, 1);
});

t.test('what is forgotten is ended at the engine, and would be asked for anew', async (t) => {
  const { engine, given } = counting(7);
  const c = tts(engine);
  c.prepare('One.');
  await c.wait();
  c.forget();
  await c.wait();
  t.equal(c.asked[0]?.signal.aborted, true);
  t.equal(given.ended, true, 'also where it only waits to be asked for more');
  c.say('One.');
  await c.wait();
  t.equal(c.asked.length, 2);
  t.equal(c.played.length, 7);
});

t.test('something else is prepared in its place, and other words are asked for', async (t) => {
  const c = tts(counting(1).engine);
  c.prepare('One.');
  c.prepare('Two.');
  await c.wait();
  t.strictSame(
    c.asked.map(({ text, signal }) => [text, signal.aborted]),
    [
      ['One.', true],
      ['Two.', false],
    ],
  );
  c.say('Three.');
  await c.wait();
  t.equal(c.asked.length, 3);
});

t.test(
  'an engine that fails ahead is asked again; once it is said it fails the child',
  async (t) => {
    let calls = 0;
    const c = tts(async function* () {
      calls += 1;
      if (calls === 1) throw new RingmasterError('PROVIDER_FAILED', 'no voice');
      yield half(1);
    });
    c.prepare('One.');
    await c.wait();
    t.strictSame(c.facts, []);
    c.say('One.');
    await c.wait();
    t.strictSame(c.played, [1]);

    const late = tts(async function* () {
      yield half(1);
      yield half(2);
      yield half(3);
      throw new RingmasterError('PROVIDER_FAILED', 'broke off');
    });
    late.prepare('One.');
    await late.wait();
    late.say('One.');
    await late.wait();
    t.match(late.facts, [{ type: 'child.failed', error: { code: 'PROVIDER_FAILED' } }]);
  },
);

t.test('a chunk that is no audio is found out when it is said', async (t) => {
  const c = tts(async function* () {
    yield { pcm: 'no' } as never;
  });
  c.prepare('One.');
  await c.wait();
  c.say('One.');
  await c.wait();
  t.match(c.facts, [{ type: 'child.failed', error: { code: 'PROVIDER_PROTOCOL' } }]);
});

t.test('stopping ends what was taken, and the end of the child what was not', async (t) => {
  const c = tts(counting(9).engine);
  c.prepare('One.');
  await c.wait();
  c.say('One.');
  c.order({ type: 'tts.stop' });
  await c.wait();
  t.equal(c.asked[0]?.signal.aborted, true);

  const gone = tts(counting(9).engine);
  gone.prepare('One.');
  await gone.wait();
  gone.stop();
  t.equal(gone.asked[0]?.signal.aborted, true);
});
