// What the line tells of audio that must be heard: when it leaves, and when it was played.

import t from 'tap';
import { FRAME_MS } from '../../src/dsp/frame.js';
import { AgentAudio } from '../../src/transports/agent-audio.js';
import { LEAD_MS } from '../../src/transports/pacer.js';
import { FakeSlot } from '../fakes/dsp.js';
import { FarEnd } from '../fakes/far-end.js';

const ORDINARY = 1;
const NOTICE = 2;

/** A line, its far end, and what is told; audio of notices holds `NOTICE` in every byte. */
function line(back = true) {
  const slot = new FakeSlot(() => undefined);
  const far = new FarEnd();
  const told: string[] = [];
  let nowMs = 1000;
  let startedMs = 0;
  let endedMs = 0;
  const heardOf = (tag: number): number => far.heard.filter((frame) => frame === tag).length;
  const sentOf = (tag: number): number => far.messages.filter((sent) => sent === tag).length;
  /** Frames of notices that were not played when the end was told, and sent when the begin was. */
  const seen = { unheard: -1, sent: -1 };
  const reaction: { onStarted?: () => void; onEnded?: () => void } = {};
  const agent: AgentAudio = new AgentAudio({
    slot,
    sender: far,
    counts: { framesSent: 0, marksLost: 0 },
    onStarted: () => void told.push('started'),
    onHeld: () => void told.push('held'),
    onResumed: () => void told.push('resumed'),
    onNoticeStarted: (_, atMs) => {
      told.push('notice started');
      startedMs = atMs;
      seen.sent = sentOf(NOTICE);
      reaction.onStarted?.();
    },
    onNoticeEnded: ({ heardText }, atMs) => {
      told.push(`notice ended: ${heardText}`);
      endedMs = atMs;
      seen.unheard = sentOf(NOTICE) - heardOf(NOTICE);
      reaction.onEnded?.();
    },
    onFinished: ({ heardText }) => void told.push(`finished: ${heardText}`),
  });
  far.onMark = (name) => void (back && agent.mark(name, nowMs));
  far.advance(nowMs);
  const run = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += FRAME_MS;
      slot.work();
      far.advance(nowMs);
      agent.pump(nowMs);
    }
  };
  const write = (ms: number, tag: number): void =>
    void agent.play(1, { pcm: new Int16Array(ms * 8).fill(tag), sampleRateHz: 8000 });
  /** A clause of so much audio. */
  const say = (text: string, ms: number, isNotice = false): void => {
    agent.beginClause(1, text, { uninterruptible: isNotice });
    write(ms, isNotice ? NOTICE : ORDINARY);
    agent.endClause(1, text);
  };
  return {
    agent,
    far,
    told,
    seen,
    reaction,
    run,
    write,
    say,
    heardOf,
    sentOf,
    hold: () => agent.hold(nowMs),
    resume: (at: 'frame' | 'word') => agent.resume(at, nowMs),
    clear: () => agent.clear(nowMs),
    now: () => nowMs,
    startedMs: () => startedMs,
    endedMs: () => endedMs,
  };
}

t.test('a notice is told as it leaves, and as played once its marks are back', async (t) => {
  const l = line();
  l.say('Hello.', 500);
  l.say('Recorded.', 700, true);
  l.say('And so on.', 1000);
  l.agent.endPlayback(1);
  l.run(4000);
  t.strictSame(l.told, [
    'started',
    'notice started',
    'notice ended: Hello. Recorded.',
    'finished: Hello. Recorded. And so on.',
  ]);
  t.ok(l.seen.sent <= 3, 'with the first message that holds some of it');
  t.equal(l.seen.unheard, 0, 'not before all of it was played');
  t.ok(l.endedMs() - 1000 - 1200 <= 3 * FRAME_MS, 'and soon after');
  t.ok(l.startedMs() - 1000 >= 500 - LEAD_MS, 'nothing before is protected but the lead');
});

t.test('an ordinary reply tells of no notice', async (t) => {
  const l = line();
  l.say('Hello.', 500);
  l.agent.endPlayback(1);
  l.run(1000);
  t.strictSame(l.told, ['started', 'finished: Hello.']);
});

t.test('a notice that begins the reply begins with its first frame', async (t) => {
  const l = line();
  l.say('Recorded.', 500, true);
  l.run(FRAME_MS);
  t.strictSame(l.told, ['started', 'notice started']);
});

t.test('where the notice ends the reply, its end is the end', async (t) => {
  const l = line();
  l.say('Recorded.', 510, true);
  l.agent.endPlayback(1);
  l.run(2000);
  t.strictSame(l.told, ['started', 'notice started', 'finished: Recorded.']);
});

t.test('clauses of a notice are one, however late the voice is with the next', async (t) => {
  const l = line();
  l.say('One.', 410, true);
  l.agent.beginClause(1, 'Two.', { uninterruptible: true });
  l.run(1500);
  t.strictSame(l.told, ['started', 'notice started'], 'the voice has not begun with it');
  l.write(300, NOTICE);
  l.run(1500);
  t.equal(l.told.length, 2, 'nor ended it');
  l.agent.endClause(1, 'Two.');
  l.run(400);
  t.strictSame(l.told.slice(2), ['notice ended: One. Two.']);
});

t.test('a clause that becomes no audio does not keep the notice', async (t) => {
  const l = line();
  l.say('One.', 400, true);
  l.agent.beginClause(1, 'Two.', { uninterruptible: true });
  l.run(600);
  l.agent.endClause(1, 'Two.');
  l.run(400);
  t.strictSame(l.told, ['started', 'notice started', 'notice ended: One.']);
});

t.test('a notice that was torn off and is said again is one', async (t) => {
  const l = line();
  l.agent.beginClause(1, 'Recorded.', { uninterruptible: true });
  l.write(300, NOTICE);
  l.run(2500);
  t.strictSame(l.told, ['started', 'notice started'], 'its end is not there');
  l.say('Recorded.', 600, true);
  l.say('And so on.', 600);
  l.run(900);
  t.equal(l.told.length, 3);
  t.equal(l.seen.unheard, 0);
});

t.test('notices apart are told apart, and those too close for that as one', async (t) => {
  for (const [betweenMs, notices] of [
    [1000, 2],
    [100, 1],
  ] as const) {
    const l = line();
    l.say('One.', 400, true);
    l.say('Well.', betweenMs);
    l.say('Two.', 400, true);
    l.say('Bye.', 500);
    l.agent.endPlayback(1);
    l.run(4000);
    const begins = l.told.filter((what) => what === 'notice started').length;
    const ends = l.told.filter((what) => what.startsWith('notice ended')).length;
    t.strictSame([begins, ends], [notices, notices], `${betweenMs} ms between`);
    t.equal(l.seen.unheard, 0);
  }
});

t.test('a notice is over when the agent has nothing to say behind it for a while', async (t) => {
  // Less than a frame of it waits for more.
  const l = line();
  l.say('Recorded.', 515, true);
  l.run(1000);
  t.strictSame(l.told, ['started', 'notice started', 'notice ended: Recorded.']);
  t.ok(l.endedMs() - 1000 < 600);
  l.say('And so on.', 300);
  l.agent.endPlayback(1);
  l.run(1000);
  t.equal(l.told.at(-1), 'finished: Recorded. And so on.');
  t.equal(l.told.length, 4, 'its last rest is no other notice');
});

t.test('without marks a notice is over when it must have been played for long', async (t) => {
  for (const restMs of [0, 5000]) {
    const l = line(false);
    l.say('Recorded.', 500, true);
    if (restMs > 0) l.say('And so on.', restMs);
    l.run(2400);
    t.equal(l.told.length, 2, 'not yet');
    l.run(300);
    t.match(l.told[2], 'notice ended', `${restMs} ms behind it`);
  }
});

t.test('a far end that is late is waited for', async (t) => {
  const l = line();
  l.say('Recorded.', 600, true);
  l.say('And so on.', 2000);
  l.run(400);
  // The marks of the notice come 500 ms late.
  const { onMark } = l.far;
  const late: string[] = [];
  l.far.onMark = (name) => void late.push(name);
  l.run(500);
  t.equal(l.told.length, 2);
  for (const name of late) onMark(name);
  t.equal(l.told.length, 3);
});

t.test('a hold before the notice is heard keeps it, and it is told once it leaves', async (t) => {
  const l = line();
  l.say('Hello.', 1000);
  l.say('Recorded.', 500, true);
  l.agent.endPlayback(1);
  l.run(400);
  l.hold();
  l.run(1000);
  t.strictSame(l.told, ['started', 'held']);
  l.resume('word');
  l.run(3000);
  t.strictSame(l.told.slice(2), ['resumed', 'notice started', 'finished: Hello. Recorded.']);
});

t.test('a word that is resumed behind a notice does not make it heard again', async (t) => {
  const l = line();
  l.say('Recorded.', 505, true);
  l.say('aaaa bbbb', 1000);
  l.run(700);
  t.match(l.told.at(-1), 'notice ended');
  l.hold();
  l.resume('word');
  l.run(1500);
  t.equal(l.told.filter((what) => what.startsWith('notice')).length, 2);
});

t.test('what is cut at the end of a notice is the rest alone', async (t) => {
  const l = line();
  l.say('Recorded.', 500, true);
  l.say('And so on.', 2000);
  let heardText = '';
  l.reaction.onEnded = () => void ({ heardText } = l.clear());
  l.run(2000);
  t.equal(l.heardOf(NOTICE), 25, 'all of it');
  t.ok(l.heardOf(ORDINARY) <= 3, `${l.heardOf(ORDINARY)} frames of the rest`);
  t.equal(heardText, 'Recorded.');
});

t.test('a hold at the end of a notice keeps the rest', async (t) => {
  const l = line();
  l.say('Recorded.', 500, true);
  l.say('And so on.', 1000);
  l.agent.endPlayback(1);
  l.reaction.onEnded = () => l.hold();
  l.run(1000);
  l.resume('frame');
  l.run(2000);
  t.equal(l.told.at(-1), 'finished: Recorded. And so on.');
  t.equal(l.heardOf(NOTICE), 25);
  t.ok(l.heardOf(ORDINARY) >= 50);
});

t.test('the next reply knows nothing of the notice before', async (t) => {
  const l = line();
  l.say('Recorded.', 500, true);
  l.run(300);
  l.clear();
  void l.agent.play(2, { pcm: new Int16Array(4000).fill(ORDINARY), sampleRateHz: 8000 });
  l.agent.endClause(2, 'Hello.');
  l.agent.endPlayback(2);
  l.run(1000);
  t.strictSame(l.told, ['started', 'notice started', 'started', 'finished: Hello.']);
});

t.test('a notice that the next reply begins with waits for its own audio', async (t) => {
  const l = line();
  l.say('Hello.', 400);
  l.agent.endPlayback(1);
  l.agent.beginClause(2, 'Recorded.', { uninterruptible: true });
  l.run(1000);
  t.strictSame(l.told, ['started', 'finished: Hello.']);
  void l.agent.play(2, { pcm: new Int16Array(1600).fill(NOTICE), sampleRateHz: 8000 });
  l.run(FRAME_MS);
  t.strictSame(l.told.slice(2), ['started', 'notice started']);
});
