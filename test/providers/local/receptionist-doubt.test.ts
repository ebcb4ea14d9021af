// What the receptionist does where it is not sure: it asks before it acts, gives hints, and calls a person.

import t from 'tap';
import type { AgentInput, CallAction, HistoryTurn } from '../../../src/actors/ports.js';
import {
  createReceptionist,
  loadIntents,
  type Intents,
} from '../../../src/providers/local/index.js';
import { parseIntents } from '../../../src/providers/local/intents.js';
import { yesOrNo } from '../../../src/providers/local/yes-and-no.js';
import { callOf } from '../conformance-support.js';

interface Answer {
  readonly text: string;
  readonly action: CallAction | undefined;
}

/** A call of which every answer is heard whole. */
function dialogue(intents: Intents = loadIntents()) {
  const session = createReceptionist({ intents }).open(callOf(1));
  const history: HistoryTurn[] = [];
  const ask = async (input: AgentInput): Promise<Answer> => {
    const answer: { text: string; action: CallAction | undefined } = {
      text: '',
      action: undefined,
    };
    const { signal } = new AbortController();
    const request = { input, committed: Promise.resolve(), turn: 1, history: [...history], signal };
    for await (const event of session.reply(request)) {
      if (event.type === 'text') answer.text += event.text;
      if (event.type === 'action') answer.action = event.action;
    }
    if (input.kind === 'turn') history.push({ role: 'caller', text: input.text });
    history.push({ role: 'agent', text: answer.text });
    return answer;
  };
  return {
    ask,
    say: (text: string, confidence?: number) =>
      ask({ kind: 'turn', text, ...(confidence !== undefined && { confidence }) }),
    mumble: () => ask({ kind: 'unclear' }),
  };
}

const ENDS = [
  { said: 'goodbye', question: /end the call/, action: { type: 'hangup' } },
  { said: 'hang up', question: /end the call/, action: { type: 'hangup' } },
  { said: 'human', question: /person\?/, action: { type: 'transfer', to: '100' } },
  { said: 'extension two oh five', question: /2 0 5\?/, action: { type: 'transfer', to: '205' } },
] as const;

for (const { said, question, action } of ENDS) {
  t.test(`"${said}", doubtful, is asked about and done after a yes (D3)`, async (t) => {
    const call = dialogue();
    const asked = await call.say(said, 0.3);
    t.match(asked, { text: question, action: undefined });
    t.strictSame((await call.say('yes please')).action, action);
  });

  t.test(`"${said}", doubtful, is not done without a yes that is sure (D3)`, async (t) => {
    const others: readonly AgentInput[] = [
      { kind: 'turn', text: 'no' },
      { kind: 'turn', text: 'no thank you' },
      { kind: 'turn', text: 'yes', confidence: 0.2 },
      { kind: 'turn', text: said, confidence: 0.3 },
      { kind: 'turn', text: 'opening hours' },
      { kind: 'unclear' },
      { kind: 'idle', count: 0, last: false },
    ];
    for (const other of others) {
      const call = dialogue();
      await call.say(said, 0.3);
      t.equal((await call.ask(other)).action, undefined, JSON.stringify(other));
      const late = await call.say('yes');
      t.equal(late.action, undefined, `a yes after ${JSON.stringify(other)} is too late`);
    }
  });

  t.test(`"${said}" is done at once where it is sure, or nobody says how sure (D3)`, async (t) => {
    t.strictSame((await dialogue().say(said, 0.8)).action, action);
    t.strictSame((await dialogue().say(said)).action, action);
  });
}

t.test('a doubtful question is answered: no harm is done by it (D3)', async (t) => {
  t.match(await dialogue().say('opening hours', 0.1), { text: /nine/ });
});

t.test('said again beyond doubt, it is done (D3)', async (t) => {
  const call = dialogue();
  await call.say('goodbye', 0.3);
  t.strictSame((await call.say('goodbye', 0.9)).action, { type: 'hangup' });
});

t.test('misses: asked again, then what can be asked, then a person is called (D9)', async (t) => {
  const call = dialogue();
  t.match((await call.mumble()).text, /sorry|again/);
  const second = await call.say('my cat is called Muffin');
  t.match(second, { text: /opening hours.*location.*telephone number/, action: undefined });
  const third = await call.mumble();
  t.match(third, { text: /person/, action: { type: 'transfer', to: '100' } });
});

t.test('where no word was ever understood, a person is offered and not called (D9)', async (t) => {
  const call = dialogue();
  await call.mumble();
  t.match((await call.mumble()).text, /opening hours/);
  t.match(await call.mumble(), { text: /person\?.*press zero/, action: undefined });
  t.strictSame((await call.say('yes')).action, { type: 'transfer', to: '100' });
  const silent = dialogue();
  const actions: unknown[] = [];
  for (let i = 0; i < 12; i++) actions.push((await silent.mumble()).action);
  t.ok(
    actions.every((action) => action === undefined),
    'however long the music plays',
  );
  t.strictSame((await silent.ask({ kind: 'digits', digits: '0' })).action?.type, 'transfer');
});

t.test('what was understood between them ends a row of misses (D9)', async (t) => {
  const call = dialogue();
  await call.say('my cat is called Muffin');
  await call.say('she is seven years old');
  t.match((await call.say('hours')).text, /nine/);
  t.equal((await call.say('and she likes fish')).action, undefined);
  t.match((await call.say('every single day')).text, /You can ask for/);
});

t.test('a seventh miss still says what can be asked or offers a person (D9)', async (t) => {
  const call = dialogue(loadIntents(undefined, { dialsExtensions: false }));
  const texts: string[] = [];
  for (let i = 0; i < 7; i++) texts.push((await call.mumble()).text);
  t.notMatch(texts.join(' '), /person|operator|couldn't hear/);
  for (const i of [1, 2, 4, 5]) t.match(texts[i], /opening hours/, `miss ${i + 1}`);
});

t.test('what does not work is not offered, and said to be so when asked for (D9)', async (t) => {
  const intents = loadIntents(undefined, { dialsExtensions: false });
  const call = dialogue(intents);
  const said = [
    await call.ask({ kind: 'greeting' }),
    await call.say('help'),
    await call.say('my cat is called Muffin'),
    await call.say('she is seven'),
    await call.say('and likes fish'),
    await call.ask({ kind: 'idle', count: 0, last: false }),
    await call.ask({ kind: 'idle', count: 1, last: false }),
  ];
  for (const { text, action } of said) {
    t.notMatch(text, /person|operator|extension/, text);
    t.equal(action, undefined);
  }
  for (const wish of ['operator', 'extension', 'extension two oh five', 'two oh five']) {
    t.match(await call.say(wish), { text: /nobody can be reached/, action: undefined }, wish);
  }
  t.match(await call.ask({ kind: 'digits', digits: '205' }), { text: /nobody/, action: undefined });
});

t.test(
  'hints come from the phrases where the file gives none; its operator is named (D9)',
  async (t) => {
    const file = {
      greeting: 'Hello.',
      operator: 'front-desk',
      intents: [
        { name: 'cake', phrases: ['order a cake', 'cake'], answers: 'Which one?' },
        { name: 'bye', phrases: ['goodbye'], answers: 'Bye.', action: { hangup: true as const } },
        { name: 'sales', phrases: ['sales'], answers: 'One moment.', action: { transfer: '200' } },
        {
          name: 'front-desk',
          phrases: ['front desk'],
          answers: 'One moment.',
          action: { transfer: '+12025550143' },
        },
      ],
    };
    const call = dialogue(parseIntents(file, 'a file', { dialsExtensions: false }));
    await call.say('what a day');
    const { text } = await call.say('what a day');
    t.match(text, /order a cake, or front desk/);
    t.notMatch(text, /sales|goodbye/);
    t.strictSame((await call.say('what a day')).action, { type: 'transfer', to: '+12025550143' });
    t.throws(() => parseIntents({ ...file, operator: 'cake' }, 'a file'), {
      code: 'INTENTS_INVALID',
      message: /operator: must be the name of an intent that transfers/,
    });
  },
);

t.test('greetings, goodbyes and words around a phrase are understood (D9)', async (t) => {
  for (const text of ['Hello?', 'Hi.', 'Good morning!', 'hey there', 'Good day.']) {
    t.match(await dialogue().say(text), { text: /can I (?:do|help)/, action: undefined }, text);
  }
  for (const text of ['Bye-bye.', 'bye', 'Bye now!', 'um, goodbye then', 'good bye']) {
    t.strictSame((await dialogue().say(text)).action, { type: 'hangup' }, text);
  }
  for (const text of [
    'um, the opening hours please',
    'can you tell me your opening hours',
    'Hello, could you please tell me the, uh, hours?',
    "yes, I'd like to know when you are open - what are your hours",
  ]) {
    t.match((await dialogue().say(text)).text, /nine/, text);
  }
});

t.test('yes and no, and what is neither (D3)', async (t) => {
  for (const text of ['yes', 'Yes, please.', 'yeah sure', 'yes I did', "that's right", 'okay']) {
    t.equal(yesOrNo(text), 'yes', text);
  }
  for (const text of ['no', 'No thanks!', "no, I don't", 'not yet', 'yes, no, wait', "don't"]) {
    t.equal(yesOrNo(text), 'no', text);
  }
  for (const text of ['', 'goodbye', 'yes, what are your hours', 'opening hours', 'hmm', 'that']) {
    t.equal(yesOrNo(text), undefined, text);
  }
});
