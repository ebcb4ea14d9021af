import t from 'tap';
import { FRAME_MS } from '../../src/dsp/frame.js';
import { LEAD_MS, Pacer } from '../../src/transports/pacer.js';
import { SeededRandom } from '../seeded-random.js';

/** Sends as long as the pacer wants; @returns frames sent */
function fill(pacer: Pacer, nowMs: number): number {
  let frames = 0;
  for (; pacer.wants(nowMs); frames += 1) pacer.sent(nowMs);
  return frames;
}

t.test('a fresh pacer takes the whole lead at once, and no more', async (t) => {
  const pacer = new Pacer();
  t.equal(fill(pacer, 1000), LEAD_MS / FRAME_MS);
  t.equal(pacer.bufferedMs(1000), LEAD_MS);
});

t.test('then it takes one frame for each frame time that passes', async (t) => {
  const pacer = new Pacer();
  fill(pacer, 1000);
  t.equal(fill(pacer, 1000 + FRAME_MS - 1), 1, 'as soon as the lead is not full');
  t.equal(fill(pacer, 1000 + 2 * FRAME_MS), 1);
  t.equal(fill(pacer, 1000 + 7 * FRAME_MS), 5);
});

t.test('the buffer drains with time and says how long it has been dry', async (t) => {
  const pacer = new Pacer();
  pacer.sent(1000);
  t.equal(pacer.bufferedMs(1005), FRAME_MS - 5);
  t.equal(pacer.dryForMs(1005), 0);
  t.equal(pacer.bufferedMs(1050), 0);
  t.equal(pacer.dryForMs(1050), 30);
});

t.test('a frame sent into a dry buffer plays from now, not from when it ran dry', async (t) => {
  const pacer = new Pacer();
  pacer.sent(1000);
  pacer.sent(5000);
  t.equal(pacer.bufferedMs(5000), FRAME_MS);
});

t.test('a clear empties the buffer and leaves a dry one as it is', async (t) => {
  const pacer = new Pacer();
  fill(pacer, 1000);
  pacer.clear(1100);
  t.equal(pacer.bufferedMs(1100), 0);
  t.equal(fill(pacer, 1100), LEAD_MS / FRAME_MS);
  pacer.clear(9000);
  t.equal(pacer.dryForMs(9000), 9000 - 1100 - LEAD_MS);
});

t.test('pumped at random, it neither overfills nor, within the lead, runs dry', async (t) => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = new SeededRandom(seed);
    const pacer = new Pacer();
    let nowMs = random.below(10_000);
    const startMs = nowMs;
    let frames = fill(pacer, nowMs);
    for (let step = 0; step < 100; step += 1) {
      nowMs += random.below(LEAD_MS);
      if (pacer.dryForMs(nowMs) > 0) return t.fail(`ran dry with seed ${seed}`);
      frames += fill(pacer, nowMs);
      const buffered = pacer.bufferedMs(nowMs);
      if (buffered < LEAD_MS || buffered >= LEAD_MS + FRAME_MS) {
        return t.fail(`${buffered} ms buffered with seed ${seed}`);
      }
    }
    const playedMs = frames * FRAME_MS - pacer.bufferedMs(nowMs);
    if (playedMs !== nowMs - startMs) return t.fail(`not real time with seed ${seed}`);
  }
  return t.pass('200 runs');
});
