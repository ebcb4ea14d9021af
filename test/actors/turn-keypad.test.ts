import t from 'tap';
import { afterGreeting, floor } from '../fakes/floor.js';

type Floor = ReturnType<typeof floor>;

const key = (f: Floor, digits: string): void => {
  for (const digit of digits) f.tell({ type: 'dtmf.received', digit });
};

t.test('keypad digits end with a pause or a hash and interrupt the agent', async (t) => {
  const f = floor();
  f.take();
  f.tell({ type: 'dtmf.received', digit: '2' });
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 1']);
  f.wait(1000);
  f.tell({ type: 'dtmf.received', digit: '0' });
  f.wait(1000);
  f.tell({ type: 'dtmf.received', digit: '5' });
  f.wait(1510);
  t.strictSame(f.take(), ['reply 2 digits']);
  t.match(f.actor.getSnapshot().context.input, { digits: '205' });
  t.notMatch(JSON.stringify(f.log.turns), '205', 'digits are not recorded');
  f.agentSpeaks(2, 'Thank you.');
  f.take();
  f.tell({ type: 'dtmf.received', digit: '7' });
  f.tell({ type: 'dtmf.received', digit: '#' });
  t.strictSame(f.take(), ['reply 3 digits']);
  f.agentSpeaks(3, 'Thank you.');
  f.take();
  f.tell({ type: 'dtmf.received', digit: '#' });
  t.notMatch(f.take().join(), 'reply', 'a hash alone is no input');
});

t.test('words and digits of one turn are answered together, and both kept', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(100);
  key(f, '2');
  t.strictSame(f.take(), ['stt.finish 1'], 'the pause before a key ends the utterance');
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'my extension is' });
  key(f, '05#');
  t.strictSame(f.take(), ['reply 2 digits']);
  const { input, history } = f.actor.getSnapshot().context;
  t.match(input, { digits: '205' });
  t.strictSame(
    history.map(({ text }) => text),
    ['Hello.', 'my extension is', '205'],
  );
  t.strictSame(
    f.log.turns.map(({ text }) => text),
    ['Hello.', 'my extension is', '[3 digits]'],
  );
});

t.test('digits wait for the words that were said before them', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  key(f, '5#');
  t.strictSame(f.take(), ['stt.finish 1']);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'extension' });
  t.strictSame(f.take(), ['reply 2 digits']);
});

t.test('digits do not wait for ever', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  key(f, '5#');
  f.wait(3010);
  t.strictSame(f.take(), ['stt.finish 1', 'reply 2 digits']);
});

t.test('a hash that ends words sends the words', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(100);
  key(f, '##');
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'opening hours' });
  t.strictSame(f.take(), ['stt.finish 1', 'reply 2 turn opening hours']);
});

t.test('a hash in mid-speech does not deafen the call', async (t) => {
  const f = afterGreeting();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: 0 });
  key(f, '##');
  t.match(f.state(), 'hearing');
  f.tell({ type: 'speech.stopped', utteranceId: 1, atMs: 0, voiceEndedAtMs: -200 });
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  t.strictSame(f.take(), ['stt.finish 1', 'reply 2 turn hours']);
});

t.test('words said while keying count too', async (t) => {
  const f = afterGreeting();
  key(f, '2');
  f.callerSpeaks(1, 300);
  t.strictSame(f.take(), ['stt.finish 1']);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'for room' });
  key(f, '#');
  t.match(f.actor.getSnapshot().context.history.at(-2), { text: 'for room' });
});

t.test('a voice that never ends does not keep digits from being answered', async (t) => {
  const f = afterGreeting();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: 0 });
  key(f, '205');
  f.wait(1510);
  t.strictSame(f.take(), ['reply 2 digits']);
  f.tell({ type: 'agent.clause', generation: 2, text: 'Thank you.' });
  f.take();
  f.tell({ type: 'speech.stopped', utteranceId: 1, atMs: 0, voiceEndedAtMs: 0 });
  t.strictSame(f.take(), ['stt.finish 1'], 'the line need not keep its utterance open');
  t.match(f.state(), 'thinking');
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'radio' });
  t.strictSame(f.take(), []);
});

t.test('a slow typist who goes on before the answer is heard has typed one number', async (t) => {
  const f = afterGreeting();
  key(f, '20');
  f.wait(1510);
  t.match(f.take(), ['reply 2 digits']);
  key(f, '5#');
  t.match(f.take().at(-1), 'reply 3 digits');
  const { input, history } = f.actor.getSnapshot().context;
  t.match(input, { digits: '205' });
  t.strictSame(
    history.map(({ text }) => text),
    ['Hello.', '205'],
  );
  t.strictSame(
    f.log.turns.map(({ text }) => text),
    ['Hello.', '[3 digits]'],
  );
});

t.test('noise behind the last digit does not lose the digits', async (t) => {
  const f = afterGreeting();
  key(f, '205#');
  f.take();
  f.callerSpeaks(1, 100);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: '' });
  t.strictSame(f.take().at(-1), 'reply 3 digits');
  t.match(f.actor.getSnapshot().context.input, { digits: '205' });
});

t.test('a hash while the agent thinks does not lose the question', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  f.take();
  key(f, '##');
  t.strictSame(f.take().at(-1), 'reply 3 turn hours');
  t.equal(f.log.turns.length, 2);
});

t.test(
  'of what was said too late beside the keypad nothing is left to judge a sound by',
  async (t) => {
    const f = afterGreeting();
    f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
    key(f, '1#');
    f.tell({ type: 'stt.interim', utteranceId: 1, text: 'one please' });
    f.tell({ type: 'agent.clause', generation: 2, text: 'You chose one.' });
    f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
    const atMs = f.clock.now();
    f.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs });
    f.wait(3000);
    f.take();
    f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
    t.strictSame(f.take(), ['line.hold'], 'a cough, for all that is known');
  },
);
