import t, { type Test } from 'tap';
import { SpeakableText } from '../../../src/providers/openai/speakable-text.js';

function speak(pieces: readonly string[]): string {
  const speakable = new SpeakableText();
  return pieces.map((piece) => speakable.push(piece)).join('') + speakable.end();
}

/** The text cut into pieces of every length. */
function everyCut(t: Test, text: string, expected: string): void {
  for (let size = 1; size <= text.length; size++) {
    const pieces: string[] = [];
    const characters = Array.from(text);
    for (let at = 0; at < characters.length; at += size) {
      pieces.push(characters.slice(at, at + size).join(''));
    }
    t.equal(speak(pieces), expected, `pieces of ${size}`);
  }
}

t.test('plain text passes at once', async (t) => {
  const speakable = new SpeakableText();
  t.equal(speakable.push('Two'), 'Two');
  t.equal(speakable.push(' loaves, 3 < 4.\n'), ' loaves, 3 < 4.\n');
  t.equal(speakable.end(), '');
});

t.test('reasoning before the answer is not spoken, however it is cut', async (t) => {
  everyCut(t, '<think>Hm, <b> the caller…</think>\n\nHello.', 'Hello.');
  everyCut(t, ' \n<think>one</think><think>two</think> Yes.', 'Yes.');
});

t.test('reasoning that never ends leaves nothing to say', async (t) => {
  everyCut(t, '<think>and so on', '');
});

t.test('what only begins like reasoning is spoken', async (t) => {
  everyCut(t, '<thing', '<thing');
  everyCut(t, '<th', '<th');
  everyCut(t, 'I <think> so.', 'I <think> so.');
});

t.test('markup and pictures are left out', async (t) => {
  everyCut(t, 'It is **really** `fine` 👍🏽!', 'It is really fine !');
  t.equal(
    speak(['## Hours\nNine to five.\n### Sunday\nClosed.']),
    'Hours\nNine to five.\nSunday\nClosed.',
  );
  t.equal(speak(['Press #1.']), 'Press #1.');
  t.equal(speak(['Family 👨‍👩‍👧, heart ❤️.']), 'Family , heart .');
});

t.test('white space alone is nothing to say', async (t) => {
  t.equal(speak([' ', '\n']), '');
});
