// Answers over the last words of a question, and voices that never stop.

import t from 'tap';
import { isAsked } from '../../src/actors/question-in-play.js';
import { floor } from '../fakes/floor.js';
import type { TurnSettings } from '../../src/actors/turn-context.js';

t.test('a question is asked from its last four words on (D4)', async (t) => {
  const asks = 'Good. Would you like me to connect you to the operator? It takes a moment.';
  for (const [heard, asked] of [
    ['', false],
    ['Good.', false],
    ['Good. Would you', false],
    ['Good. Would you like me to', false],
    ['Good. Would you like me to connect', true],
    ['Good. Would you like me to connect you to the', true],
    ['Good. Would you like me to connect you to the operator?', true],
    ['Good. Would you like me to connect you to the operator? It takes', false],
  ] as const) {
    t.equal(isAsked(asks, heard), asked, heard);
  }
  t.equal(isAsked('Is it “Miller?” Yes.', 'Is it'), true, 'quoted');
  t.equal(isAsked('¿Quiere usted hablar con alguien?', '¿Quiere usted hablar'), true);
  t.equal(isAsked('We are open. Anything else?', 'We are'), false, 'the question has not begun');
  t.equal(isAsked('What', 'Is that right?'), true, 'what was heard alone may tell');
});

/** Asked for, or drafted and taken. */
const isAnswered = (orders: readonly string[], words: string): boolean =>
  orders.includes(`reply 2 turn ${words}`) ||
  (orders.includes(`draft 2 turn ${words}`) && orders.includes('agent.commit 2'));

/** Held in the middle of `text`, and `words` came of it. */
function saidOver(text: string, heardText: string, words: string, settings: Partial<TurnSettings>) {
  const f = floor(settings);
  f.tell({ type: 'agent.clause', generation: 1, text });
  f.tell({ type: 'agent.done', generation: 1 });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.wait(1000);
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  f.tell({ type: 'playback.held', generation: 1, heardText, heardMs: 900, atMs: f.clock.now() });
  f.wait(260);
  const atMs = f.clock.now();
  f.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
  f.take();
  f.tell({ type: 'stt.final', utteranceId: 1, text: words });
  f.wait(700);
  return f;
}

t.test(
  'a short answer over the last words of a question is answered, in each language (D4)',
  async (t) => {
    for (const [language, text, heard, words] of [
      ['en', 'Shall I connect you to the operator?', 'Shall I connect you to', 'yes'],
      ['en', 'Shall I connect you to the operator?', 'Shall I connect you to the', 'okay'],
      ['en', 'Shall I connect you to the operator?', 'Shall I connect you to', 'no'],
      ['en', 'How many people will be coming?', 'How many people will', 'two'],
      ['en', 'May I ask for your name?', 'May I ask for', 'Peter'],
      ['de', 'Soll ich Sie mit jemandem verbinden?', 'Soll ich Sie mit', 'ja'],
      ['de', 'Soll ich Sie mit jemandem verbinden?', 'Soll ich Sie mit jemandem', 'okay'],
      ['es', '¿Quiere usted hablar con alguien?', '¿Quiere usted hablar con', 'sí'],
      ['fr', 'Voulez-vous parler à une personne ?', 'Voulez-vous parler à une', 'oui'],
    ] as const) {
      const f = saidOver(text, heard, words, { language });
      t.ok(isAnswered(f.take(), words), `${language}: ${words}`);
    }
  },
);

t.test('a sign of listening in the middle of a long question lets it go on (D4)', async (t) => {
  const text = 'Shall I connect you to the operator or would you rather leave a message for us?';
  const f = saidOver(text, 'Shall I connect you to the', 'yes', {});
  t.match(f.state(), 'speaking');
  t.strictSame(f.take(), ['line.resume frame']);
});

t.test(
  'a question of two clauses is one, and what follows it is not waited for (D4)',
  async (t) => {
    const f = saidOver('Is that right? It takes a moment.', 'Is that', 'yes', {});
    t.ok(isAnswered(f.take(), 'yes'));
  },
);

t.test('words of such an answer that come late are answered all the same (D4)', async (t) => {
  const f = saidOver('Shall I connect you to the operator?', 'Shall I connect you to', '', {});
  t.match(f.state(), 'speaking', 'it was nothing so far');
  const g = floor();
  g.tell({ type: 'agent.clause', generation: 1, text: 'Shall I connect you now?' });
  g.tell({ type: 'agent.done', generation: 1 });
  g.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  g.wait(500);
  g.tell({ type: 'speech.started', utteranceId: 1, atMs: g.clock.now() });
  const heardText = 'Shall I connect';
  g.tell({ type: 'playback.held', generation: 1, heardText, heardMs: 400, atMs: g.clock.now() });
  g.wait(260);
  const atMs = g.clock.now();
  g.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
  g.wait(400);
  t.match(g.state(), 'speaking', 'plays on without the words');
  g.tell({ type: 'stt.final', utteranceId: 1, text: 'yes' });
  g.wait(700);
  t.ok(isAnswered(g.take(), 'yes'));
});

/** A voice that never pauses, of which `words` come; until the call is hung up or so many step-ins. */
function endless(words: string) {
  const f = floor({ stepInAfterMs: 60_000, maxUtteranceMs: 30_000, idlePrompts: 2 });
  f.agentSpeaks(1, 'Hello.');
  f.take();
  let utteranceId = 1;
  f.tell({ type: 'speech.started', utteranceId, atMs: f.clock.now() });
  const asked: string[] = [];
  let told = 0;
  for (let step = 0; step < 1200 && !f.state().includes('closing'); step += 1) {
    f.wait(500);
    for (const order of f.take()) {
      const finish = /^stt.finish (\d+)/.exec(order);
      if (finish) {
        // The line opens the next one, since the voice goes on.
        utteranceId += 1;
        told += 1;
        f.tell({ type: 'speech.started', utteranceId, atMs: f.clock.now() });
        f.tell({ type: 'stt.final', utteranceId: Number(finish[1]), text: words });
      }
      const reply = /^reply (\d+) (\w+)/.exec(order);
      if (!reply) continue;
      asked.push(reply[2] as string);
      f.agentSpeaks(Number(reply[1]), 'Excuse me.');
    }
  }
  return { asked, told, tookMs: f.clock.now(), f };
}

t.test(
  'a voice that never pauses is answered after a minute, and is not answered for ever (D5)',
  async (t) => {
    for (const words of ['', 'and in other news']) {
      const { asked, tookMs, f } = endless(words);
      const kind = words === '' ? 'unclear' : 'turn';
      t.strictSame(asked, [kind, kind, 'idle'], words);
      t.match(f.state(), 'closing');
      t.ok(tookMs < 250_000, `${tookMs} ms`);
    }
  },
);

t.test('nothing that was said in a minute without a pause is lost (D5)', async (t) => {
  const { f, told } = endless('and so on');
  const said = f.log.turns.filter(({ role }) => role === 'caller').map(({ text }) => text);
  t.ok(told >= 6, 'two pieces a minute');
  t.equal(said.join(' ').split('and so on').length - 1, told);
});

t.test('who pauses between long speeches is stepped in on each time (D5)', async (t) => {
  const f = floor({ stepInAfterMs: 10_000, maxUtteranceMs: 60_000, idlePrompts: 1 });
  f.agentSpeaks(1, 'Hello.');
  for (let turn = 1; turn <= 4; turn += 1) {
    const [long, short] = [2 * turn - 1, 2 * turn];
    f.tell({ type: 'speech.started', utteranceId: long, atMs: f.clock.now() });
    f.wait(10_010);
    f.tell({ type: 'stt.final', utteranceId: long, text: 'long' });
    const atMs = f.clock.now();
    f.tell({ type: 'speech.stopped', utteranceId: long, atMs, voiceEndedAtMs: atMs - 200 });
    f.agentSpeaks(2 * turn, 'I see.');
    f.callerSpeaks(short);
    f.wait(600);
    f.tell({ type: 'stt.final', utteranceId: short, text: 'short' });
    f.agentSpeaks(2 * turn + 1, 'Good.');
  }
  t.notOk(f.take().some((order) => order.includes('idle')));
});
