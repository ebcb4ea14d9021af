import t from 'tap';
import { LoadWatch, type LoadSample } from '../../src/load-watch.js';

const QUIET: LoadSample = { loopUtilization: 0.5, frames: 10_000, lateFrames: 0 };
const BUSY: LoadSample = { ...QUIET, loopUtilization: 0.97 };
const LATE: LoadSample = { ...QUIET, lateFrames: 700 };
/** Neither overloaded nor relaxed. */
const BETWEEN: LoadSample = { ...QUIET, loopUtilization: 0.9, lateFrames: 200 };

/** Seconds of samples, one after the other; @returns what was said after each */
function watch(...samples: readonly LoadSample[]): boolean[] {
  const load = new LoadWatch();
  return samples.map((sample) => {
    load.add(sample);
    return load.isOverloaded;
  });
}

t.test('two seconds of a busy event loop or of late frames refuse', async (t) => {
  t.strictSame(watch(QUIET, BUSY, BUSY), [false, false, true]);
  t.strictSame(watch(LATE, LATE), [false, true]);
  t.strictSame(watch(BUSY, LATE), [false, true], 'or of either');
});

t.test('one bad second is no load', async (t) => {
  t.notOk(watch(BUSY, QUIET, LATE, QUIET, BUSY, BETWEEN, BUSY).includes(true));
});

t.test('the late frames of one call are no load', async (t) => {
  const few = { loopUtilization: 0.1, frames: 50, lateFrames: 10 };
  t.notOk(watch(few, few, few).includes(true));
});

t.test('a node without frames is not late', async (t) => {
  const silent = { loopUtilization: 0, frames: 0, lateFrames: 0 };
  t.notOk(watch(silent, silent, silent).includes(true));
});

t.test('five relaxed seconds in a row open it again, and nothing less', async (t) => {
  const refusing = [BUSY, BUSY];
  const after = (...samples: readonly LoadSample[]): boolean | undefined =>
    watch(...refusing, ...samples).at(-1);
  t.equal(after(QUIET, QUIET, QUIET, QUIET), true);
  t.equal(after(QUIET, QUIET, QUIET, QUIET, QUIET), false);
  t.equal(after(QUIET, QUIET, QUIET, QUIET, BETWEEN, QUIET, QUIET), true);
  t.equal(
    after(...Array.from({ length: 100 }, () => BETWEEN)),
    true,
    'between the thresholds it stays',
  );
});

t.test('once open it takes two bad seconds again', async (t) => {
  const relaxed = Array.from({ length: 5 }, () => QUIET);
  t.strictSame(watch(BUSY, BUSY, ...relaxed, BUSY, BUSY).slice(-3), [false, false, true]);
});
