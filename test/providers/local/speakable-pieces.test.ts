import t from 'tap';
import { speakablePieces } from '../../../src/providers/local/speakable-pieces.js';

t.test('a text becomes its sentences', async (t) => {
  t.strictSame(speakablePieces('We are open. Are you coming? "Yes!" Version 2.5 is out'), [
    'We are open.',
    'Are you coming?',
    '"Yes!"',
    'Version 2.5 is out',
  ]);
});

t.test(
  'letters lose accents, typographic signs become plain, markup and pictures go',
  async (t) => {
    t.strictSame(
      speakablePieces('<b>Caf\u00e9</b> \u2018na\u00efve\u2019 \u2014 ten \ud83d\ude00'),
      ["Cafe 'naive' , ten"],
    );
  },
);

t.test('text without words gives no piece', async (t) => {
  for (const text of ['', '  \n', '...', '\u4f60\u597d', '\ud83d\ude00', '-- ((', '<br/>']) {
    t.strictSame(speakablePieces(text), [], JSON.stringify(text));
  }
});

t.test('a long sentence is cut at a comma, else at a space, and loses no word', async (t) => {
  const commas = `${'some words here '.repeat(7)}end, ${'other words there '.repeat(6)}`;
  t.match(speakablePieces(commas)[0], /end,$/);
  const words = Array.from({ length: 400 }, (_, i) => `w${i}`).join(' ');
  const pieces = speakablePieces(words);
  t.ok(pieces.every((piece) => piece.length <= 160));
  t.equal(pieces.join(' '), words);
});

t.test('a word longer than any word is cut', async (t) => {
  const pieces = speakablePieces('a'.repeat(5000));
  t.ok(pieces.every((piece) => piece.length <= 160 && !/[^ ]{33}/.test(piece)));
  t.equal(pieces.join('').replaceAll(' ', '').length, 5000);
});

t.test('every piece of any text is printable ASCII with a word in it', async (t) => {
  let seed = 7;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  for (let i = 0; i < 300; i++) {
    const units = Array.from({ length: Math.floor(random() * 700) }, () =>
      random() < 0.8 ? 32 + Math.floor(random() * 96) : Math.floor(random() * 65_536),
    );
    for (const piece of speakablePieces(String.fromCharCode(...units))) {
      if (!/^[\x20-\x7e]{1,160}$/.test(piece) || !/[a-z0-9]/i.test(piece)) t.fail(piece);
    }
  }
  t.strictSame(speakablePieces(`${'!?'.repeat(5000)}x`).length, 1, 'and soon');
});
