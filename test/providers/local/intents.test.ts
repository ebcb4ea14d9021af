import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RingmasterError } from '../../../src/errors.js';
import { loadIntents } from '../../../src/providers/local/index.js';
import { documentedIntents } from './documented-intents.js';

async function fileOf(t: Test, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'intents-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'intents.json');
  await writeFile(file, content);
  return file;
}

async function problemsOf(t: Test, given: unknown): Promise<string> {
  const file = await fileOf(t, JSON.stringify(given));
  try {
    loadIntents(file);
  } catch (thrown) {
    t.ok(thrown instanceof RingmasterError && thrown.code === 'INTENTS_INVALID', 'coded');
    return (thrown as Error).message;
  }
  return 'none';
}

const hours = { name: 'hours', phrases: ['hours'], answers: 'Nine to five.' };

t.test('without a file the demo office answers', async (t) => {
  const { intents, phrases } = loadIntents();
  t.ok(intents.length >= 10);
  for (const phrase of ['hours', 'location', 'goodbye', 'telephone number', 'hello', 'transfer']) {
    t.ok(phrases.includes(phrase), phrase);
  }
  t.ok(phrases.every((phrase) => /^(?:(?:[a-z][a-z']*|\{digits\})(?: |$))+$/.test(phrase)));
  t.equal(new Set(phrases).size, phrases.length, 'each once');
});

t.test('the file of the documentation is one', async (t) => {
  const text = await documentedIntents();
  const { intents, unclear } = loadIntents(await fileOf(t, text));
  t.equal(intents.length, JSON.parse(text).intents.length);
  t.strictSame(unclear, JSON.parse(text).unclear);
});

t.test('a small file gets texts for everything else', async (t) => {
  const file = await fileOf(t, JSON.stringify({ greeting: 'Hello.', intents: [hours] }));
  const intents = loadIntents(file);
  t.strictSame(intents.greeting, ['Hello.']);
  t.ok(intents.unclear.length > 1 && intents.idle.length > 1 && intents.unknown.length > 0);
  t.match(intents.extension.confirm[0], /\{digits\}/);
});

t.test('phrases lose capitals and punctuation', async (t) => {
  const given = { ...hours, phrases: ["What's  open, TODAY?"] };
  const file = await fileOf(t, JSON.stringify({ greeting: 'Hello.', intents: [given] }));
  t.strictSame(loadIntents(file).phrases, ["what's open today"]);
});

t.test('all problems are told together, each with its path', async (t) => {
  const message = await problemsOf(t, {
    greeting: '',
    colour: 'red',
    extension: { confirm: 5 },
    intents: [
      { name: 'Big Name', phrases: ['24 hours', 'caf\u00e9'], answers: [] },
      { name: 'b', phrases: [], answers: 'x', keys: '12345' },
      { name: 'c', phrases: ['{digits}', 'now'], answers: 'x', action: { transfer: '; drop' } },
      { name: 'd', phrases: ['then'], answers: 'x', action: { explode: true }, extra: 1 },
    ],
  });
  for (const path of [
    'greeting:',
    'colour: no such field',
    'extension.confirm:',
    'intents[0].name:',
    'intents[0].phrases[0]:',
    'intents[0].phrases[1]:',
    'intents[0].answers:',
    'intents[1].phrases:',
    'intents[1].keys:',
    'intents[2].phrases[0]:',
    'intents[2].action.transfer:',
    'intents[3].action:',
    'intents[3].extra: no such field',
  ]) {
    t.ok(message.includes(`\n  ${path}`), path);
  }
});

t.test('what two intents share is told, with both paths', async (t) => {
  const message = await problemsOf(t, {
    greeting: 'Hello.',
    intents: [
      { ...hours, keys: '1', phrases: ['hours', 'Hours!'] },
      { ...hours, keys: '1', phrases: ['extension {digits}', 'from {digits} to {digits}'] },
    ],
  });
  for (const problem of [
    'intents[0].phrases[1]: the same phrase as intents[0].phrases[0]',
    'intents[1].name: the same name as intents[0].name',
    'intents[1].keys: the same keys as intents[0].keys',
    'intents[1].phrases[0]: {digits} needs the action',
    'intents[1].phrases[1]: has {digits} more than once',
  ]) {
    t.ok(message.includes(`\n  ${problem}`), problem);
  }
});

t.test(
  'a file that is not there, or no JSON, or no object, is refused with its name',
  async (t) => {
    t.throws(() => loadIntents('/no/such/intents.json'), {
      code: 'INTENTS_INVALID',
      message: /^\/no\/such\/intents\.json cannot be read/,
    });
    const file = await fileOf(t, '{"greeting": ');
    t.throws(() => loadIntents(file), { code: 'INTENTS_INVALID', message: /is not JSON/ });
    t.match(await problemsOf(t, [1]), /the file: /);
  },
);
