import t from 'tap';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { EchoGuard } from '../../src/transports/echo-guard.js';
import { allClips } from '../providers/speech-clips.js';
import { echoOf, hear, lineOf, overMulaw, type CleanFrame, type EchoPath } from './echo-calls.js';
import { heardVoices, powerOf, speaker } from './guarded-line.js';

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

t.test('on a line without echo even a soft caller counts after the longest delay', async (t) => {
  const guard = new EchoGuard();
  const far = syllables(200);
  const near = far.map((_, i) => (i < 80 ? 100 : LOUD * 10 ** -2.5));
  t.notOk(judge(guard, far, near).slice(80).includes(true));
});

t.test('what is little louder than any echo leaves doubt, what is far louder none', async (t) => {
  const guard = new EchoGuard();
  const far = Array<number>(100).fill(LOUD);
  judge(guard, far, returned(far, 8, 20));
  const after = [-17, -9, 0].map((db, i) => {
    const nowMs = (100 + i) * FRAME_MS;
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
  const after = Array.from({ length: 100 }, (_, i) =>
    guard.judge(LOUD * 10 ** -2.2, (101 + i) * FRAME_MS),
  );
  t.equal(after[2], 'echo');
  t.notOk(after.slice(80).includes('echo'));
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

const DELAYS_MS = [0, 100, 200, 300, 400, 500, 580, 600, 700, 800, 900, 1050, 1200];
const RETURN_LOSSES_DB = [30, 24, 18, 12, 6, 3];
/** From a handset to a speakerphone; every second one has a small loudspeaker that clips. */
const PATHS: readonly EchoPath[] = DELAYS_MS.flatMap((delayMs, i) =>
  RETURN_LOSSES_DB.map((returnLossDb, j) => ({
    delayMs,
    returnLossDb,
    isSmallSpeaker: (i + j) % 2 === 1,
  })),
);
/** A caller is heard over every third of them. */
const isTalkedOver = (path: number): boolean => path % 3 === 0;
const SAMPLES = 8000 * 4;
const CLIPS = new Map(allClips().map(({ name, pcm }) => [name, pcm]));
const voice = (name: string): Int16Array => CLIPS.get(name) ?? new Int16Array(0);
const AGENTS = [
  { agent: overMulaw(voice('queue-youarenext').subarray(0, 24_000)), caller: voice('invalid') },
  { agent: overMulaw(voice('demo-thanks').subarray(0, 24_000)), caller: voice('im-sorry') },
].map((pair, i) => ({ ...pair, at: 9600 + 4100 * i }));
/** When speech was told as started, in ms; `agent` plays from 0, with the pacer's lead. */
const onsets = (frames: readonly CleanFrame[], agent: Int16Array, guarded: boolean) =>
  heardVoices(frames, agent, guarded).onsetsMs;

t.test('the agent never interrupts itself by its echo, and a caller does (D2)', async (t) => {
  const none = new Int16Array(0);
  let unguarded = 0;
  let echoes = 0;
  let inTime = 0;
  let callers = 0;
  for (const [seed, { agent, caller, at }] of AGENTS.entries()) {
    const lines = PATHS.map((path) => echoOf(agent, path, SAMPLES));
    const talked = lines.filter((_, path) => isTalkedOver(path));
    const heard = await hear([
      lineOf(new Float64Array(SAMPLES), caller, at, seed),
      ...lines.map((echo) => lineOf(echo, none, 0, seed)),
      ...talked.map((echo) => lineOf(echo, caller, at, seed)),
    ]);
    const [clean = Infinity] = onsets(heard[0] ?? [], none, true);
    for (const echo of heard.slice(1, 1 + PATHS.length)) {
      unguarded += onsets(echo, agent, false).length > 0 ? 1 : 0;
      echoes += onsets(echo, agent, true).length > 0 ? 1 : 0;
    }
    for (const both of heard.slice(1 + PATHS.length)) {
      const [first = Infinity] = onsets(both, agent, true);
      inTime += Math.abs(first - clean) <= 60 ? 1 : 0;
      callers += 1;
    }
  }
  const calls = AGENTS.length * PATHS.length;
  t.comment(`${calls} calls: ${unguarded} false onsets without the guard, ${echoes} with it`);
  t.comment(`${inTime} of ${callers} callers heard within 60 ms of without echo`);
  t.ok(calls >= 150 && unguarded > calls / 2, 'the echo is one to be guarded against');
  t.equal(echoes, 0, 'taken for a caller');
  t.ok(inTime >= callers * 0.95, `${inTime} of ${callers} in time`);
});

/** Frames of a loud line that are not taken for echo; each that is loud counts as speech. */
function missed(near: Int16Array, agent: Int16Array, fromMs = 0): number {
  const guard = new EchoGuard();
  const speak = speaker(guard, agent, 0);
  let clear = 0;
  for (let frame = 0; (frame + 1) * FRAME_SAMPLES <= near.length; frame += 1) {
    speak(frame);
    const pcm = near.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
    const power = powerOf(pcm);
    const speech = power > 200 ** 2 ? 1 : 0;
    const opinion = guard.judge(power, (frame + 1) * FRAME_MS, speech, pcm);
    if (speech > 0 && opinion !== 'echo' && frame * FRAME_MS >= fromMs) clear += 1;
  }
  return clear;
}

const loud = (delayMs: number, returnLossDb = 4): Int16Array =>
  Int16Array.from(
    echoOf(AGENTS[0]?.agent ?? new Int16Array(0), { delayMs, returnLossDb }, SAMPLES),
    Math.round,
  );

t.test('a loud echo is known by its sound within some frames, at any delay (D2)', async (t) => {
  const agent = AGENTS[0]?.agent ?? new Int16Array(0);
  for (const delayMs of [0, 330, 600, 910, 1200]) {
    t.ok(missed(loud(delayMs), agent) <= 3, `${delayMs} ms: ${missed(loud(delayMs), agent)}`);
  }
});

t.test('an echo whose delay changes in mid-call is found again (D2)', async (t) => {
  const agent = AGENTS[0]?.agent ?? new Int16Array(0);
  const changing = loud(300);
  changing.set(loud(800).subarray(12_800), 12_800);
  t.ok(missed(changing, agent) <= 8, `${missed(changing, agent)} frames`);
});

t.test('another voice as loud as the agent is no echo, however long it lasts (D2)', async (t) => {
  const agent = AGENTS[0]?.agent ?? new Int16Array(0);
  const other = new Int16Array(24_000);
  // From when on every delay is known to bring nothing.
  other.set(AGENTS[1]?.agent.subarray(0, 12_000) ?? [], 12_000);
  let speech = 0;
  for (let at = 0; at < other.length; at += FRAME_SAMPLES) {
    if (powerOf(other.subarray(at, at + FRAME_SAMPLES)) > 200 ** 2) speech += 1;
  }
  const heard = missed(other, agent);
  t.ok(speech > 40 && heard >= speech * 0.8, `${heard} of ${speech}`);
});
