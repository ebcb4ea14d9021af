import t from 'tap';
import type { CallerAudioSink } from '../../src/actors/ports.js';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import type { SpeechEdge } from '../../src/dsp/vad/speech-edges.js';
import { CallerAudio } from '../../src/transports/caller-audio.js';
import { SeededRandom } from '../seeded-random.js';

/** What a session was told: `begin 1`, `finish 1`, and the numbers of the frames between. */
class SinkTrace implements CallerAudioSink {
  readonly trace: (number | string)[] = [];

  begin(utteranceId: number): void {
    this.trace.push(`begin ${utteranceId}`);
  }

  write(pcm: Int16Array): void {
    if (pcm.length !== FRAME_SAMPLES) throw new RangeError(`${pcm.length} samples`);
    this.trace.push(pcm[0] ?? -1);
  }

  finish(utteranceId: number): void {
    this.trace.push(`finish ${utteranceId}`);
  }

  get frames(): number[] {
    return this.trace.filter((item) => typeof item === 'number');
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** Of these frames a slot would know the audio. */
const KEPT_FRAMES = 250;

const numbered = (frame: number): Int16Array => new Int16Array(FRAME_SAMPLES).fill(frame);

/** Caller audio whose frames are numbered from 0, with edges where the test says. */
function caller(keptMs?: number) {
  const edges = {
    edge: 'none' as SpeechEdge,
    speaking: false,
    suspected: false,
    backMs: 0,
    push: () => edges.edge,
  };
  const told: string[] = [];
  let frames = 0;
  const audio = new CallerAudio({
    recent: {
      get recallable() {
        return Math.min(frames, KEPT_FRAMES);
      },
      recall: (ago) => numbered(frames - 1 - ago),
    },
    onsetMs: 60,
    hangoverMs: 200,
    ...(keptMs !== undefined && { keptMs }),
    edges,
    onStarted: (id, atMs) => void told.push(`started ${id} at ${atMs}`),
    onStopped: (id, atMs, endedMs) => void told.push(`stopped ${id} at ${atMs}, voice ${endedMs}`),
  });
  const sink = new SinkTrace();
  audio.connect(sink, 0);
  const frame = (edge: SpeechEdge = 'none', framesBack = 0): void => {
    edges.edge = edge;
    edges.backMs = framesBack * FRAME_MS;
    if (edge !== 'none') edges.speaking = edge === 'started';
    frames += 1;
    audio.frame(numbered(frames - 1), 0, (frames - 1) * FRAME_MS);
  };
  const run = (count: number): void => {
    for (let i = 0; i < count; i += 1) frame();
  };
  return { audio, sink, told, frame, run };
}

t.test('an utterance begins 300 ms before its onset', async (t) => {
  const c = caller();
  c.run(50);
  c.frame('started', 3);
  c.run(2);
  t.strictSame(c.sink.trace, ['begin 1', ...range(33, 53)]);
  t.strictSame(c.told, ['started 1 at 1000']);
});

t.test('an onset right after the call began has what there is before it', async (t) => {
  const c = caller();
  c.run(4);
  c.frame('started', 3);
  t.strictSame(c.sink.trace, ['begin 1', ...range(0, 5)]);
});

t.test('nothing flows while nobody speaks', async (t) => {
  const c = caller();
  c.run(1000);
  t.strictSame(c.sink.trace, []);
});

const framesOf = (pcm: Int16Array): number[] =>
  Array.from({ length: pcm.length / FRAME_SAMPLES }, (_, i) => pcm[i * FRAME_SAMPLES] ?? -1);

t.test(
  'the newest audio is that of the newest utterance, and no more than asked for',
  async (t) => {
    const c = caller();
    t.strictSame(framesOf(c.audio.newest(8000)), []);
    c.run(50);
    c.frame('started', 3);
    c.run(20);
    t.strictSame(framesOf(c.audio.newest(8000)), range(33, 71));
    t.strictSame(framesOf(c.audio.newest(100)), range(66, 71));
    c.audio.newest(100).fill(7);
    t.strictSame(framesOf(c.audio.newest(100)), range(66, 71), 'a copy');
    c.frame('stopped', 10);
    c.audio.endUtterance(1);
    c.run(5);
    t.strictSame(framesOf(c.audio.newest(200)), range(67, 72), 'nothing behind its end');
    c.run(1000);
    t.strictSame(framesOf(c.audio.newest(8000)), [], 'and nothing where it is no more');
  },
);

t.test('the end of the voice is told without the hangover', async (t) => {
  const c = caller();
  c.frame('started', 1);
  c.run(20);
  c.frame('stopped', 10);
  t.strictSame(c.told.at(-1), 'stopped 1 at 420, voice 220');
});

t.test('pauses belong to the utterance until it is ended', async (t) => {
  const c = caller();
  c.frame('started', 1);
  c.run(5);
  c.frame('stopped', 2);
  c.run(5);
  c.frame('started', 3);
  c.run(5);
  c.frame('stopped', 2);
  c.run(5);
  c.audio.endUtterance(1);
  c.run(5);
  t.strictSame(c.sink.trace, ['begin 1', ...range(0, 24), 'finish 1']);
  t.strictSame(
    c.told.map((line) => line.slice(0, 9)),
    ['started 1', 'stopped 1', 'started 1', 'stopped 1'],
  );
});

t.test('the next utterance never repeats what the one before had', async (t) => {
  const c = caller();
  c.run(30);
  c.frame('started', 3);
  c.frame('stopped', 1);
  c.run(5);
  c.audio.endUtterance(1);
  c.run(6);
  c.frame('started', 3);
  c.run(1);
  t.strictSame(c.sink.trace, [
    'begin 1',
    ...range(13, 37),
    'finish 1',
    'begin 2',
    ...range(37, 45),
  ]);
});

t.test('an utterance that is ended while the voice goes on is followed at once', async (t) => {
  const c = caller();
  c.frame('started', 1);
  c.run(9);
  c.audio.endUtterance(1);
  t.strictSame(c.told.slice(1), ['started 2 at 180']);
  c.run(3);
  c.frame('stopped', 2);
  c.audio.endUtterance(2);
  c.run(3);
  t.strictSame(c.sink.trace, [
    'begin 1',
    ...range(0, 10),
    'finish 1',
    'begin 2',
    ...range(10, 14),
    'finish 2',
  ]);
});

t.test('ends of unknown or ended utterances are ignored', async (t) => {
  const c = caller();
  c.audio.endUtterance(0);
  c.audio.endUtterance(1);
  c.frame('started', 1);
  c.audio.endUtterance(2);
  c.frame('stopped', 1);
  c.audio.endUtterance(1);
  c.audio.endUtterance(1);
  c.run(20);
  t.strictSame(c.sink.trace, ['begin 1', 0, 1, 'finish 1']);
});

t.test('a new session is told an open utterance from its beginning', async (t) => {
  const c = caller();
  c.run(30);
  c.frame('started', 1);
  c.run(10);
  c.audio.connect(undefined, 0);
  c.run(10);
  const next = new SinkTrace();
  c.audio.connect(next, 0);
  c.run(2);
  c.audio.endUtterance(1);
  t.strictSame(next.trace, ['begin 1', ...range(15, 53), 'finish 1', 'begin 2']);
  t.strictSame(c.sink.trace.at(-1), 40, 'the old one heard nothing more');
});

t.test('a new session is told an ended utterance as ended', async (t) => {
  const c = caller();
  c.frame('started', 1);
  c.run(10);
  c.frame('stopped', 5);
  c.audio.connect(undefined, 0);
  c.audio.endUtterance(1);
  c.run(50);
  const next = new SinkTrace();
  c.audio.connect(next, 0);
  t.strictSame(next.trace, ['begin 1', ...range(0, 12), 'finish 1']);
});

t.test('a new session is told nothing of an utterance that has its final', async (t) => {
  const c = caller();
  c.frame('started', 1);
  c.frame('stopped', 1);
  c.audio.endUtterance(1);
  const next = new SinkTrace();
  c.audio.connect(next, 1);
  c.run(5);
  t.strictSame(next.trace, []);
});

t.test('a new session is told every utterance that has no final, in order', async (t) => {
  const c = caller();
  for (let i = 0; i < 3; i += 1) {
    c.run(20);
    c.frame('started', 1);
    c.run(5);
    c.frame('stopped', 1);
    c.audio.endUtterance(i + 1);
  }
  c.run(20);
  c.frame('started', 1);
  const next = new SinkTrace();
  c.audio.connect(next, 1);
  t.strictSame(next.trace, [
    'begin 2',
    ...range(32, 54),
    'finish 2',
    'begin 3',
    ...range(59, 81),
    'finish 3',
    'begin 4',
    ...range(86, 102),
  ]);
});

t.test('utterances that nobody answers do not pile up', async (t) => {
  const c = caller();
  c.frame('started', 1);
  for (let id = 1; id <= 100; id += 1) {
    c.run(1);
    c.audio.endUtterance(id);
  }
  const next = new SinkTrace();
  c.audio.connect(next, 0);
  t.equal(next.trace[0], 'begin 94');
  t.equal(next.trace.at(-1), 'begin 101');
});

t.test('of a long utterance a new session is told the last five seconds', async (t) => {
  const c = caller();
  c.run(7);
  c.frame('started', 1);
  c.run(1000);
  const next = new SinkTrace();
  c.audio.connect(next, 0);
  c.run(2);
  t.strictSame(next.trace, ['begin 1', ...range(1008 - KEPT_FRAMES, 1010)]);
});

t.test('an ended utterance that fell out of the ring is told as empty', async (t) => {
  const c = caller();
  c.frame('started', 1);
  c.run(10);
  c.frame('stopped', 1);
  c.audio.endUtterance(1);
  c.run(KEPT_FRAMES - 6);
  const late = new SinkTrace();
  c.audio.connect(late, 0);
  t.strictSame(late.trace, ['begin 1', ...range(6, 12), 'finish 1'], 'its rest');
  c.run(100);
  const later = new SinkTrace();
  c.audio.connect(later, 0);
  t.strictSame(later.trace, ['begin 1', 'finish 1']);
});

t.test('a session that takes itself away in mid-replay is told nothing more', async (t) => {
  const c = caller();
  c.frame('started', 1);
  c.run(20);
  const broken = new SinkTrace();
  broken.write = () => c.audio.connect(undefined, 0);
  c.audio.connect(broken, 0);
  c.run(5);
  c.audio.endUtterance(1);
  t.strictSame(broken.trace, ['begin 1']);
});

/** Random speech and ends; @returns the trace, and what it had to be by a simple model */
function randomCall(seed: number) {
  const random = new SeededRandom(seed);
  const c = caller();
  const expected: (number | string)[] = [];
  let speaking = false;
  let open = false;
  let quiet = 0;
  let id = 0;
  let endedAt = 0;
  let now = 0;
  const begin = (from: number): void => {
    id += 1;
    open = true;
    expected.push(`begin ${id}`, ...range(from, now));
  };
  const frame = (edge: SpeechEdge = 'none', framesBack = 0): void => {
    c.frame(edge, framesBack);
    now += 1;
    if (edge === 'started' && !open) begin(Math.max(0, now - framesBack - 15, endedAt));
    else if (open) expected.push(now - 1);
  };
  const end = (ended: number): void => {
    c.audio.endUtterance(ended);
    if (!open || ended !== id) return;
    expected.push(`finish ${id}`);
    open = false;
    endedAt = now;
    if (speaking) begin(now);
  };
  for (let step = 0; step < 1500; step += 1) {
    if (!speaking && random.chance(8)) {
      // An onset is confirmed after some frames, but not before the silence it follows.
      frame('started', Math.min(1 + random.below(5), 1 + quiet));
      speaking = true;
    } else if (speaking && random.chance(5)) {
      frame('stopped', 1 + random.below(10));
      speaking = false;
      quiet = 0;
    } else {
      frame();
      quiet += 1;
    }
    if (random.chance(3)) end(id - random.below(2));
  }
  return { trace: c.sink.trace, expected };
}

t.test('in any order of events each frame is told once and none is lost', async (t) => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const { trace, expected } = randomCall(seed);
    const wrong = expected.findIndex((item, i) => item !== trace[i]);
    if (wrong >= 0 || trace.length !== expected.length) {
      return t.fail(`${trace[wrong]} instead of ${expected[wrong]} with seed ${seed}`);
    }
  }
  return t.pass('200 calls');
});
