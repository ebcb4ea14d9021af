import t from 'tap';
import { transportMachine } from '../../src/actors/transport.js';
import type { LineEvent } from '../../src/actors/ports.js';
import { child } from '../fakes/child.js';
import { FakeLine } from '../fakes/line.js';

t.test('facts of the line go up, in order', async (t) => {
  const line = new FakeLine();
  const c = child(transportMachine, { line });
  const facts: LineEvent[] = [
    { type: 'speech.started', utteranceId: 1, atMs: 0 },
    { type: 'speech.stopped', utteranceId: 1, atMs: 9, voiceEndedAtMs: 5 },
    { type: 'dtmf.received', digit: '1' },
    { type: 'playback.started', generation: 1, atMs: 0 },
    { type: 'playback.finished', generation: 1, heardText: 'Hello.' },
    { type: 'playback.cleared', generation: 2, heardText: '' },
    { type: 'call.stopped', reason: 'caller-hangup' },
  ];
  for (const fact of facts) line.tell(fact);
  t.strictSame(c.facts, facts);
});

t.test('a clear is told with what was heard', async (t) => {
  const line = new FakeLine();
  line.heardText = 'Half of';
  const c = child(transportMachine, { line });
  c.order({ type: 'line.clear' });
  c.order({ type: 'line.clear' });
  const cleared = { type: 'playback.cleared', generation: 0, heardText: 'Half of', heardMs: 0 };
  t.strictSame(c.facts, [cleared, cleared]);
  t.equal(line.clears, 2);
});

t.test('a hold and a resume are handed to the line, which tells what came of them', async (t) => {
  const line = new FakeLine();
  line.heardText = 'Half of';
  const c = child(transportMachine, { line });
  c.order({ type: 'line.hold' });
  t.strictSame(c.facts, [], 'nothing plays');
  await line.play(3);
  for (const type of ['line.hold', 'line.hold'] as const) c.order({ type });
  for (const at of ['word', 'frame'] as const) c.order({ type: 'line.resume', at });
  t.strictSame(c.facts.slice(1), [
    { type: 'playback.held', generation: 3, heardText: 'Half of', heardMs: 0, atMs: 0 },
    { type: 'playback.resumed', generation: 3, atMs: 0 },
  ]);
  t.equal(line.holds, 3);
  t.strictSame(line.resumes, ['word', 'frame']);
});

t.test('a line that throws is reported, and its listener stays until the end', async (t) => {
  const line = new FakeLine();
  line.clear = () => {
    throw new TypeError('a defect');
  };
  const c = child(transportMachine, { line });
  c.order({ type: 'line.clear' });
  t.match(c.facts, [
    { type: 'child.failed', child: 'transport', error: { code: 'PROVIDER_FAILED' } },
  ]);
  line.tell({ type: 'dtmf.received', digit: '1' });
  t.equal(c.facts.length, 2);
  c.stop();
  t.equal(line.listeners.size, 0);
  t.strictSame(c.errors, []);
});

t.test('nothing is told after the stop', async (t) => {
  const line = new FakeLine();
  const c = child(transportMachine, { line });
  const [listener] = line.listeners;
  c.stop();
  t.equal(line.listeners.size, 0);
  listener?.({ type: 'dtmf.received', digit: '1' });
  t.strictSame(c.facts, []);
});
