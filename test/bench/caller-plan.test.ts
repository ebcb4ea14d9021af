import t from 'tap';
import {
  CallerPlan,
  loadSpeech,
  makeUtterances,
  type PlannedTurn,
} from '../../bench/caller-plan.js';
import { seededRandom } from '../../src/phone/seeded-random.js';

const clips = await loadSpeech('assets/speech');
const utterances = makeUtterances(clips, seededRandom(1));

/** Turns of a caller whose agent answers each for `answerMs`, and how the call went. */
function plan(
  seed: number,
  answerMs: number,
  turns: number,
): { planned: PlannedTurn[]; share: number } {
  const caller = new CallerPlan(utterances, 0.4, seededRandom(seed));
  let talkedMs = 0;
  let elapsedMs = 3000;
  const planned = Array.from({ length: turns }, () => {
    const turn = caller.next(talkedMs, elapsedMs);
    talkedMs += turn.clip.durationMs;
    elapsedMs += turn.clip.durationMs + turn.afterMs + answerMs;
    return turn;
  });
  return { planned, share: talkedMs / elapsedMs };
}

t.test('the same seed plans the same turns', async (t) => {
  const [first, again, other] = [plan(1, 4000, 20), plan(1, 4000, 20), plan(2, 4000, 20)];
  const shown = ({ planned }: typeof first): unknown =>
    planned.map(({ clip, interrupts, afterMs }) => [clip.name, interrupts, afterMs]);
  t.strictSame(shown(first), shown(again));
  t.notSame(shown(first), shown(other));
});

t.test('callers talk about 40 % of the time, however long the agent answers', async (t) => {
  for (const answerMs of [2000, 4000, 7000]) {
    const { share } = plan(3, answerMs, 60);
    t.ok(share > 0.34 && share < 0.46, `${share} with answers of ${answerMs} ms`);
  }
});

t.test('about one turn in six interrupts', async (t) => {
  let interrupting = 0;
  for (let seed = 0; seed < 20; seed += 1) {
    const { planned } = plan(seed, 4000, 60);
    interrupting += planned.filter(({ interrupts }) => interrupts).length;
  }
  t.ok(interrupting > 150 && interrupting < 250, `${interrupting} of 1200`);
});

t.test('nothing is said that ends or moves a call', async (t) => {
  const names = clips.map(({ name }) => name);
  t.ok(names.length > 30);
  for (const name of [
    'vm-goodbye.wav',
    'demo-thanks.wav',
    'transfer.wav',
    'pbx-transfer.wav',
    'extension.wav',
  ]) {
    t.notOk(names.includes(name), name);
  }
});

t.test('pauses within a turn are too short to end it', async (t) => {
  const silence = Buffer.alloc(160, 0xff).toString('base64');
  for (const { payloads } of utterances) {
    let longest = 0;
    let run = 0;
    for (const payload of payloads) {
      run = payload === silence ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    t.ok(longest * 20 <= 400, `${longest * 20} ms`);
  }
});
