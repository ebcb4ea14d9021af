import t from 'tap';
import { PlaybackLedger } from '../../src/transports/playback-ledger.js';
import { SpeechPace } from '../../src/transports/speech-pace.js';
import { SeededRandom } from '../seeded-random.js';

const SAMPLES_PER_MS = 8;

/** A ledger with one clause a given number of milliseconds long each. */
function written(...clauses: readonly (readonly [text: string, ms: number])[]): PlaybackLedger {
  const ledger = new PlaybackLedger(1);
  for (const [text, ms] of clauses) {
    ledger.wrote(ms * SAMPLES_PER_MS);
    ledger.endClause(text);
  }
  return ledger;
}

t.test('nothing sent is nothing heard', async (t) => {
  const ledger = written(['Good morning.', 1000]);
  t.equal(ledger.heard(0).heardText, '');
});

t.test('everything sent and played is everything said', async (t) => {
  const ledger = written(['Good morning.', 1000], ['How can I help?', 1000]);
  ledger.sent(2000 * SAMPLES_PER_MS);
  t.equal(ledger.heard(0).heardText, 'Good morning. How can I help?');
  t.equal(ledger.heard(0).heardText, ledger.text);
});

t.test('what is sent but not played yet does not count', async (t) => {
  const ledger = written(['Good morning.', 1000], ['How can I help?', 1000]);
  ledger.sent(1240 * SAMPLES_PER_MS);
  t.equal(ledger.heard(240).heardText, 'Good morning.');
  t.equal(ledger.heard(1240).heardText, '');
  t.equal(ledger.heard(5000).heardText, '', 'also where the far end cannot hold so much');
});

t.test('a clause cut in the middle counts by its letters, half a word not', async (t) => {
  // 4 + 4 + 4 letters: each word takes 400 of 1200 ms.
  const ledger = written(['aaaa bbbb cccc', 1200]);
  const heardAfter = (ms: number): string => {
    const fresh = written(['aaaa bbbb cccc', 1200]);
    fresh.sent(ms * SAMPLES_PER_MS);
    return fresh.heard(0).heardText;
  };
  t.equal(heardAfter(190), '');
  t.equal(heardAfter(210), 'aaaa');
  t.equal(heardAfter(590), 'aaaa');
  t.equal(heardAfter(610), 'aaaa bbbb');
  t.equal(heardAfter(1199), 'aaaa bbbb cccc');
  t.equal(ledger.heard(0).heardText, '');
});

t.test('a clause still being synthesised has no words yet', async (t) => {
  const ledger = written(['First.', 500]);
  ledger.wrote(500 * SAMPLES_PER_MS);
  ledger.sent(1000 * SAMPLES_PER_MS);
  t.equal(ledger.heard(0).heardText, 'First.');
});

t.test('a clause without any audio was never said', async (t) => {
  const ledger = written(['First.', 500], ['Silent.', 0], ['Last.', 500]);
  ledger.sent(1000 * SAMPLES_PER_MS);
  t.equal(ledger.text, 'First. Last.');
  t.equal(ledger.heard(0).heardText, 'First. Last.');
  t.equal(written(['Silent.', 0]).text, '');
});

t.test(
  'for any clauses, more played never means fewer words, and words keep their order',
  async (t) => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = new SeededRandom(seed);
      const clauses = Array.from({ length: 1 + random.below(5) }, (_, clause) => {
        const words = Array.from({ length: 1 + random.below(6) }, (_, word) =>
          `${clause}-${word}`.padEnd(3 + random.below(9), 'x'),
        );
        return [words.join(' '), 20 + random.below(3000)] as const;
      });
      const totalMs = clauses.reduce((sum, [, ms]) => sum + ms, 0);
      const ledger = written(...clauses);
      ledger.sent(totalMs * SAMPLES_PER_MS);
      let before = '';
      for (let unplayedMs = totalMs; unplayedMs >= 0; unplayedMs -= 1 + random.below(200)) {
        const heard = ledger.heard(unplayedMs).heardText;
        if (!heard.startsWith(before) || !ledger.text.startsWith(heard)) {
          return t.fail(`"${heard}" after "${before}" with seed ${seed}`);
        }
        before = heard;
      }
      if (ledger.heard(0).heardText !== ledger.text)
        return t.fail(`not all heard with seed ${seed}`);
    }
    return t.pass('200 runs');
  },
);

/** Sends `ms` in frames, with a mark wherever one is due; @returns the marks' names */
function send(ledger: PlaybackLedger, ms: number, nowMs = 0): string[] {
  const names: string[] = [];
  for (let sentMs = 20; sentMs <= ms; sentMs += 20) {
    ledger.sent(20 * SAMPLES_PER_MS);
    if (!ledger.isMarkDue) continue;
    names.push(ledger.markName);
    ledger.marked(nowMs + sentMs);
  }
  return names;
}

t.test('marks follow every 200 ms and every clause', async (t) => {
  const ledger = written(['Yes.', 250], ['Of course I can.', 650]);
  t.strictSame(send(ledger, 900), [
    'g1.0:1600',
    'g1.0:2080',
    'g1.0:3680',
    'g1.0:5280',
    'g1.0:6880',
    'g1.0:7200',
  ]);
  t.ok(ledger.isMarked);
});

t.test('a mark proves what was played before it, once', async (t) => {
  const ledger = written(['aaaa bbbb', 800]);
  const [first = '', second = ''] = send(ledger, 800);
  t.equal(ledger.positionAt(800), 0);
  t.ok(ledger.confirm(second, 400));
  t.equal(ledger.positionAt(800), 3200, 'never below what is proven');
  t.notOk(ledger.confirm(second, 410));
  t.notOk(ledger.confirm(first, 420), 'it is passed');
  for (const foreign of ['', 'g1.0:16', 'g2.0:4800', 'g1.1:4800']) {
    t.notOk(ledger.confirm(foreign, 430), foreign);
  }
  t.equal(ledger.positionAt(800), 3200);
  t.equal(ledger.marksLost, 1);
});

t.test('marks of before a clear prove nothing after it', async (t) => {
  const ledger = written(['aaaa bbbb cccc dddd', 1600]);
  const before = send(ledger, 800);
  t.equal(ledger.stop(240), 4480);
  for (const name of before) t.notOk(ledger.confirm(name, 900));
  ledger.startAt(4480);
  const [after = ''] = send(ledger, 240);
  t.match(after, /^g1\.1:6080$/);
  t.ok(ledger.confirm(after, 1200));
  t.strictSame(ledger.heard(0), { generation: 1, heardText: 'aaaa bbbb', heardMs: 800 });
});

t.test('what was heard before a hold stays heard, however far playback goes back', async (t) => {
  const ledger = written(['aaaa bbbb cccc dddd', 1600]);
  send(ledger, 1000);
  ledger.stop(0);
  t.equal(ledger.wordStart(8000), 6400);
  ledger.startAt(6400);
  t.strictSame(ledger.heard(0), { generation: 1, heardText: 'aaaa bbbb', heardMs: 1000 });
});

t.test('a far end that ran dry is behind, as its marks show', async (t) => {
  const ledger = written(['A long clause.', 2000]);
  const names = send(ledger, 1000);
  ledger.confirm(names[0] ?? '', 230);
  t.equal(ledger.positionAt(500), 4000, 'the round trip itself is no delay');
  ledger.confirm(names[1] ?? '', 530);
  t.equal(ledger.positionAt(500), 4000, 'one late mark may be the way back');
  ledger.confirm(names[2] ?? '', 730);
  t.equal(ledger.positionAt(100), 7200 - 800, '100 ms less');
});

t.test('marks that never come back are not kept for ever', async (t) => {
  const ledger = written(['A very long clause.', 60_000]);
  send(ledger, 60_000);
  t.equal(ledger.marksLost, 300 - 32);
});

t.test('times of an engine that says other words are laid over the text', async (t) => {
  const ledger = new PlaybackLedger(1);
  const word = (text: string, startMs: number, endMs: number) => ({ text, startMs, endMs });
  const words = [word('room', 0, 200), word('two', 200, 400), word('hundred', 400, 1000)];
  ledger.wrote(1000 * SAMPLES_PER_MS, words);
  t.equal(ledger.heardText(2000), 'room', 'as the engine says while the clause is open');
  ledger.endClause('Room 200.');
  t.equal(ledger.heardText(2000), 'Room');
  t.equal(ledger.heardText(8000), 'Room 200.');
  t.ok(ledger.wordStart(5000) > 1000);
});

t.test('words that engine and text share keep their times around those they do not', async (t) => {
  const ledger = new PlaybackLedger(1);
  const said = 'call five five five zero one four two now please'.split(' ');
  const words = said.map((text, i) => ({ text, startMs: i * 300, endMs: i * 300 + 300 }));
  ledger.wrote(3000 * SAMPLES_PER_MS, words);
  ledger.endClause('Call 555-0142 now, please.');
  t.equal(ledger.heardText(1000 * SAMPLES_PER_MS), 'Call', 'less than half of the number');
  t.equal(ledger.heardText(1600 * SAMPLES_PER_MS), 'Call 555-0142');
  t.equal(ledger.wordStart(2000 * SAMPLES_PER_MS), 300 * SAMPLES_PER_MS);
  t.equal(ledger.heardText(2500 * SAMPLES_PER_MS), 'Call 555-0142', 'not "now" before it is said');
  t.equal(ledger.heardText(2560 * SAMPLES_PER_MS), 'Call 555-0142 now,');
});

t.test('without times a number is as long as its words, not as its digits', async (t) => {
  const ledger = written(['Call 555-0142 soon.', 3600]);
  // 4 letters, 29 and a hyphen's, and 5: "soon." begins at about 3.1 s.
  t.equal(ledger.heardText(2600 * SAMPLES_PER_MS), 'Call 555-0142');
  t.equal(ledger.heardText(1200 * SAMPLES_PER_MS), 'Call');
});

const CLAUSE = 'I can offer you an appointment on Thursday morning or late on Friday afternoon';

t.test('of a clause that is cut in the middle of its synthesis the words are known', async (t) => {
  const words = CLAUSE.split(' ');
  const letters = CLAUSE.replaceAll(' ', '').length;
  for (const msPerLetter of [50, 65, 90]) {
    const pace = new SpeechPace();
    const first = new PlaybackLedger(1, undefined, pace);
    first.wrote(18 * msPerLetter * SAMPLES_PER_MS);
    first.endClause('Of course, let me see.');
    const wholeMs = letters * msPerLetter;
    for (const share of [0.2, 0.5, 0.8]) {
      // Synthesis is just ahead of what plays.
      const toMs = wholeMs * share;
      const fresh = new PlaybackLedger(2, undefined, pace);
      fresh.beginClause(CLAUSE);
      fresh.wrote(Math.round((toMs + 200) * SAMPLES_PER_MS));
      fresh.sent(Math.round(toMs * SAMPLES_PER_MS));
      const heard = fresh.heard(0).heardText;
      const whole = written([CLAUSE, wholeMs]);
      const truth = whole.heardText(toMs * SAMPLES_PER_MS);
      const off = heard.split(' ').length - truth.split(' ').length;
      t.ok(Math.abs(off) <= 1, `${msPerLetter} ms a letter, at ${share}: ${off} words off`);
      t.equal(heard, words.slice(0, heard.split(' ').length).join(' '), 'as they are written');
    }
  }
});

t.test('an unfinished clause is no shorter than what is there of it', async (t) => {
  const ledger = new PlaybackLedger(1);
  ledger.beginClause('aaaa bbbb');
  ledger.wrote(8000 * SAMPLES_PER_MS);
  t.equal(ledger.heardText(3900 * SAMPLES_PER_MS), 'aaaa');
});

t.test(
  'an unfinished clause has the words that the engine timed, as they are written',
  async (t) => {
    const ledger = new PlaybackLedger(1);
    ledger.beginClause('Room 200, on the left.');
    const word = (text: string, startMs: number, endMs: number) => ({ text, startMs, endMs });
    ledger.wrote(2000 * SAMPLES_PER_MS, [
      word('room', 0, 400),
      word('two', 400, 700),
      word('hundred', 700, 1400),
      word('on', 1400, 2000),
    ]);
    t.equal(ledger.heardText(380 * SAMPLES_PER_MS), 'Room');
    t.equal(ledger.heardText(1300 * SAMPLES_PER_MS), 'Room 200,');
    t.equal(ledger.heardText(2000 * SAMPLES_PER_MS), 'Room 200, on');
  },
);

t.test('a clause whose synthesis broke off and is said again counts once', async (t) => {
  const ledger = new PlaybackLedger(1);
  ledger.beginClause('aaaa bbbb cccc');
  const times = ['aaaa', 'bbbb', 'cccc'].map((text, i) => ({
    text,
    startMs: 400 * i,
    endMs: 400 * i + 400,
  }));
  ledger.wrote(800 * SAMPLES_PER_MS, times.slice(0, 2));
  ledger.beginClause('aaaa bbbb cccc');
  t.equal(ledger.heardText(800 * SAMPLES_PER_MS), 'aaaa bbbb');
  ledger.wrote(1200 * SAMPLES_PER_MS, times);
  t.equal(ledger.heardText(1100 * SAMPLES_PER_MS), 'aaaa bbbb', 'never fewer than before');
  t.equal(ledger.heardText(1900 * SAMPLES_PER_MS), 'aaaa bbbb cccc');
  ledger.endClause('aaaa bbbb cccc');
  t.equal(ledger.heardText(900 * SAMPLES_PER_MS), 'aaaa bbbb');
  t.equal(ledger.heardText(2000 * SAMPLES_PER_MS), 'aaaa bbbb cccc');
  t.equal(ledger.text, 'aaaa bbbb cccc');
});
