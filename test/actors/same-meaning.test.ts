import t from 'tap';
import { sameMeaning } from '../../src/actors/same-meaning.js';
import { SeededRandom } from '../seeded-random.js';

const SAME: readonly (readonly [string, string, string])[] = [
  ['en', 'book a table', 'Book a table.'],
  ['en', 'uh book um a table', 'Book a table!'],
  ['en', 'a table for five', 'A table for 5'],
  ['en', 'twenty five people', '25 people'],
  ['en', 'twenty-five people', '25 people'],
  ['en', 'five five five one two one two', '555-1212'],
  ['en', 'two oh five', '205'],
  ['en', "I don't know", 'I do not know'],
  ['en', 'i cannot come', "I can't come"],
  ['en', 'it’s me', "It's me"],
  ['en', 'at 5 p.m.', 'at five pm'],
  ['en', 'OK', 'okay'],
  ['de', 'ähm fünfundzwanzig Personen', '25 Personen.'],
  ['de', 'wie geht’s', "Wie geht's?"],
  ['de', 'wie gehts dir', 'Wie gehts dir?'],
  ['es', 'treinta y cinco', '35'],
  ['es', 'eh, quiero dos mesas', 'Quiero 2 mesas.'],
  ['fr', 'quatre-vingt-dix-neuf', '99'],
  ['fr', 'soixante et onze', '71'],
  ['fr', 'euh vingt et un', '21'],
  ['xx', 'Tak', 'tak.'],
  ['en', '', 'uh'],
];

const DIFFERENT: readonly (readonly [string, string, string])[] = [
  ['en', 'book a table', 'book the table'],
  ['en', 'book a table', 'book a table for two'],
  ['en', 'I do know', "I don't know"],
  ['en', 'I can come', "I can't come"],
  ['en', 'five', '9'],
  ['en', 'fifteen', 'fifty'],
  ['en', '3.5', '35'],
  ['en', '10:30', '1030'],
  ['en', 'twenty five', '20 5'],
  ['en', '20 5', '205'],
  ['en', 'one two', '12'],
  ['en', '555', '5555'],
  ['en', '5 percent', '5%'],
  ['en', 'uh uh', 'uh'],
  ['en', 'uh-huh', ''],
  ['en', 'uh-huh', 'uh-uh'],
  ['en', 'yes', 'no'],
  ['en', "I'd go", 'I had go'],
  ['en', 'Monday to Friday', 'Friday to Monday'],
  ['de', 'einundzwanzig', '12'],
  ['es', 'si', 'sí'],
  ['fr', 'a Lyon', 'à Lyon'],
  ['xx', 'five', '5'],
  ['en', '+49 30', '49 30'],
];

t.test('forms of writing do not count', async (t) => {
  for (const [language, one, other] of SAME) {
    t.equal(sameMeaning(one, other, language), true, `${one} | ${other}`);
  }
});

t.test('any other difference counts', async (t) => {
  for (const [language, one, other] of DIFFERENT) {
    t.equal(sameMeaning(one, other, language), false, `${one} | ${other}`);
  }
});

t.test('a text means what it means, and both sides count alike', async (t) => {
  const words = [
    'uh',
    'five',
    '5',
    '20',
    'oh',
    "don't",
    'not',
    'table',
    'huh',
    'twenty',
    '3.5',
    '%',
    'one',
  ];
  for (let seed = 1; seed <= 500; seed++) {
    const random = new SeededRandom(seed);
    const text = () => Array.from({ length: random.below(7) }, () => random.pick(words)).join(' ');
    const one = text();
    const other = text();
    if (!sameMeaning(one, one.toUpperCase(), 'en')) t.fail(one);
    if (sameMeaning(one, other, 'en') !== sameMeaning(other, one, 'en'))
      t.fail(`${one} | ${other}`);
    // A word more that means something is never nothing.
    if (sameMeaning(one, `${one} table`, 'en')) t.fail(`${one} table`);
  }
});
