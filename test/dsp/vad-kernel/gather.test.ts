// Calls are independent: in whatever company they are evaluated, the result is the same bit for bit. Media plane.
import t from 'tap';
import { seededRandom } from '../harness/random.js';
import { Calls, frameOf } from './calls.js';
import { voices } from './signals.js';

const SIGNALS = [...voices().values()];
const FRAMES = 200;

/** Logit after every frame of `count` calls, each at its own place in a signal: [call][frame]. */
function logits(count: number, batches: (frame: number) => number[][]): Float32Array[] {
  const calls = new Calls(count);
  const opened = Array.from({ length: count }, () => calls.engine.open());
  const found = opened.map(() => new Float32Array(FRAMES));
  const position = new Int32Array(count);
  for (let frame = 0; frame < FRAMES; frame++) {
    for (const batch of batches(frame)) {
      for (const call of batch) {
        const signal = SIGNALS[call % SIGNALS.length] ?? new Int16Array(0);
        calls.push(call, frameOf(signal, 37 * call + (position[call] ?? 0)));
        position[call] = (position[call] ?? 0) + 1;
      }
      calls.engine.run();
      for (const call of batch) {
        const at = (position[call] ?? 0) - 1;
        const row = found[call];
        if (row) row[at] = calls.engine.logit(call);
      }
    }
  }
  return found;
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

t.test('fixed lanes, random gatherings and lonely calls give the same logits', (t) => {
  const count = 19;
  const inOrder = Array.from({ length: count }, (_, i) => i);
  const fixed = logits(count, () => [inOrder]);

  const random = seededRandom(5);
  const gathered = logits(count, () => {
    const order = shuffled(count, random);
    const cut = Math.floor(random() * count);
    return [order.slice(0, cut), order.slice(cut)].filter((batch) => batch.length > 0);
  });
  const lonely = logits(count, () => inOrder.map((call) => [call]));

  t.ok(
    fixed.some((row) => row.some((logit) => logit > 2)),
    'there is speech in it',
  );
  t.same(gathered, fixed);
  t.same(lonely, fixed);
  t.end();
});

t.test('calls out of step give the same logits as in step', (t) => {
  const count = 11;
  const fixed = logits(count, () => [Array.from({ length: count }, (_, i) => i)]);
  // Two calls in three get their frames in pairs, at times of their own.
  const calls = Array.from({ length: count }, (_, i) => i);
  const apart = logits(count, (frame) => {
    const due = (call: number): boolean => call % 3 === 0 || (frame + call) % 2 === 1;
    const twice = (call: number): boolean => call % 3 !== 0;
    return [calls.filter(due), calls.filter((call) => due(call) && twice(call))];
  });
  for (const call of calls) {
    // What a call with paired frames has had by the end may lack its last frame.
    const seen = FRAMES - 1;
    t.same(apart[call]?.subarray(0, seen), fixed[call]?.subarray(0, seen), `call ${call}`);
  }
  t.end();
});
