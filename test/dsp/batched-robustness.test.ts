// Whatever a caller sends, the batched engine goes on: sane numbers for the caller, nothing at all for the neighbours.

import t, { type Test } from 'tap';
import { linearToMulaw } from '../../src/dsp/g711.js';
import { HeaderField } from '../../src/dsp/shard-memory.js';
import { batchedShard } from './batched-shard.js';
import { seededRandom } from './harness/random.js';
import {
  FRAME_BYTES,
  LOUDEST,
  LOUDEST_NEGATIVE,
  NEGATIVE_ZERO,
  square,
  uglyLine,
  ZERO,
} from './harness/ugly-lines.js';
import type { HeardFrame } from './shard-harness.js';
import { lineNoise, speechClip } from './signals.js';

const OCTET = 8;
/** Where the ugly caller sits: amid the others. */
const UGLY = 3;
const NEIGHBOURS = [0, 1, 2, 4, 5, 6, 7];
const BURST_FRAMES = 100;
/** The windows of the engines have run empty, and what the network makes of them has died away. */
const SETTLED_FRAMES = 10;
/** The smallest steps of mu-law are 8. */
const SILENT = 2;
/** Printed in the tests' names; one of them is another every time. */
const SEEDS = [1, 2, 3, 4, Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)];

const toLine = (pcm: Int16Array): Uint8Array => Uint8Array.from(pcm, linearToMulaw);
const speech = toLine(speechClip('dir-instr'));
const SPOKEN = Math.floor(speech.length / FRAME_BYTES);

/** `frames` frames of a line that begins again when it ends. */
function looped(line: Uint8Array, frames: number, firstFrame = 0): Uint8Array {
  const whole = Math.floor(line.length / FRAME_BYTES) * FRAME_BYTES;
  const from = firstFrame * FRAME_BYTES;
  return Uint8Array.from(
    { length: frames * FRAME_BYTES },
    (_, i) => line[(from + i) % whole] as number,
  );
}

/** Speech, noise and silence on seven lines. */
const neighbours = (frames: number): Uint8Array[] => [
  looped(speech, frames),
  looped(toLine(lineNoise(16_000, 300, 5)), frames),
  looped(speech, frames, 60),
  new Uint8Array(frames * FRAME_BYTES).fill(ZERO),
  looped(toLine(speechClip('hours')), frames),
  looped(toLine(lineNoise(16_000, 2000, 6)), frames),
  looped(toLine(speechClip('demo-thanks')), frames),
];

interface Line {
  readonly bytes: Uint8Array;
  /** Frames that arrive before tick `n`; one each tick where this is left out. */
  readonly arrivals?: (tick: number) => number;
}

interface Heard {
  readonly frames: HeardFrame[][];
  /** Numbers that came out of the engines and make no sense. */
  readonly insane: number;
}

/** Hold calls on one octet for `ticks` ticks of 20 ms; the whole of every line arrives. */
async function holdCalls(
  t: Test,
  lines: readonly (Line | undefined)[],
  ticks: number,
): Promise<Heard> {
  let insane = 0;
  const shard = batchedShard(OCTET, ({ lanes, cells, count }, memory) => {
    for (let row = 0; row < count; row++) {
      const speech = memory.slots[lanes[row] as number]?.speech[cells[row] as number] as number;
      if (!(speech >= 0 && speech <= 1)) insane++;
    }
  });
  const frames: HeardFrame[][] = lines.map(() => []);
  const calls = lines.map((line, slot) => ({
    line,
    slot: line === undefined ? undefined : shard.open(slot, frames[slot]),
    sent: 0,
  }));
  for (let tick = 0; tick < ticks; tick++) {
    for (const call of calls) {
      if (call.line === undefined) continue;
      const end = call.sent + (call.line.arrivals?.(tick) ?? 1) * FRAME_BYTES;
      call.slot?.writeInbound(call.line.bytes.subarray(call.sent, end), tick);
      call.sent = end;
    }
    await shard.runAll();
    for (const { slot } of calls) slot?.deliverAll();
  }
  for (const [slot, { line }] of calls.entries()) {
    t.equal(frames[slot]?.length, (line?.bytes.length ?? 0) / FRAME_BYTES, 'every frame is heard');
  }
  t.equal(Atomics.load(shard.memory.header, HeaderField.SHED), 0, 'with noise suppression');
  t.equal(Atomics.load(shard.memory.header, HeaderField.FAULTS), 0);
  return { frames, insane };
}

/** Where two calls part: the number of the frame, -1 where they are the same to the last bit. */
function partsAt(a: readonly HeardFrame[] = [], b: readonly HeardFrame[] = []): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex(({ pcm, speech }, n) => {
    const other = b[n] as HeardFrame;
    return speech !== other.speech || pcm.some((sample, i) => sample !== other.pcm[i]);
  });
}

const peak = (pcm: Int16Array): number =>
  pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

const voicedShare = (heard: readonly HeardFrame[]): number =>
  heard.filter(({ speech }) => speech > 0.5).length / heard.length;

/** How many arrive when: mostly one, sometimes none for a while, heaps, and bursts of 2 s. */
function unevenly(ticks: number, random: () => number): number[] {
  const arrivals = Array.from({ length: ticks }, () => 0);
  let left = ticks;
  for (let tick = 0; tick < ticks && left > 0; tick++) {
    const kind = random();
    if (kind < 0.03) tick += Math.floor(random() * 50);
    const heap = kind < 0.97 ? Math.ceil(random() * 8) : BURST_FRAMES;
    const count = Math.min(left, kind < 0.85 ? 1 : heap);
    if (tick < ticks) arrivals[tick] = count;
    left -= count;
  }
  return arrivals;
}

/** Loudest sample of frames whose line has been silent for `SETTLED_FRAMES`. */
function loudestInSilence(line: Uint8Array, heard: readonly HeardFrame[]): number {
  let silentFrames = 0;
  let loudest = 0;
  for (const [n, { pcm }] of heard.entries()) {
    const codes = line.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES);
    silentFrames = codes.every((code) => (code | 0x80) === ZERO) ? silentFrames + 1 : 0;
    if (silentFrames > SETTLED_FRAMES) loudest = Math.max(loudest, peak(pcm));
  }
  return loudest;
}

for (const seed of SEEDS) {
  t.test(`any bytes in any rhythm spoil no number and no neighbour (seed ${seed})`, async (t) => {
    const random = seededRandom(seed);
    const ticks = 300;
    const arrivals = unevenly(ticks, random);
    const frames = arrivals.reduce((sum, count) => sum + count, 0);
    const ugly = { bytes: uglyLine(frames, random), arrivals: (n: number) => arrivals[n] ?? 0 };
    const others: (Line | undefined)[] = neighbours(ticks).map((bytes) => ({ bytes }));
    const beside = await holdCalls(t, others.toSpliced(UGLY, 0, ugly), ticks);
    const without = await holdCalls(t, others.toSpliced(UGLY, 0, undefined), ticks);
    t.equal(beside.insane, 0, 'finite samples and probabilities of 0 to 1');
    const loudest = loudestInSilence(ugly.bytes, beside.frames[UGLY] ?? []);
    t.ok(loudest <= SILENT, `silence is silent: ${loudest}`);
    for (const slot of NEIGHBOURS) {
      t.equal(partsAt(beside.frames[slot], without.frames[slot]), -1, `neighbour ${slot}`);
    }
  });
}

t.test('2 s at once after 2 s of nothing come out as if they had come in time', async (t) => {
  const ticks = 300;
  const bytes = looped(speech, ticks);
  const others: (Line | undefined)[] = neighbours(ticks).map((line) => ({ bytes: line }));
  const stalled = (tick: number): number => {
    if (tick < 100 || tick > 200) return 1;
    return tick === 200 ? BURST_FRAMES + 1 : 0;
  };
  const late = await holdCalls(t, others.toSpliced(UGLY, 0, { bytes, arrivals: stalled }), ticks);
  const inTime = await holdCalls(t, others.toSpliced(UGLY, 0, { bytes }), ticks);
  for (let slot = 0; slot < OCTET; slot++) {
    t.equal(partsAt(late.frames[slot], inTime.frames[slot]), -1, `call ${slot}`);
  }
});

t.test('a frame beside a burst of 2 s waits for one round of the octet', async (t) => {
  const rounds: number[][] = [];
  const shard = batchedShard(OCTET, ({ lanes, count }) => {
    rounds.push([...lanes.subarray(0, count)]);
    // A neighbour speaks while the burst is worked on.
    if (rounds.length % 10 === 5) slots[5]?.writeInbound(speech.subarray(0, FRAME_BYTES), 0);
  });
  const slots = Array.from({ length: OCTET }, (_, slot) => shard.open(slot));
  slots[UGLY]?.writeInbound(speech.subarray(0, BURST_FRAMES * FRAME_BYTES), 0);
  slots[0]?.writeInbound(speech.subarray(0, FRAME_BYTES), 0);
  await shard.runAll();
  t.equal(rounds.length, BURST_FRAMES);
  t.ok(rounds.every((lanes) => lanes.includes(UGLY)));
  t.same(rounds[0], [0, UGLY], 'what waited beside it is in the first round');
  const taken = [...rounds.keys()].filter((round) => rounds[round]?.includes(5) === true);
  t.same(
    taken,
    Array.from({ length: BURST_FRAMES / 10 }, (_, n) => 10 * n + 5),
    'what comes meanwhile is in the next one',
  );
});

t.test('a hole that is filled in the midst of speech is silent', async (t) => {
  const [before, hole] = [90, 100];
  const bytes = looped(speech, before + hole + SPOKEN);
  bytes.fill(ZERO, before * FRAME_BYTES, (before + hole) * FRAME_BYTES);
  bytes.set(speech.subarray(0, SPOKEN * FRAME_BYTES), (before + hole) * FRAME_BYTES);
  const { frames, insane } = await holdCalls(t, [{ bytes }], before + hole + SPOKEN);
  const heard = frames[0] ?? [];
  t.equal(insane, 0);
  t.ok(loudestInSilence(bytes, heard) <= SILENT);
  const inHole = heard.slice(before + SETTLED_FRAMES, before + hole);
  t.ok(inHole.every(({ speech }) => speech < 0.5));
  t.ok(voicedShare(heard.slice(before + hole)) > 0.5, 'and speech is heard after it');
});

/** With the loudest sample that may come out once they have lasted for 2 s. */
const DULL: readonly (readonly [string, (n: number) => number, number])[] = [
  ['squares of 4000 Hz', square(1), 32_768],
  ['squares of 100 Hz', square(40), 32_768],
  ['squares of 10 Hz', square(400), 32_768],
  ['direct current', () => LOUDEST, 0],
  ['negative direct current', () => LOUDEST_NEGATIVE, 0],
  ['both zeros in turn', (n) => (n % 2 === 0 ? ZERO : NEGATIVE_ZERO), 0],
  ['the smallest steps', (n) => (n % 2 === 0 ? 0xfe : 0x7e), 8],
  ['silence', () => ZERO, 0],
];

t.test('dull signals stay at their level, and speech is heard after', async (t) => {
  const dull = 2000;
  const lines = DULL.map(([, codeAt]) => {
    const bytes = new Uint8Array((dull + SPOKEN) * FRAME_BYTES);
    for (let n = 0; n < dull * FRAME_BYTES; n++) bytes[n] = codeAt(n);
    bytes.set(speech.subarray(0, SPOKEN * FRAME_BYTES), dull * FRAME_BYTES);
    return { bytes };
  });
  const { frames, insane } = await holdCalls(t, lines, dull + SPOKEN);
  t.equal(insane, 0);
  for (const [slot, [name, , limit]] of DULL.entries()) {
    const heard = frames[slot] ?? [];
    const loudest = Math.max(...heard.slice(100, dull).map(({ pcm }) => peak(pcm)));
    t.ok(loudest <= limit, `${name}: ${loudest}`);
    t.ok(voicedShare(heard.slice(dull)) > 0.6, `speech after ${name}`);
  }
});

/** Each for 2 s, on a line of its own. */
const RACKETS: readonly ((n: number) => number)[] = [
  square(1),
  square(7),
  square(400),
  () => LOUDEST,
  (n) => speech[n % speech.length] as number,
  (n) => Math.imul(n + 1, 0x9e3779b1) >>> 24,
  (n) => (n % 97 === 0 ? LOUDEST : ZERO),
  () => 0x01,
];

t.test('two minutes of digital silence after a racket are silent throughout', async (t) => {
  const racket = 100;
  const silent = 6000;
  const lines = RACKETS.map((codeAt) => {
    const bytes = new Uint8Array((racket + silent) * FRAME_BYTES).fill(ZERO);
    for (let n = 0; n < racket * FRAME_BYTES; n++) bytes[n] = codeAt(n);
    return { bytes };
  });
  const { frames, insane } = await holdCalls(t, lines, racket + silent);
  t.equal(insane, 0);
  for (const [slot, heard] of frames.entries()) {
    const bytes = lines[slot]?.bytes ?? new Uint8Array();
    t.equal(loudestInSilence(bytes, heard.slice(0, racket + silent)), 0, `after racket ${slot}`);
    t.ok(heard.slice(racket + SETTLED_FRAMES).every(({ speech }) => speech < 0.5));
  }
});
