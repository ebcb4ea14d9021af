// Minutes of silence, of a constant and of full-scale squares: no NaN, no slow denormals, and speech is heard after. Media plane.
import t from 'tap';
import { Calls, frameOf } from './calls.js';
import { fixtureVoice } from './signals.js';

const MINUTES = 5;
const FRAMES = MINUTES * 60 * 50;
const SPEECH = fixtureVoice('ru');

const STREAMS: [string, (n: number) => number][] = [
  ['silence', () => 0],
  ['a constant', () => 32767],
  ['a small constant', () => 8],
  ['a square of 100 Hz', (n) => (Math.floor(n / 40) % 2 ? -32768 : 32767)],
  ['a square of 2000 Hz', (n) => (Math.floor(n / 2) % 2 ? -32768 : 32767)],
  ['alternating signs', (n) => (n % 2 ? -32768 : 32767)],
  ['a tone of 3900 Hz', (n) => Math.round(32767 * Math.sin((2 * Math.PI * 3900 * n) / 8000))],
  ['the smallest step', (n) => n % 2],
];

t.test(
  `${MINUTES} minutes of dull signals leave a probability and a call that hears speech`,
  (t) => {
    const calls = new Calls(STREAMS.length);
    const opened = STREAMS.map(() => calls.engine.open());
    const samples = new Int16Array(160);
    for (let frame = 0; frame < FRAMES; frame++) {
      for (const [call, [, at]] of STREAMS.entries()) {
        for (let n = 0; n < 160; n++) samples[n] = at(frame * 160 + n);
        calls.push(call, samples);
      }
      calls.engine.run();
    }
    for (const [call, [name]] of STREAMS.entries()) {
      const probability = calls.engine.probability(call);
      t.ok(probability >= 0 && probability <= 1, `${name} leaves ${probability}`);
    }
    const highest = new Float32Array(STREAMS.length);
    for (let frame = 0; frame < SPEECH.length / 160; frame++) {
      for (const call of opened) calls.push(call, frameOf(SPEECH, frame));
      calls.engine.run();
      for (const call of opened) {
        highest[call] = Math.max(highest[call] ?? 0, calls.engine.probability(call));
      }
    }
    for (const [call, [name]] of STREAMS.entries()) {
      t.ok((highest[call] ?? 0) > 0.9, `after ${name} speech reaches ${highest[call]}`);
    }
    t.end();
  },
);

t.test('silence costs no more than speech', (t) => {
  const calls = new Calls(64);
  const opened = Array.from({ length: 64 }, () => calls.engine.open());
  /** The fastest of `rounds` batches; anything else on the machine only slows them. */
  const fastest = (frameAt: (round: number) => Int16Array, rounds: number): number => {
    let best = Infinity;
    for (let round = 0; round < rounds; round++) {
      const before = calls.engine.windows;
      const started = performance.now();
      for (const call of opened) calls.push(call, frameAt(round));
      calls.engine.run();
      const took = performance.now() - started;
      if (calls.engine.windows > before) best = Math.min(best, took);
    }
    return best;
  };
  const silence = new Int16Array(160);
  const speech = fastest((round) => frameOf(SPEECH, 50 + round), 300);
  fastest(() => silence, 3000);
  t.ok(fastest(() => silence, 300) < 2 * speech);
  t.end();
});
