import t from 'tap';
import { chooseFiller, fillerPhrases, initialFillers } from '../../src/actors/fillers.js';

function said(seed: number, phrases: readonly string[], count: number): (string | undefined)[] {
  let state = initialFillers(seed);
  return Array.from({ length: count }, () => {
    const chosen = chooseFiller(state, phrases);
    ({ state } = chosen);
    return chosen.phrase;
  });
}

t.test('no phrase is said twice in a row, and all are said', async (t) => {
  const phrases = fillerPhrases('en-GB');
  for (const seed of [0, 1, -7, 2 ** 31, 123_456]) {
    const all = said(seed, phrases, 300);
    t.ok(
      all.every((phrase, i) => phrase !== undefined && phrase !== all[i - 1]),
      `seed ${seed}`,
    );
    t.equal(new Set(all).size, phrases.length);
  }
});

t.test('the same seed says the same, another one does not', async (t) => {
  const phrases = fillerPhrases('de');
  t.strictSame(said(5, phrases, 50), said(5, phrases, 50));
  t.notSame(said(5, phrases, 50), said(6, phrases, 50));
});

t.test('who has one phrase says it once, who has none nothing', async (t) => {
  t.strictSame(said(1, ['Moment.'], 3), ['Moment.', undefined, undefined]);
  t.strictSame(said(1, ['Moment.', 'Moment.'], 2), ['Moment.', undefined]);
  t.strictSame(said(1, fillerPhrases('xx'), 2), [undefined, undefined]);
});

t.test('every language has phrases', async (t) => {
  for (const language of ['en', 'de', 'es', 'fr']) t.ok(fillerPhrases(language).length >= 3);
});
