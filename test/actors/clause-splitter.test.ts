import t from 'tap';
import { ClauseSplitter } from '../../src/actors/clause-splitter.js';
import { SeededRandom } from '../seeded-random.js';

function split(...chunks: readonly string[]): string[] {
  const splitter = new ClauseSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.flush()];
}

t.test('a sentence is speakable as soon as the next one begins', async (t) => {
  const splitter = new ClauseSplitter();
  t.strictSame(splitter.push('Hello'), []);
  t.strictSame(splitter.push('.'), [], 'it may go on, as in 3.5');
  t.strictSame(splitter.push(' '), ['Hello.']);
  t.strictSame(splitter.push('How are you? I am'), ['How are you?']);
  t.strictSame(splitter.flush(), ['I am']);
  t.strictSame(splitter.flush(), []);
});

t.test('sentences end at any closing punctuation, with quotes and brackets', async (t) => {
  const text = 'Really?! Yes… (Of course.) He said "no." “Fine.” Then wait... Done';
  t.strictSame(split(text), [
    'Really?!',
    'Yes…',
    '(Of course.)',
    'He said "no."',
    '“Fine.”',
    'Then wait...',
    'Done',
  ]);
});

t.test('abbreviations, initials and numbers end no sentence', async (t) => {
  for (const text of [
    'Dr. Smith lives in St. Louis with Mrs. Jones.',
    'We open at 8 a.m. and close at 5 p.m. on weekdays.',
    'It is for the U.S. market and the U.K. as well.',
    'Ask J. R. Miller (e.g. by phone) or "Dr. No" himself.',
    'That is $3.50 or 1,000.25 in all at 10:30 sharp.',
    'Write to j.doe@mail.example.com or see example.com for more.',
    'Room No. 5 is on the left (approx. 20 m).',
    'He holds a Ph.D. in physics.',
  ]) {
    t.strictSame(split(`${text} Next`), [text, 'Next']);
  }
});

t.test('the first clause may end at a comma, since the caller waits', async (t) => {
  const text = 'Thank you for calling us today, I will look that up, and then I tell you. Bye';
  t.strictSame(split(text), [
    'Thank you for calling us today,',
    'I will look that up, and then I tell you.',
    'Bye',
  ]);
  t.strictSame(split('Well, let me see. Yes.'), ['Well, let me see.', 'Yes.'], 'but not too early');
});

t.test('a later sentence that grows too long ends at a comma', async (t) => {
  const long = `${'word '.repeat(28)}here, and so on it goes.`;
  t.strictSame(split(`First. ${long}`), [
    'First.',
    `${'word '.repeat(28)}here,`,
    'and so on it goes.',
  ]);
});

t.test('text without punctuation is cut at a space, or, without spaces, anyway', async (t) => {
  const words = split('word '.repeat(1000));
  t.equal(words.join(' '), 'word '.repeat(1000).trim());
  for (const piece of words) t.ok(piece.length <= 300, `${piece.length} characters`);
  const ideographs = '電話'.repeat(1000);
  const pieces = split(ideographs);
  t.equal(pieces.join(''), ideographs);
  for (const piece of pieces) t.ok(piece.length <= 300, `${piece.length} characters`);
});

t.test('a hard cut does not tear a character apart', async (t) => {
  for (const lead of ['', 'a']) {
    for (const piece of split(lead + '\u{1F600}'.repeat(400))) {
      t.notMatch(piece, /\p{Surrogate}/u);
    }
  }
});

t.test('space alone is nothing to say', async (t) => {
  t.strictSame(split('', ' ', '\n\n', '   '), []);
  t.strictSame(split('  Hi.  ', '\n', ' Bye. '), ['Hi.', 'Bye.']);
});

t.test('text streamed in any chunks is cut as the whole text is', async (t) => {
  const punctuation = '.|?|!|…|,|;|:| –|...|\n|  | | | |.”|電話|\u{1F600}'.split('|');
  const words = 'Hello|Dr. Smith|U.S.|3.50|e.g.|a@b.co|"quoted."|(aside)|long-hyphens-word'.split(
    '|',
  );
  const pieces = [...punctuation, ...words, 'x'.repeat(120)];
  for (let seed = 1; seed <= 2000; seed += 1) {
    const random = new SeededRandom(seed);
    let text = '';
    for (let i = random.below(120); i >= 0; i -= 1) {
      text += random.pick(pieces) + (random.chance(70) ? ' ' : '');
    }
    const chunks: string[] = [];
    for (let at = 0; at < text.length;) {
      const length = 1 + random.below(random.pick([1, 3, 20, 200]));
      chunks.push(text.slice(at, at + length));
      at += length;
    }
    const whole = split(text);
    const streamed = split(...chunks);
    if (whole.join('|') !== streamed.join('|')) {
      return t.same(streamed, whole, `seed ${seed}`);
    }
    if (whole.join('').replaceAll(/\s/g, '') !== text.replaceAll(/\s/g, '')) {
      return t.fail(`text lost with seed ${seed}`);
    }
    if (whole.some((clause) => clause === '' || clause.trim() !== clause || clause.length > 301)) {
      return t.fail(`a clause is empty, untrimmed or too long with seed ${seed}`);
    }
  }
  return t.pass('2000 texts');
});
