import t from 'tap';
import { PlaybackLedger } from '../../src/transports/playback-ledger.js';
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
