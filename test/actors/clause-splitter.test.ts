import t from 'tap';
import { ClauseSplitter } from '../../src/actors/clause-splitter.js';
import { SeededRandom } from '../seeded-random.js';
import { ANSWERS } from './answers.js';

function split(...chunks: readonly string[]): string[] {
  return splitIn(undefined, ...chunks);
}

function splitIn(language: string | undefined, ...chunks: readonly string[]): string[] {
  const splitter = new ClauseSplitter(language);
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
    'Use version 2.5.1 or later.',
    'See www.example.com/a.b?c=d.e for that.',
    'Call +1 555-014-2000 ext. 12 then.',
    'Be here on 12.05.2026 or later.',
    'It is 1.000,50 or 19,99 € in all.',
    'Das ist z.B. Herr Dr. Weber, Nr. 5, d.h. hier.',
    'Das ist z. B. am 3. Mai im 2. Stock.',
    'Pregunte a la Sra. Ruiz, p. ej. por la tarde.',
    'Voici M. Petit et Mme. Grand ici.',
    'Well . . . maybe so.',
    'Bring shoes (trainers, boots, etc.) and a coat.',
  ]) {
    t.strictSame(split(`Yes. ${text} Next`), ['Yes.', text, 'Next'], text);
    t.strictSame(split(...Array.from(`Yes. ${text} Next`)), ['Yes.', text, 'Next'], text);
  }
});

t.test('an abbreviation may end a sentence where the next word begins one', async (t) => {
  t.strictSame(split('Open until 5 p.m. We close then. '), ['Open until 5 p.m.', 'We close then.']);
  t.strictSame(split('No. We are closed. '), ['No.', 'We are closed.']);
  t.strictSame(split('On Main St. The bus stops there. '), ['On Main St.', 'The bus stops there.']);
  t.strictSame(split('Take vitamin C. It helps. '), ['Take vitamin C.', 'It helps.']);
  t.strictSame(split('Schuhe usw. Wir haben alles. '), ['Schuhe usw.', 'Wir haben alles.']);
});

t.test('a number ends a sentence, but not where it marks an item of a list', async (t) => {
  t.strictSame(split('It was built in 2024. Many like it. '), [
    'It was built in 2024.',
    'Many like it.',
  ]);
  t.strictSame(split('Do this: 1. Open it. 2. Close it.\n3. Go'), [
    'Do this: 1. Open it.',
    '2. Close it.',
    '3. Go',
  ]);
});

t.test('the words of one language alone count where it is known', async (t) => {
  t.strictSame(splitIn('en-US', 'I work on Do. Nothing else. '), [
    'I work on Do.',
    'Nothing else.',
  ]);
  t.strictSame(splitIn('de-AT', 'Wir sind Do. Nachmittag da. '), ['Wir sind Do. Nachmittag da.']);
});

t.test('a decimal number that comes in two tokens is one', async (t) => {
  t.strictSame(split('That', ' is $', '3.', '50', ' in all', '.', ' Fine'), [
    'That is $3.50 in all.',
    'Fine',
  ]);
});

t.test('ideographic sentences end without a space', async (t) => {
  t.strictSame(split('こんにちは。ご予約ですか？「はい。」では、どうぞ'), [
    'こんにちは。',
    'ご予約ですか？',
    '「はい。」',
    'では、どうぞ',
  ]);
  t.strictSame(split('很高兴为您服务，请问您需要什么'), ['很高兴为您服务，', '请问您需要什么']);
});

t.test('a line ends a clause, but a list marker is none', async (t) => {
  t.strictSame(split('Our hours\n\n- Monday\n- Tuesday\n1.\nFirst'), [
    'Our hours',
    '- Monday',
    '- Tuesday',
    '1.\nFirst',
  ]);
});

t.test('a comma or dash between numbers is no place to breathe', async (t) => {
  t.strictSame(split('Please come on May 5, 2026 or 6, 2026, between 9 – 17 hours, yes'), [
    'Please come on May 5, 2026 or 6, 2026,',
    'between 9 – 17 hours, yes',
  ]);
});

t.test('a long first clause ends before a word that joins', async (t) => {
  const text =
    'The premium plan has unlimited calls to everybody and it comes with free roaming. So';
  t.strictSame(split(text), [
    'The premium plan has unlimited calls to everybody',
    'and it comes with free roaming.',
    'So',
  ]);
  t.strictSame(split(`Yes. ${text}`)[1]?.length, 81, 'a later one does not');
});

t.test('a forced cut tears no number apart', async (t) => {
  const text = `Yes. ${'word '.repeat(56)}555 014 2000 ${'word '.repeat(40)}`;
  t.ok(split(text).every((clause) => !/555$|014$|^014|^2000/.test(clause)));
});

t.test('an answer is speakable after a few words', async (t) => {
  const waits = ANSWERS.map((answer) => {
    const splitter = new ClauseSplitter();
    let [at, first] = [0, ''];
    while (first === '' && at < answer.length) first = splitter.push(answer[at++] ?? '')[0] ?? '';
    t.ok((first || answer).split(' ').length >= (first.endsWith(',') ? 2 : 1));
    return at;
  }).sort((one, other) => one - other);
  t.ok((waits[15] ?? 0) <= 35, `half of them after ${waits[15]} characters`);
  t.ok((waits.at(-1) ?? 0) <= 66, `all after ${waits.at(-1)}`);
});

t.test('the first clause may end at a comma, since the caller waits', async (t) => {
  const text = 'Thank you for calling us today, I will look that up, and then I tell you. Bye';
  t.strictSame(split(text), [
    'Thank you for calling us today,',
    'I will look that up, and then I tell you.',
    'Bye',
  ]);
  t.strictSame(split('Well, let me see. Yes.'), ['Well, let me see.', 'Yes.'], 'not too early');
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
  const words =
    'Hello|Dr. Smith|U.S.|3.50|e.g.|a@b.co|"quoted."|(aside)|long-hyphens-word|and|No.|5|12.|am|The|we|etc.)|。|，|？」|M.|p. ej.'.split(
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
