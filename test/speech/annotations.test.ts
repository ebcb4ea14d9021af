import t from 'tap';
import { saidWords } from '../../src/speech/annotations.js';

t.test('notes of the recogniser and punctuation alone are no words (C8)', async (t) => {
  for (const nothing of [
    '',
    '.',
    '...',
    ' - ',
    '?!',
    '…',
    '[BLANK_AUDIO]',
    '[ Silence ]',
    '[MUSIC PLAYING] [Applause]',
    'BLANK_AUDIO',
    '(silence)',
    '(upbeat music)',
    '（音楽）',
    '【音楽】',
    '［拍手］',
    '[laughter',
    '&nbsp;',
    '*coughs*',
    '*clears throat* .',
    '♪',
    '♪ la la la ♪',
    '♪♪♪',
    '<unk>',
    '<|nospeech|>',
    '{noise}',
    '[laughs]',
    'Untertitel der Amara.org-Community',
    'Subtitles by the Amara.org community',
  ]) {
    t.equal(saidWords(nothing), '', nothing);
  }
});

t.test('words beside notes stay, and so do words that look like notes (C8)', async (t) => {
  t.equal(saidWords('[coughs] I need a table. (laughs)'), 'I need a table.');
  t.equal(saidWords('Call (555) 123-4567.'), 'Call (555) 123-4567.');
  t.equal(saidWords('Thank you.'), 'Thank you.');
  t.equal(saidWords('Silence, please.'), 'Silence, please.');
  t.equal(saidWords('5'), '5');
  t.equal(saidWords('はい。'), 'はい。');
  t.equal(saidWords('Yes 5 * 3 and 2 * 4'), 'Yes 5 * 3 and 2 * 4');
});

t.test('a transcript without end is cut, quickly (C17)', async (t) => {
  const startedMs = performance.now();
  for (const part of ['word ', '[', '(', '*', '♪', '<']) {
    t.ok(saidWords(part.repeat(1_000_000 / part.length)).length <= 4000);
  }
  t.ok(performance.now() - startedMs < 1000);
});
