// The end of a turn while a voice may just be coming back.

import t from 'tap';
import { afterGreeting } from '../fakes/floor.js';

t.test('a turn does not end while a voice is suspected', (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(350);
  f.line.voiceSuspected = true;
  f.wait(70);
  t.strictSame(f.take(), []);
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  f.line.voiceSuspected = false;
  f.wait(1000);
  t.strictSame(f.take(), [], 'the voice was one: the turn goes on');
  t.end();
});

t.test('a turn ends within a frame once a suspected voice was none', (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(350);
  f.line.voiceSuspected = true;
  f.wait(80);
  f.line.voiceSuspected = false;
  f.wait(20);
  t.strictSame(f.take(), ['stt.finish 1']);
  t.end();
});

t.test('a voice that was suspected before the turn would end changes nothing', (t) => {
  const f = afterGreeting();
  f.line.voiceSuspected = true;
  f.callerSpeaks(1);
  f.wait(100);
  f.line.voiceSuspected = false;
  f.wait(290);
  t.strictSame(f.take(), []);
  f.wait(10);
  t.strictSame(f.take(), ['stt.finish 1']);
  t.end();
});
