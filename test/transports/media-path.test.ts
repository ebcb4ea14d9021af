import t from 'tap';
import type { CallAction, LineEvent, TtsChunk } from '../../src/actors/ports.js';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { MediaPath } from '../../src/transports/media-path.js';
import type { TurnModelUse } from '../../src/transports/turn-question.js';
import { FakePool, type FakeSlot } from '../fakes/dsp.js';
import { FarEnd } from '../fakes/far-end.js';

const chunk = (ms: number, tag = 1, sampleRateHz = 8000): TtsChunk => ({
  pcm: new Int16Array((ms * sampleRateHz) / 1000).fill(tag),
  sampleRateHz,
});

interface Ending {
  readonly reason: string;
  readonly next: CallAction | undefined;
}

/** A media path whose timer and far end run from a while ago. */
function media(
  apology?: { readonly chunk: TtsChunk; readonly text: string },
  echoGuard = true,
  behindMs = 1000,
  turnModel?: TurnModelUse,
) {
  const pool = new FakePool();
  const far = new FarEnd();
  const counts = { framesSent: 0, marksLost: 0 };
  const endings: Ending[] = [];
  const freed: string[] = [];
  const events: LineEvent[] = [];
  const path = new MediaPath({
    pool,
    sender: far,
    vadOnsetMs: 60,
    vadHangoverMs: 200,
    echoGuard,
    turnModel,
    counts,
    apology: () => apology,
    onFault: () => undefined,
    onHangUp: (reason, next) => void endings.push({ reason, next }),
    onEnded: (reason) => void freed.push(reason),
  });
  far.onMark = (name) => path.mark(name);
  path.subscribe((event) => void events.push(event));
  const slot = pool.slots[0] as FakeSlot;
  let nowMs = performance.now() - behindMs;
  /** The node's timer runs. */
  const run = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      nowMs += FRAME_MS;
      pool.tick();
      far.advance(nowMs);
      path.tick(nowMs);
    }
  };
  /** The worker delivers frames of the caller. */
  const hear = (frames: number, speech: number, tag = 0): void => {
    for (let i = 0; i < frames; i += 1) {
      slot.listener(new Int16Array(FRAME_SAMPLES).fill(tag), speech, nowMs);
    }
  };
  const types = (): string[] => events.map(({ type }) => type);
  return { path, pool, slot, far, endings, freed, events, types, run, hear, now: () => nowMs };
}

t.test('a path takes a slot, or says that there is none', async (t) => {
  const { pool, far } = media();
  t.equal(pool.openSlots, 1);
  const counts = { framesSent: 0, marksLost: 0 };
  const vad = { vadOnsetMs: 60, vadHangoverMs: 200, echoGuard: false };
  const options = { pool, sender: far, ...vad, counts, apology: () => undefined };
  const deaf = { onFault: () => undefined, onHangUp: () => undefined, onEnded: () => undefined };
  t.throws(() => new MediaPath({ ...options, ...deaf }), { code: 'DSP_POOL_FULL' });
});

t.test('line audio and gaps go to the slot; what is not base64 is told', async (t) => {
  const m = media();
  t.equal(m.path.media('////', 0, 1), true);
  m.path.gap(3);
  t.equal(m.path.media('!', 20, 2), false);
  t.strictSame(m.slot.inbound, ['////', 3]);
});

t.test('a voice becomes events, and its audio reaches the speech-to-text sink', async (t) => {
  const m = media();
  const told: string[] = [];
  m.path.connectStt(
    {
      begin: (id) => void told.push(`begin ${id}`),
      write: (pcm) => void told.push(`${pcm[0]}`),
      finish: (id) => void told.push(`finish ${id}`),
    },
    0,
  );
  m.hear(2, 0, 5);
  m.hear(10, 1, 6);
  m.hear(12, 0, 7);
  m.path.endUtterance(1);
  t.match(m.events, [
    { type: 'speech.started', utteranceId: 1, atMs: m.now(), voiceStartedAtMs: m.now() - 20 },
    { type: 'speech.stopped', utteranceId: 1, atMs: m.now(), voiceEndedAtMs: m.now() - 200 },
  ]);
  const frames = [...Array(2).fill('5'), ...Array(10).fill('6'), ...Array(12).fill('7')];
  t.strictSame(told, ['begin 1', ...frames, 'finish 1']);
});

interface Question {
  readonly pcm: Int16Array;
  readonly signal: AbortSignal;
  readonly answer: (probability: number | undefined) => void;
}

function mediaWithModel(windowMs = 8000) {
  const questions: Question[] = [];
  const completeProbability = (pcm: Int16Array, signal: AbortSignal) =>
    new Promise<number | undefined>((answer) => questions.push({ pcm, signal, answer }));
  const m = media(undefined, false, 1000, { model: { completeProbability }, windowMs });
  const predicted = (): LineEvent[] => m.events.filter(({ type }) => type === 'turn.predicted');
  return { ...m, questions, predicted };
}

t.test('the turn model is asked about each pause, and its answer told', async (t) => {
  const m = mediaWithModel();
  m.hear(2, 0, 5);
  m.hear(10, 1, 6);
  t.equal(m.questions.length, 0);
  m.hear(12, 0, 7);
  t.equal(m.questions.length, 1);
  const { pcm } = m.questions[0] as Question;
  const tags = Array.from({ length: pcm.length / FRAME_SAMPLES }, (_, i) => pcm[i * FRAME_SAMPLES]);
  t.strictSame(tags.slice(0, 12), [5, 5, ...Array(10).fill(6)], 'from the pre-roll on');
  t.ok(tags.slice(12).every((tag) => tag === 7) && tags.length <= 24, 'and the hangover');
  t.strictSame(m.predicted(), []);
  m.questions[0]?.answer(0.75);
  await Promise.resolve();
  t.strictSame(m.predicted(), [{ type: 'turn.predicted', utteranceId: 1, probability: 0.75 }]);
});

t.test('a question is given up when the voice returns, and the next pause asks anew', async (t) => {
  const m = mediaWithModel(200);
  m.hear(10, 1);
  m.hear(12, 0);
  m.hear(10, 1);
  t.equal(m.questions[0]?.signal.aborted, true);
  m.hear(12, 0);
  t.strictSame([m.questions.length, m.questions[1]?.signal.aborted], [2, false]);
  t.equal(m.questions[1]?.pcm.length, 10 * FRAME_SAMPLES, 'its window, and no more');
  // A model that answers all the same is too late.
  m.questions[0]?.answer(0.9);
  await Promise.resolve();
  t.strictSame(m.predicted(), []);
  m.questions[1]?.answer(undefined);
  await Promise.resolve();
  t.strictSame(m.predicted(), [], 'no answer in time is none');
});

t.test('the end of a stream gives up its question', async (t) => {
  const m = mediaWithModel();
  m.hear(10, 1);
  m.hear(12, 0);
  m.path.ended('stopped');
  t.equal(m.questions[0]?.signal.aborted, true);
});

t.test('keys are told', async (t) => {
  const m = media();
  m.path.dtmf('5');
  t.strictSame(m.events, [{ type: 'dtmf.received', digit: '5' }]);
});

t.test('a reply is played, and told as started and finished', async (t) => {
  const m = media();
  await m.path.play(1, chunk(300));
  m.path.endClause(1, 'Hello.');
  m.path.endPlayback(1);
  m.run(400);
  t.match(m.events, [
    { type: 'playback.started', generation: 1 },
    { type: 'playback.finished', generation: 1, heardText: 'Hello.' },
  ]);
  t.equal(m.far.heard.length, 15);
});

t.test('what the worker has encoded goes out with the next frame it delivers', async (t) => {
  const m = media();
  await m.path.play(1, chunk(100));
  m.slot.work();
  m.hear(1, 0);
  t.equal(m.far.messages.length, 5, 'not with the next tick');
});

t.test('a clear says what was heard', async (t) => {
  const m = media();
  await m.path.play(1, chunk(500));
  m.path.endClause(1, 'One.');
  await m.path.play(1, chunk(2000));
  m.path.endClause(1, 'Two.');
  m.run(1000);
  t.match(m.path.clear(), { generation: 1, heardText: 'One.' });
  t.equal(m.far.messages.at(-1), 'clear');
});

t.test('a socket that has drained goes on', async (t) => {
  const m = media();
  await m.path.play(1, chunk(100));
  m.far.answer = () => 'backpressure';
  m.run(100);
  m.far.answer = () => 'sent';
  m.path.drain();
  m.run(100);
  t.equal(m.far.messages.length, 5);
});

t.test('the caller hangs up: everything is freed, once', async (t) => {
  const m = media();
  m.path.ended('stopped');
  m.path.ended('lost');
  m.path.hangUp('failed');
  t.equal(m.far.closes, 0);
  t.strictSame(m.events, [{ type: 'call.stopped', reason: 'caller-hangup' }]);
  t.strictSame(m.endings, [{ reason: 'caller-hangup', next: undefined }]);
  t.strictSame(m.freed, ['caller-hangup']);
  t.equal(m.pool.openSlots, 0);
  t.equal(m.slot.closed, 1);
});

t.test('a socket that breaks is a lost line', async (t) => {
  const m = media();
  m.path.ended('lost');
  t.strictSame(m.events, [{ type: 'call.stopped', reason: 'line-lost' }]);
  t.strictSame(m.endings, [{ reason: 'line-lost', next: undefined }]);
});

t.test('hanging up closes the stream once, and the end has that reason', async (t) => {
  const m = media();
  const next: CallAction = { type: 'transfer', to: '205' };
  m.path.hangUp('transferred', next);
  m.path.hangUp('failed');
  t.equal(m.far.closes, 1);
  m.path.ended('closed');
  t.strictSame(m.endings, [{ reason: 'transferred', next }]);
  t.strictSame(m.events, [{ type: 'call.stopped', reason: 'transferred' }]);
  m.path.hangUp('failed');
  t.equal(m.far.closes, 1);
});

t.test('what was heard of a reply when the stream ends is told before the end', async (t) => {
  const m = media();
  await m.path.play(7, chunk(500));
  m.path.endClause(7, 'One.');
  await m.path.play(7, chunk(1500));
  m.path.endClause(7, 'Two.');
  m.run(1000);
  m.events.length = 0;
  m.path.ended('stopped');
  t.match(m.events, [
    { type: 'playback.cleared', generation: 7, heardText: 'One.' },
    { type: 'call.stopped', reason: 'caller-hangup' },
  ]);
});

t.test('nothing is sent, taken or waited for after the end', async (t) => {
  const m = media({ chunk: chunk(100), text: 'We are sorry.' });
  await m.path.play(1, chunk(1000));
  const waiting = m.path.play(1, chunk(9000));
  m.run(100);
  m.path.ended('stopped');
  await waiting;
  await m.path.play(2, chunk(9000));
  m.path.endClause(2, 'Late.');
  m.path.endPlayback(2);
  m.path.mark('g2.0:1600');
  m.path.dtmf('1');
  m.path.gap(1);
  t.equal(m.path.media('!', 0, 0), true, 'nor is anything wrong with it');
  t.equal(m.path.playApology(3, 'failed'), false);
  const sent = m.far.messages.length;
  m.run(200);
  m.hear(1, 0);
  m.path.drain();
  m.path.clear();
  t.equal(m.far.messages.length, sent);
  t.strictSame(m.slot.inbound, []);
  t.strictSame(m.types(), ['playback.started', 'call.stopped']);
});

t.test('a listener that left hears nothing more', async (t) => {
  const m = media();
  const heard: string[] = [];
  const leave = m.path.subscribe(({ type }) => void heard.push(type));
  m.path.dtmf('1');
  leave();
  m.path.dtmf('2');
  t.equal(heard.length, 1);
  t.equal(m.events.length, 2);
});

t.test('a listener may end the call from within what it is told', async (t) => {
  const m = media();
  m.path.subscribe(({ type }) => {
    if (type === 'playback.finished') m.path.hangUp('agent-hangup', { type: 'hangup' });
    if (type === 'speech.started') m.path.ended('closed');
  });
  m.path.endPlayback(1);
  m.run(20);
  m.hear(10, 1);
  t.strictSame(m.types(), ['playback.finished', 'speech.started', 'call.stopped']);
  t.strictSame(m.freed, ['agent-hangup']);
});

t.test('the apology is played as a reply of its own', async (t) => {
  const m = media({ chunk: chunk(3000, 9, 16_000), text: 'We are sorry.' });
  t.equal(m.path.playApology(99, 'failed'), true);
  m.run(3200);
  t.match(m.events, [
    { type: 'playback.started', generation: 99 },
    { type: 'playback.finished', generation: 99, heardText: 'We are sorry.' },
  ]);
  t.strictSame(new Set(m.far.heard), new Set([9]));
});

t.test('where there is no apology, none is played', async (t) => {
  t.equal(media().path.playApology(99, 'failed'), false);
});

t.test('an apology of a rate without a filter is over at once', async (t) => {
  const m = media({ chunk: chunk(1000, 9, 7919), text: 'We are sorry.' });
  t.equal(m.path.playApology(99, 'failed'), true);
  await new Promise(setImmediate);
  m.run(40);
  t.strictSame(m.events, [
    { type: 'playback.finished', generation: 99, heardText: '', heardMs: 0 },
  ]);
});

t.test('a hold and a resume are told, and the rest is played', async (t) => {
  const m = media();
  await m.path.play(1, chunk(400));
  m.path.endClause(1, 'Hello there.');
  m.path.endPlayback(1);
  m.run(100);
  m.path.hold();
  m.path.hold();
  m.path.resume('frame');
  m.run(700);
  m.path.resume('frame');
  t.strictSame(m.types(), [
    'playback.started',
    'playback.held',
    'playback.resumed',
    'playback.finished',
  ]);
  t.ok(m.far.messages.includes('clear'));
});

t.test(
  'the agent that comes back over the line is no caller, if it is to be guarded',
  async (t) => {
    for (const guarded of [true, false]) {
      const m = media(undefined, guarded, 0);
      // The fake slot encodes a sample as its low byte: 0x20 is loud mu-law (-8031).
      await m.path.play(1, chunk(2000, 0x20));
      for (let frame = 0; frame < 60; frame += 1) {
        m.run(FRAME_MS);
        m.hear(1, frame < 5 ? 0 : 1, frame < 5 ? 0 : 800);
      }
      t.equal(m.types().includes('speech.started'), !guarded);
      m.hear(4, 1, 8000);
      t.ok(m.types().includes('speech.started'), 'a caller who talks over it is heard');
    }
  },
);
