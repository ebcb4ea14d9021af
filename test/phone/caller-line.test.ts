import t from 'tap';
import { CallerLine, type SaidClip } from '../../src/phone/caller-line.js';
import { SILENT_PAYLOAD } from '../../src/phone/clip.js';
import type { PhoneFact } from '../../src/phone/phone-events.js';
import { toneClip } from '../fakes/sounds.js';

function line(): { caller: CallerLine; facts: [PhoneFact['type'], number][] } {
  const facts: [PhoneFact['type'], number][] = [];
  const caller = new CallerLine((fact, atMs) => facts.push([fact.type, atMs ?? NaN]));
  return { caller, facts };
}

t.test('silence is sent while nothing is said', async (t) => {
  const { caller, facts } = line();
  caller.frame(20);
  t.equal(caller.payload, SILENT_PAYLOAD);
  t.same(caller.mulaw, new Uint8Array(160).fill(0xff));
  t.strictSame(facts, []);
});

t.test('a clip is sent frame by frame', async (t) => {
  const { caller } = line();
  const clip = toneClip('hours', 0, 60, 0);
  let said: SaidClip | undefined;
  caller.say(clip, (result) => {
    said = result;
  });
  const sent: string[] = [];
  for (let frame = 1; frame <= 4; frame += 1) {
    caller.frame(frame * 20);
    sent.push(caller.payload);
  }
  t.strictSame(sent, [...clip.payloads, SILENT_PAYLOAD]);
  t.match(said, { startedAtMs: 0, endedAtMs: 60 });
  t.notOk(caller.speaking);
});

t.test('the moments of the voice are those within the clip, not of its frames', async (t) => {
  const { caller, facts } = line();
  const clip = toneClip('hours', 110, 200, 300);
  t.strictSame(clip.voice, { startMs: 110, endMs: 310 });
  let said: SaidClip | undefined;
  caller.say(clip, (result) => {
    said = result;
  });
  for (let frame = 1; frame <= 40; frame += 1) caller.frame(1000 + frame * 20);
  t.strictSame(facts, [
    ['caller.started', 1000],
    ['caller.voiceStarted', 1110],
    ['caller.voiceEnded', 1310],
    ['caller.ended', 1620],
  ]);
  t.match(said, { voiceStartedAtMs: 1110, voiceEndedAtMs: 1310 });
});

t.test('the end of the voice is told with the frame that holds it, not before', async (t) => {
  const { caller, facts } = line();
  caller.say(toneClip('hours', 0, 40, 40), () => {});
  caller.frame(20);
  t.notOk(facts.some(([type]) => type === 'caller.voiceEnded'));
  caller.frame(40);
  t.ok(facts.some(([type, atMs]) => type === 'caller.voiceEnded' && atMs === 40));
});

t.test('a clip without voice has no moments of voice', async (t) => {
  const { caller, facts } = line();
  let said: SaidClip | undefined;
  caller.say(toneClip('nothing', 40, 0, 0), (result) => {
    said = result;
  });
  for (let frame = 1; frame <= 3; frame += 1) caller.frame(frame * 20);
  t.strictSame(
    facts.map(([type]) => type),
    ['caller.started', 'caller.ended'],
  );
  t.equal(said?.voiceEndedAtMs, undefined);
});

t.test('stopping in mid-clip leaves silence', async (t) => {
  const { caller } = line();
  caller.say(toneClip('hours', 0, 100, 0), () => t.fail('it did not end'));
  caller.frame(20);
  caller.stop();
  caller.frame(40);
  t.equal(caller.payload, SILENT_PAYLOAD);
});
