import t from 'tap';
import { AgentEar } from '../../src/phone/agent-ear.js';
import type { PhoneFact } from '../../src/phone/phone-events.js';
import { toneMulaw } from '../fakes/sounds.js';

const SOUND = toneMulaw(20);
const SILENCE = new Uint8Array(160).fill(0xff);

function ear(): { heard: AgentEar; facts: [PhoneFact['type'], number][]; play: Play } {
  const facts: [PhoneFact['type'], number][] = [];
  const heard = new AgentEar((fact, atMs) => facts.push([fact.type, atMs ?? NaN]));
  let nowMs = 0;
  const play: Play = (frame, count) => {
    for (let i = 0; i < count; i += 1) {
      heard.frame(frame ?? SILENCE, frame === undefined ? 0 : 160, nowMs);
      nowMs += 20;
    }
  };
  return { heard, facts, play };
}
type Play = (frame: Uint8Array | undefined, count: number) => void;

function queue(heard: AgentEar, frame: Uint8Array, count: number): void {
  for (let i = 0; i < count; i += 1) heard.queued(frame);
}

t.test('what is heard begins and ends with its sound', async (t) => {
  const { heard, facts, play } = ear();
  play(undefined, 5);
  queue(heard, SOUND, 10);
  play(SOUND, 10);
  t.ok(heard.speaking);
  play(undefined, 20);
  t.notOk(heard.speaking);
  t.strictSame(facts, [
    ['agent.started', 100],
    ['agent.ended', 300],
  ]);
  t.equal(heard.lastHeardMs, 300);
});

t.test('a short pause does not end it', async (t) => {
  const { heard, facts, play } = ear();
  queue(heard, SOUND, 1);
  play(SOUND, 1);
  play(undefined, 12);
  queue(heard, SOUND, 1);
  play(SOUND, 1);
  t.strictSame(facts, [['agent.started', 0]]);
});

t.test('a long pause does not end it while sound is queued', async (t) => {
  const { heard, facts, play } = ear();
  queue(heard, SOUND, 1);
  queue(heard, SILENCE, 50);
  queue(heard, SOUND, 1);
  play(SOUND, 1);
  play(SILENCE, 50);
  t.ok(heard.speaking);
  play(SOUND, 1);
  play(undefined, 30);
  t.strictSame(facts, [
    ['agent.started', 0],
    ['agent.ended', 1040],
  ]);
});

t.test('a stream of silence is nothing', async (t) => {
  const { heard, facts, play } = ear();
  queue(heard, SILENCE, 100);
  play(SILENCE, 100);
  t.notOk(heard.speaking);
  t.strictSame(facts, []);
});

t.test('clear ends it at once', async (t) => {
  const { heard, facts, play } = ear();
  queue(heard, SOUND, 50);
  play(SOUND, 5);
  heard.cleared(110);
  t.notOk(heard.speaking);
  t.strictSame(facts, [
    ['agent.started', 0],
    ['agent.ended', 100],
  ]);
});

t.test('sound counts as speaking from the moment it is queued', async (t) => {
  const { heard } = ear();
  queue(heard, SOUND, 1);
  t.ok(heard.speaking);
});
