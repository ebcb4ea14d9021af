// What the local recogniser makes of all human clips: the table behind its confidence thresholds.

import t from 'tap';
import type { SpeechExpectation, SttEvent } from '../../../src/actors/ports.js';
import { loadIntents } from '../../../src/providers/local/intents.js';
import { createLocalStt } from '../../../src/providers/local/stt.js';
import { callSidOf, until } from '../conformance-support.js';
import { allClips, type SpeechClip } from '../speech-clips.js';

/** Clips whose words are in the default receptionist's grammar, and their text. */
const PHRASES: Record<string, string> = {
  hello: 'hello',
  hours: 'hours',
  location: 'location',
  extension: 'extension',
  'telephone-number': 'telephone number',
  'vm-goodbye': 'goodbye',
  'auth-thankyou': 'thank you',
  'pbx-transfer': 'transfer',
  'please-try-again': 'please try again',
};

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** The text of each clip after `expect(expectation)`. */
async function recognise(
  expectation: SpeechExpectation,
  clips: readonly SpeechClip[],
): Promise<Map<string, string>> {
  const provider = createLocalStt({ intents: loadIntents(), workers: 1 });
  const finals: SttEvent[] = [];
  const session = await provider.open({
    callSid: callSidOf(1),
    emit: (event) => event.type !== 'interim' && finals.push(event),
    signal: new AbortController().signal,
  });
  session.expect(expectation);
  for (const [i, { pcm }] of clips.entries()) {
    session.begin(i);
    session.write(pcm);
    session.finish(i);
    await until(() => finals.length > i, 20_000, 'the final');
  }
  await provider.close();
  return new Map(
    clips.map(({ name }, i) => {
      const event = finals[i];
      return [name, event?.type === 'final' ? event.text : '(failed)'];
    }),
  );
}

t.test('where anything is expected', async (t) => {
  const texts = await recognise('anything', allClips());
  const falseAccepts: string[] = [];
  for (const [name, text] of texts) {
    const wanted = PHRASES[name];
    t.comment(`${name}: ${JSON.stringify(text)}`);
    if (wanted !== undefined) t.equal(text, wanted, `${name} is understood`);
    else if (text !== '') falseAccepts.push(`${name}: ${text}`);
  }
  t.equal(texts.size, 58);
  t.ok(falseAccepts.length <= 1, `at most 1 of 50 other clips are taken for a phrase`, {
    falseAccepts,
  });
});

t.test('where digits are expected', async (t) => {
  // Long speech is for the test above; here it would only take time.
  const clips = allClips().filter(({ pcm }) => pcm.length < 3 * 8000);
  const texts = await recognise('digits', clips);
  const understood = DIGITS.filter((word, digit) => texts.get(`digits-${digit}`) === word);
  t.ok(understood.length >= 9, `${understood.length} of 10 digits are understood`, { understood });
  const phrases = ['hours', 'location', 'extension', 'telephone-number', 'vm-goodbye'];
  for (const name of [...phrases, 'pbx-transfer']) {
    t.equal(texts.get(name), PHRASES[name], `${name} is understood beside digits`);
  }
  const others = [...texts].filter(([name]) => !name.startsWith('digits-') && !(name in PHRASES));
  const falseAccepts = others.filter(([, text]) => text !== '');
  for (const [name, text] of falseAccepts) t.comment(`false accept, ${name}: ${text}`);
  t.equal(others.length, 25);
  t.ok(falseAccepts.length <= 5, 'at most 5 of 25 other clips are taken for something', {
    falseAccepts,
  });
});
