import t from 'tap';
import { loadIntents } from '../../../src/providers/local/index.js';
import { createIntentMatcher } from '../../../src/providers/local/intent-matcher.js';

const { intents } = loadIntents();
const match = createIntentMatcher(intents);

t.test('every phrase of the demo office means its own intent', async (t) => {
  for (const { name, phrases } of intents) {
    for (const phrase of phrases) {
      t.equal(match(phrase.replace('{digits}', 'two oh five'))?.name, name, phrase);
    }
  }
});

for (const [said, name] of [
  ['What are your opening hours, please?', 'hours'],
  ['could I speak to a human', 'operator'],
  ['Hi, can you tell me when you are open?', 'hours'],
  ['Hello! I was wondering where your office is.', 'location'],
  ["I'd like to talk to a real person please", 'operator'],
  ['is it open on sundays', 'hours'],
  ['at what time are you closing', 'hours'],
  ["What's your phone number?", 'telephone-number'],
  ['please transfer me to extension 205', 'extension'],
  ['could you transfer me to two oh five', 'extension'],
  ['transfer me please', 'operator'],
  ['Sorry, could you repeat that?', 'repeat'],
  ['Thank you, and where are you?', 'location'],
  ['thanks, bye', 'goodbye'],
  ['No, thank you.', 'goodbye'],
  ['okay thank you', 'thanks'],
  ['What can you do for me?', 'help'],
] as const) {
  t.test(`"${said}" means ${name}`, async (t) => {
    t.equal(match(said)?.name, name);
  });
}

for (const said of [
  '',
  '   ',
  'the a to of',
  'my cat is called Muffin',
  'what is the capital of France',
  "please don't hang up",
  'can you do this',
  '\u4f60\u597d',
]) {
  t.test(`"${said}" means nothing the office knows`, async (t) => {
    t.equal(match(said), undefined);
  });
}

t.test('of several intents in one sentence the one with more of its own words wins', async (t) => {
  t.equal(match('hello what are your opening hours')?.name, 'hours');
  t.equal(match('goodbye no wait what is your telephone number')?.name, 'telephone-number');
});

t.test('a long sentence is matched soon', async (t) => {
  const startedAtMs = performance.now();
  match('and then where when open number person '.repeat(2000));
  t.ok(performance.now() - startedAtMs < 3000);
});
