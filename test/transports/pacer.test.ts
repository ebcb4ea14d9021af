import t from 'tap';
import { FRAME_MS } from '../../src/dsp/frame.js';
import { LEAD_MS, LEAST_LEAD_MS, MESSAGE_FRAMES, Pacer } from '../../src/transports/pacer.js';
import { SeededRandom } from '../seeded-random.js';

/** Sends whole messages as long as the pacer wants; @returns frames sent */
function fill(pacer: Pacer, nowMs: number): number {
  let frames = 0;
  for (; pacer.wants(nowMs); frames += MESSAGE_FRAMES) pacer.sent(nowMs, MESSAGE_FRAMES);
  return frames;
}

t.test('a fresh pacer takes more than the least lead at once, in whole messages', async (t) => {
  const pacer = new Pacer();
  t.equal(fill(pacer, 1000), 12);
  t.equal(pacer.bufferedMs(1000), 240);
});

t.test('then it takes a message when the next tick would find less than the least', async (t) => {
  const pacer = new Pacer();
  fill(pacer, 1000);
  t.equal(fill(pacer, 1000 + FRAME_MS), 0);
  t.equal(fill(pacer, 1000 + 2 * FRAME_MS), MESSAGE_FRAMES);
  t.equal(fill(pacer, 1000 + 4 * FRAME_MS), 0);
  t.equal(fill(pacer, 1000 + 5 * FRAME_MS), MESSAGE_FRAMES);
  t.equal(fill(pacer, 1000 + 11 * FRAME_MS), 2 * MESSAGE_FRAMES, 'after a stall all that is due');
});

t.test('what is shorter than a message fills the lead as well', async (t) => {
  const pacer = new Pacer();
  let frames = 0;
  for (; pacer.wants(1000); frames += 1) pacer.sent(1000, 1);
  t.equal(frames, 11);
});

t.test('the buffer drains with time and says how long it has been dry', async (t) => {
  const pacer = new Pacer();
  pacer.sent(1000, 1);
  t.equal(pacer.bufferedMs(1005), FRAME_MS - 5);
  t.equal(pacer.dryForMs(1005), 0);
  t.equal(pacer.bufferedMs(1050), 0);
  t.equal(pacer.dryForMs(1050), 30);
});

t.test('a frame sent into a dry buffer plays from now, not from when it ran dry', async (t) => {
  const pacer = new Pacer();
  pacer.sent(1000, 1);
  pacer.sent(5000, 2);
  t.equal(pacer.bufferedMs(5000), 2 * FRAME_MS);
});

t.test('a clear empties the buffer and leaves a dry one as it is', async (t) => {
  const pacer = new Pacer();
  fill(pacer, 1000);
  pacer.clear(1100);
  t.equal(pacer.bufferedMs(1100), 0);
  t.equal(fill(pacer, 1100), 12);
  pacer.clear(9000);
  t.equal(pacer.dryForMs(9000), 9000 - 1100 - 240);
});

t.test('with a timer of 20 ms the least lead lies there all the time', async (t) => {
  for (let phaseMs = 0; phaseMs < FRAME_MS; phaseMs += 0.5) {
    const pacer = new Pacer();
    pacer.sent(1000 - phaseMs, 1);
    fill(pacer, 1000);
    for (let nowMs = 1000 + FRAME_MS; nowMs < 3000; nowMs += FRAME_MS) {
      const leastMs = pacer.bufferedMs(nowMs);
      if (leastMs < LEAST_LEAD_MS) return t.fail(`${leastMs} ms at ${nowMs}, phase ${phaseMs}`);
      fill(pacer, nowMs);
      const mostMs = pacer.bufferedMs(nowMs);
      if (mostMs > LEAD_MS) return t.fail(`${mostMs} ms at ${nowMs}, phase ${phaseMs}`);
    }
  }
  return t.pass('40 phases');
});

t.test('pumped at random, it neither overfills nor, within the lead, runs dry', async (t) => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = new SeededRandom(seed);
    const pacer = new Pacer();
    let nowMs = random.below(10_000);
    const startMs = nowMs;
    let frames = fill(pacer, nowMs);
    for (let step = 0; step < 100; step += 1) {
      nowMs += random.below(LEAST_LEAD_MS);
      if (pacer.dryForMs(nowMs) > 0) return t.fail(`ran dry with seed ${seed}`);
      frames += fill(pacer, nowMs);
      const buffered = pacer.bufferedMs(nowMs);
      if (buffered < LEAST_LEAD_MS + FRAME_MS || buffered > LEAD_MS) {
        return t.fail(`${buffered} ms buffered with seed ${seed}`);
      }
    }
    const playedMs = frames * FRAME_MS - pacer.bufferedMs(nowMs);
    if (playedMs !== nowMs - startMs) return t.fail(`not real time with seed ${seed}`);
  }
  return t.pass('200 runs');
});
