import t from 'tap';
import { FRAME_MS } from '../../src/dsp/frame.js';
import { SILENCE_AFTER_MS, SilenceFeed } from '../../src/transports/silence-feed.js';

/** A feed whose timer runs; @returns frames fed in that time */
function feed() {
  let nowMs = 1000;
  const silence = new SilenceFeed(nowMs);
  const run = (ms: number): number => {
    let fed = 0;
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      nowMs += FRAME_MS;
      fed += silence.due(nowMs);
    }
    return fed;
  };
  const stand = (ms: number): void => void (nowMs += ms);
  return { silence, run, stand };
}

t.test('nothing is fed while frames come, however late within the limit (D1)', async (t) => {
  const { silence, run } = feed();
  for (const gapMs of [20, 60, 300, 600, SILENCE_AFTER_MS]) {
    t.equal(run(gapMs), 0, `${gapMs} ms`);
    silence.heard();
  }
});

t.test('without frames silence runs by the clock, 50 frames a second (D1)', async (t) => {
  const { run } = feed();
  t.equal(run(SILENCE_AFTER_MS + 1000), 50);
  t.equal(run(60_000), 3000);
});

t.test('what the clock fed is not put into the hole again (D1)', async (t) => {
  const { silence, run } = feed();
  t.equal(run(SILENCE_AFTER_MS + 400), 20);
  t.equal(silence.hole(55), 35, 'the time before it was fed');
  silence.heard();
  t.equal(silence.hole(5), 5, 'a later loss is filled as ever');
  run(SILENCE_AFTER_MS + 5000);
  t.equal(silence.hole(100), 0, 'a hole is never filled for longer than two seconds');
});

t.test(
  'a pause of the process is no silence: what has arrived is still to be read (D1)',
  async (t) => {
    const { silence, run, stand } = feed();
    run(100);
    stand(5000);
    t.equal(run(20), 0);
    silence.heard();
    t.equal(run(SILENCE_AFTER_MS), 0);
  },
);

t.test('a clock that steps back feeds nothing (D1)', async (t) => {
  const { run, stand } = feed();
  run(SILENCE_AFTER_MS);
  stand(-10_000);
  t.equal(run(FRAME_MS), 0);
  t.equal(run(100), 5, 'and goes on from there');
});
