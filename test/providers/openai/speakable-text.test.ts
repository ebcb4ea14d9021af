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
  everyCut(t, 'I <thin> so.', 'I <thin> so.');
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

t.test('reasoning of every family is not spoken, however it is cut (C4)', async (t) => {
  const reasoned = [
    '<think>The caller wants hours.</think>\n\nHello.',
    '<thinking>a < b, [x]</thinking>Hello.',
    '<reasoning>hm</reasoning> Hello.',
    '<reflection>hm</reflection> Hello.',
    '<seed:think>hm</seed:think>Hello.',
    '[THINK]hm[/THINK]Hello.',
    '◁think▷hm◁/think▷Hello.',
    '<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>Hello.<|END_RESPONSE|>',
    '<|channel|>analysis<|message|>We need to greet.<|end|><|start|>assistant<|channel|>final<|message|>Hello.<|return|>',
    'analysisWe need to greet.assistantfinalHello.',
    '<|channel>thought\nhm<channel|>Hello.',
    'The caller wants hours.</think>Hello.',
    'Okay, so the user asks when we open. I should say nine.\n</think>\n\nHello.',
    'Hmm, they want a time.</thinking>Hello.',
    'I need to respond briefly.[/THINK]Hello.',
    'Alright, let me think. ◁/think▷Hello.',
    '<think>one</think><think>two</think>Hello.',
    '<THINK>hm</THINK>Hello.',
  ];
  for (const text of reasoned) everyCut(t, text, 'Hello.');
});

t.test('tokens of chat templates are not spoken (C4)', async (t) => {
  everyCut(t, 'Hello.<|im_end|>', 'Hello.');
  everyCut(t, 'Hello.<|im_end|>\n<|im_start|>user\nWho are you?<|im_end|>', 'Hello.');
  everyCut(t, '<|im_start|>assistant\nHello.<|im_end|>', 'Hello.');
  everyCut(t, '<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>', 'Hello.');
  everyCut(t, '<s>Hello.</s>', 'Hello.');
  everyCut(t, 'Hello.<end_of_turn>\n<start_of_turn>user\nWho?', 'Hello.');
  everyCut(t, 'Hello.<｜end▁of▁sentence｜>', 'Hello.');
  everyCut(t, 'Hello.<|endoftext|>Human: who are you?', 'Hello.');
});

t.test('text with the characters of marks is spoken as it is (C4)', async (t) => {
  for (const text of [
    'If a < b and c > d, stop.',
    'It is <3.',
    '[laughs] Hello [to you].',
    'Well, we open at nine. And close at five.',
    'I think so. Let me see.',
    'Okay, that is booked. Anything else?',
    'First, press one. Then wait.',
    'The [THIN] one.',
    'Array<string> is a type.',
    'A set {1, 2} of numbers.',
    'analysis of the problem shows it.',
    'The caller ID is shown.',
  ]) {
    everyCut(t, text, text);
  }
});

t.test('only what may become a mark is held back (C4)', async (t) => {
  const speakable = new SpeakableText();
  t.equal(speakable.push('We '), 'We ');
  t.equal(speakable.push('say a <'), 'say a ');
  t.equal(speakable.push(' b'), '< b');
  t.equal(speakable.push('[l'), '[l');
  t.equal(speakable.push('x <t'), 'x ');
  t.equal(speakable.push('a'), '<ta');
  t.equal(speakable.push('[T'), '');
  t.equal(speakable.end(), '[T');
  const held = new SpeakableText();
  t.equal(held.push('Well, that is'), '', 'no clause yet');
  t.equal(held.push(' right, I'), 'Well, that is right, I', 'a clause');
});

t.test('a wrapped answer is unwrapped, and data is not read out', async (t) => {
  everyCut(t, '{"response": "Hello."}', 'Hello.');
  everyCut(t, '```\nHello.\n```', 'Hello.\n');
  everyCut(t, '```text\nHello.\n```', 'Hello.\n');
  everyCut(t, 'Look: {"a": [1, "}"]} there.', 'Look:  there.');
});
