import t from 'tap';
import { slotDigits, wordsOf } from '../../../src/providers/local/spoken-words.js';

const digitsIn = (text: string) => slotDigits(wordsOf(text)).digits;

for (const [said, digits] of [
  ['two oh five', '205'],
  ['double two', '22'],
  ['triple seven one', '7771'],
  ['205', '205'],
  ['2-0-5.', '205'],
  ['double 4', '44'],
  ['Two, zero, five, please.', '205'],
  ['extension twenty five', '25'],
  ['twenty', '20'],
  ['one twenty three', '123'],
  ['two hundred', '200'],
  ['two hundred and five', '205'],
  ['two hundred twenty five', '225'],
  ['twelve thirteen', '1213'],
  ['one moment I think it is three oh one', '301'],
  ['one', '1'],
  ['oh', ''],
  ['oh hello', ''],
  ['one more time', ''],
  ['double trouble', ''],
  ['', ''],
] as const) {
  t.test(`"${said}" holds "${digits}"`, async (t) => {
    t.equal(digitsIn(said), digits);
  });
}

t.test('digits leave a slot among the words', async (t) => {
  const { words } = slotDigits(wordsOf("I'd like extension two oh five, please"));
  t.strictSame(words, ["i'd", 'like', 'extension', '{digits}', 'please']);
});
