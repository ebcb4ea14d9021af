import t from 'tap';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { CallerAudio } from '../../src/transports/caller-audio.js';
import { EchoGuard } from '../../src/transports/echo-guard.js';
import { LEAD_MS } from '../../src/transports/pacer.js';
import { allClips } from '../providers/speech-clips.js';
import { echoOf, hear, lineOf, overMulaw, type CleanFrame, type EchoPath } from './echo-calls.js';

const LOUD = 3000 ** 2;

/** A guard whose agent speaks `far`, and whose line returns `near` of it; @returns what is echo */
function judge(guard: EchoGuard, far: readonly number[], near: readonly number[], startMs = 0) {
  return near.map((power, frame) => {
    const nowMs = startMs + frame * FRAME_MS;
    guard.sent(far[frame] ?? 0, nowMs);
    return guard.judge(power, nowMs + FRAME_MS) === 'echo';
  });
}

/** Syllables: loud and soft frames that do not repeat soon. */
const syllables = (frames: number): number[] =>
  Array.from(
    { length: frames },
    (_, i) => LOUD * (0.02 + Math.sin(i * 0.7) ** 2 * Math.cos(i * 0.13) ** 2),
  );

/** `power`, `frames` later and `lossDb` softer. */
const returned = (power: readonly number[], frames: number, lossDb: number): number[] =>
  power.map((_, i) => (power[i - frames] ?? 0) * 10 ** (-lossDb / 10));

t.test('a caller is never taken for echo while the agent is silent', async (t) => {
  const guard = new EchoGuard();
  const quiet = Array<number>(100).fill(0);
  t.notOk(judge(guard, quiet, syllables(100)).includes(true));
});

t.test('what comes back softer and later is echo, and its loss is learned', async (t) => {
  for (const lossDb of [15, 25]) {
    const guard = new EchoGuard();
    const far = syllables(200);
    const judged = judge(guard, far, returned(far, 8, lossDb)).slice(9);
    t.notOk(judged.includes(false), `${lossDb} dB`);
    t.ok(Math.abs(guard.gainDb + lossDb) < 3, `${guard.gainDb} dB for ${lossDb} dB`);
  }
});

t.test('on a line without echo even a soft caller counts after the first second', async (t) => {
  const guard = new EchoGuard();
  const far = syllables(200);
  const near = far.map((_, i) => (i < 60 ? 100 : LOUD * 10 ** -2.5));
  t.notOk(judge(guard, far, near).slice(60).includes(true));
});

t.test('what is little louder than any echo leaves doubt, what is far louder none', async (t) => {
  const guard = new EchoGuard();
  const far = Array<number>(60).fill(LOUD);
  judge(guard, far, returned(far, 8, 20));
  const after = [-17, -9, 0].map((db, i) => {
    const nowMs = (60 + i) * FRAME_MS;
    guard.sent(LOUD, nowMs);
    return guard.judge(LOUD * 10 ** (db / 10), nowMs + FRAME_MS);
  });
  t.same(after, ['echo', 'doubtful', 'clear']);
});

t.test('echo of what was played before a cut still is echo, and then nothing is', async (t) => {
  const guard = new EchoGuard();
  const far = syllables(100);
  judge(guard, far, returned(far, 8, 15));
  for (let ahead = 100; ahead < 112; ahead += 1) guard.sent(LOUD, ahead * FRAME_MS);
  guard.cut(99 * FRAME_MS);
  const after = Array.from({ length: 60 }, (_, i) =>
    guard.judge(LOUD * 10 ** -2.2, (101 + i) * FRAME_MS),
  );
  t.equal(after[2], 'echo');
  t.notOk(after.slice(40).includes('echo'));
});

t.test('frames that arrive in bursts are judged by when they were spoken', async (t) => {
  const guard = new EchoGuard();
  const far = syllables(300);
  const near = returned(far, 8, 20);
  let wrong = 0;
  for (const [frame, power] of near.entries()) {
    const nowMs = frame * FRAME_MS;
    guard.sent(far[frame] ?? 0, nowMs);
    // Five frames at a time, when the last of them is there.
    const opinion = guard.judge(power, (Math.floor(frame / 5) * 5 + 5) * FRAME_MS);
    if (opinion !== 'echo' && frame > 20) wrong += 1;
  }
  t.ok(wrong <= 3, `${wrong} of 280 frames`);
});

// ---- recorded speech, through the node's own detector

const PATHS: readonly EchoPath[] = [60, 150, 300].flatMap((delayMs) =>
  [12, 20, 30].map((returnLossDb) => ({ delayMs, returnLossDb })),
);
const SAMPLES = 8000 * 2.5;
const CLIPS = new Map(allClips().map(({ name, pcm }) => [name, pcm]));
const voice = (name: string): Int16Array => CLIPS.get(name) ?? new Int16Array(0);
const AGENTS = [
  { agent: overMulaw(voice('queue-youarenext').subarray(0, SAMPLES)), caller: voice('invalid') },
  { agent: overMulaw(voice('demo-thanks').subarray(0, SAMPLES)), caller: voice('im-sorry') },
].map((pair, i) => ({ ...pair, at: 9600 + 4100 * i }));

/** When speech was told as started, in ms; `agent` plays from 0, with the pacer's lead. */
function onsets(frames: readonly CleanFrame[], agent: Int16Array, guarded: boolean): number[] {
  const startMs = 1000;
  const echo = guarded ? new EchoGuard() : undefined;
  const started: number[] = [];
  const audio = new CallerAudio({
    // No session listens.
    recent: { recallable: 0, recall: () => new Int16Array(0) },
    onsetMs: 60,
    hangoverMs: 200,
    echo,
    onStarted: (_, atMs) => void started.push(atMs - startMs),
    onStopped: () => undefined,
  });
  let sent = 0;
  for (const [frame, { pcm, speech }] of frames.entries()) {
    for (; sent < frame + LEAD_MS / FRAME_MS && sent * FRAME_SAMPLES < agent.length; sent += 1) {
      const samples = agent.subarray(sent * FRAME_SAMPLES, (sent + 1) * FRAME_SAMPLES);
      const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
      echo?.sent(power, startMs + sent * FRAME_MS);
    }
    audio.frame(pcm, speech, startMs + (frame + 1) * FRAME_MS);
  }
  return started;
}

t.test('recorded speech over an echo path', async (t) => {
  const none = new Int16Array(0);
  const lines = AGENTS.flatMap(({ agent, caller, at }, seed) => [
    lineOf(new Float64Array(SAMPLES), caller, at, seed),
    ...PATHS.flatMap((path) => {
      const echo = echoOf(agent, path, SAMPLES);
      return [lineOf(echo, none, 0, seed), lineOf(echo, caller, at, seed)];
    }),
  ]);
  const heard = await hear(lines);
  let unguarded = 0;
  let echoes = 0;
  let inTime = 0;
  const cases = AGENTS.length * PATHS.length;
  for (const [i, { agent }] of AGENTS.entries()) {
    const [alone = [], ...rest] = heard.slice(i * (1 + 2 * PATHS.length));
    const [clean = Infinity] = onsets(alone, none, true);
    for (let path = 0; path < PATHS.length; path += 1) {
      const echo = rest[2 * path] ?? [];
      const both = rest[2 * path + 1] ?? [];
      unguarded += onsets(echo, agent, false).length > 0 ? 1 : 0;
      echoes += onsets(echo, agent, true).length > 0 ? 1 : 0;
      const [first = Infinity] = onsets(both, agent, true);
      inTime += Math.abs(first - clean) <= 60 ? 1 : 0;
    }
  }
  t.comment(`${cases} calls: ${unguarded} false onsets without the guard, ${echoes} with it`);
  t.comment(`${inTime} callers heard within 60 ms of without echo`);
  t.ok(unguarded > cases / 2, 'the echo is one to be guarded against');
  t.ok(echoes <= cases * 0.05, `${echoes} of ${cases} are taken for a caller`);
  t.ok(inTime >= cases * 0.9, `${inTime} of ${cases} in time`);
});
