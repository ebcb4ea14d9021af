import t from 'tap';
import type {
  AgentEvent,
  AgentInput,
  CallAction,
  HistoryTurn,
  SpeechExpectation,
} from '../../../src/actors/ports.js';
import {
  createReceptionist,
  loadIntents,
  type Intents,
} from '../../../src/providers/local/index.js';
import { parseIntents } from '../../../src/providers/local/intents.js';
import { agentConformance } from '../conformance.js';
import { callOf } from '../conformance-support.js';
import { documentedIntents } from './documented-intents.js';

const never = new AbortController().signal;

interface Answer {
  readonly text: string;
  readonly expectation: SpeechExpectation | undefined;
  readonly action: CallAction | undefined;
}

/** A call as the turn actor runs it: its history holds what was heard. */
class Dialogue {
  readonly #session;
  readonly history: HistoryTurn[] = [];

  constructor(intents: Intents = loadIntents()) {
    this.#session = createReceptionist({ intents }).open(callOf(1));
  }

  /** @param heard of the answer: all of it, its first words, or nothing */
  async ask(input: AgentInput, heard: 'all' | 'some' | 'nothing' = 'all'): Promise<Answer> {
    const events: AgentEvent[] = [];
    const request = {
      input,
      committed: Promise.resolve(),
      turn: 1,
      history: [...this.history],
      signal: never,
    };
    for await (const event of this.#session.reply(request)) events.push(event);
    const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    const expected = events.find((event) => event.type === 'expect');
    const acted = events.find((event) => event.type === 'action');
    if (heard !== 'nothing') {
      if (input.kind === 'turn') this.history.push({ role: 'caller', text: input.text });
      if (input.kind === 'digits') this.history.push({ role: 'caller', text: input.digits });
      this.history.push({ role: 'agent', text: heard === 'all' ? text : text.slice(0, 9) });
    }
    return { text, expectation: expected?.expectation, action: acted?.action };
  }

  say(text: string, heard?: 'all' | 'some' | 'nothing'): Promise<Answer> {
    return this.ask({ kind: 'turn', text }, heard);
  }
}

agentConformance(t, 'receptionist', {
  makeProvider: () => createReceptionist({ intents: loadIntents() }),
  turns: [
    { text: 'what are your opening hours please', answer: /nine/ },
    { text: 'where are you', answer: /Canal Street/ },
  ],
});

t.test('it greets, answers, takes turns with answers and hangs up at goodbye', async (t) => {
  const call = new Dialogue();
  t.match((await call.ask({ kind: 'greeting' })).text, /Ringmaster demo office/);
  const first = await call.say('opening hours');
  const second = await call.say('hours');
  t.match(first, { text: /nine/, expectation: 'anything', action: undefined });
  t.match(second.text, /nine/);
  t.not(first.text, second.text);
  t.strictSame((await call.say('goodbye')).action, { type: 'hangup' });
});

t.test('an operator is a transfer, by voice and by its key', async (t) => {
  const call = new Dialogue();
  const transfer = { type: 'transfer', to: '100' };
  t.strictSame((await call.say('could I speak to a human?')).action, transfer);
  t.strictSame((await call.ask({ kind: 'digits', digits: '0' })).action, transfer);
});

t.test('an extension is asked for, expects digits, and is dialled as said', async (t) => {
  const call = new Dialogue();
  t.match(await call.say('extension'), { text: /Which extension/, expectation: 'digits' });
  const answer = await call.say("it's two oh five, thank you");
  t.strictSame(answer.action, { type: 'transfer', to: '205' });
  t.match(answer, { text: /2 0 5/, expectation: 'anything' });
});

t.test('an extension said at once, or keyed at any time, needs no question', async (t) => {
  const call = new Dialogue();
  t.strictSame((await call.say('extension double two one')).action, {
    type: 'transfer',
    to: '221',
  });
  t.strictSame((await call.say('three oh one')).action, { type: 'transfer', to: '301' });
  t.strictSame((await call.ask({ kind: 'digits', digits: '9*205#' })).action, {
    type: 'transfer',
    to: '205',
  });
});

t.test('what is no extension is asked again, and given up after the third', async (t) => {
  const call = new Dialogue();
  await call.say('extension');
  for (let i = 0; i < 2; i++) {
    const again = await call.say('one two three four five six');
    t.match(again, { text: /one to four digits/, expectation: 'digits', action: undefined });
  }
  const givenUp = await call.ask({ kind: 'digits', digits: '123456' });
  t.match(givenUp, { expectation: 'anything', action: undefined });
  t.notMatch(givenUp.text, /one to four/);
  t.match((await call.say('my cat is called Muffin')).text, /hours/, 'says what it can do');
});

t.test('another question ends the wait for an extension; silence and noise do not', async (t) => {
  const call = new Dialogue();
  await call.say('extension');
  t.equal((await call.ask({ kind: 'unclear' })).expectation, 'digits');
  t.equal((await call.ask({ kind: 'idle', count: 0, last: false })).expectation, 'digits');
  t.match(await call.say('where are you'), { text: /Canal/, expectation: 'anything' });
  t.match((await call.say('no digits here at all')).text, /sorry|don't know/);
});

t.test('silence is asked about in varying words, then ends with a goodbye', async (t) => {
  const call = new Dialogue();
  const first = await call.ask({ kind: 'idle', count: 0, last: false });
  const second = await call.ask({ kind: 'idle', count: 1, last: false });
  t.not(first.text, second.text);
  t.equal(first.action, undefined);
  const last = await call.ask({ kind: 'idle', count: 2, last: true });
  t.match(last, { text: /Goodbye/, action: { type: 'hangup' } });
});

t.test('repeat says the last answer again, whole, also after an interruption', async (t) => {
  const call = new Dialogue();
  t.match((await call.say('say that again')).text, /haven't said/);
  const answer = await call.say('where are you', 'some');
  await call.ask({ kind: 'unclear' });
  await call.ask({ kind: 'idle', count: 0, last: false });
  t.equal((await call.say('could you repeat that please')).text, answer.text);
  t.equal((await call.say('repeat')).text, answer.text);
});

t.test('a question for an extension that is repeated still expects digits', async (t) => {
  const call = new Dialogue();
  await call.say('extension');
  t.match(await call.say('repeat that'), { text: /Which extension/, expectation: 'digits' });
});

t.test('a session that takes over repeats what was heard', async (t) => {
  const call = new Dialogue();
  call.history.push({ role: 'agent', text: 'We are open.' }, { role: 'caller', text: 'Hm.' });
  t.equal((await call.say('repeat')).text, 'We are open.');
});

t.test('an answer of which nothing was heard leaves no trace in the dialogue', async (t) => {
  const call = new Dialogue();
  await call.ask({ kind: 'greeting' });
  const unheard = await call.say('hours', 'nothing');
  t.equal((await call.say('hours')).text, unheard.text, 'its answer was not used up');
  t.equal((await call.say('extension', 'nothing')).expectation, 'digits');
  const answer = await call.say('I have seven cats');
  t.match(answer, { expectation: 'anything', action: undefined }, 'no extension is awaited');
});

t.test('two calls know nothing of each other', async (t) => {
  const intents = loadIntents();
  const provider = createReceptionist({ intents });
  const ask = async (session: ReturnType<typeof provider.open>, text: string) => {
    let action: CallAction | undefined;
    const input: AgentInput = { kind: 'turn', text };
    for await (const event of session.reply({
      input,
      committed: Promise.resolve(),
      turn: 1,
      history: [],
      signal: never,
    })) {
      if (event.type === 'action') action = event.action;
    }
    return action;
  };
  const [first, second] = [provider.open(callOf(1)), provider.open(callOf(2))];
  await ask(first, 'extension');
  t.equal(await ask(second, 'hello'), undefined);
  await provider.close();
  t.throws(() => provider.open(callOf(3)), { code: 'PROVIDER_FAILED' });
});

t.test('a file of one\u2019s own is followed', async (t) => {
  const call = new Dialogue(parseIntents(JSON.parse(await documentedIntents()), 'docs/intents.md'));
  t.match((await call.ask({ kind: 'greeting' })).text, /Lindens Bakery/);
  t.strictSame((await call.say("I'd like to order a birthday cake")).action, {
    type: 'transfer',
    to: '+12025550143',
  });
  t.strictSame((await call.ask({ kind: 'digits', digits: '1' })).action, {
    type: 'transfer',
    to: '+12025550143',
  });
  t.match((await call.say('connect me to four two')).text, /Putting you through to 4 2\./);
  t.equal((await call.say("that's all")).action?.type, 'hangup');
});

t.test('without an intent that asks for one, digits are no extension', async (t) => {
  const file = {
    greeting: 'Hello.',
    intents: [{ name: 'a', phrases: ['hours'], answers: 'Yes.' }],
  };
  const call = new Dialogue(parseIntents(file, 'a file'));
  t.equal((await call.ask({ kind: 'digits', digits: '205' })).action, undefined);
  t.equal((await call.say('two oh five')).action, undefined);
});
