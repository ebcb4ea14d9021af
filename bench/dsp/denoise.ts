// Cost of noise suppression: the batched kernel and the stock RNNoise build side by side, in one run.
//
//   node dist/bench/dsp/denoise.js [repeats]
//
// Both hear speech in noise, and take turns within each repeat, so that whatever else the machine does meets
// both. The stock build runs at 48 kHz; the resampling that a telephone call needs around it is not counted.
// Figures: us per 10 ms frame and call, median (fastest) of the repeats.

import { cpus } from 'node:os';
import { DenoiseCalls } from '../../test/dsp/harness/denoise-calls.js';
import { seededNormal, seededRandom } from '../../test/dsp/harness/random.js';
import { encodeMulaw } from '../../test/dsp/harness/g711.js';
import { loadVoice, VOICES } from '../../test/dsp/harness/voices.js';
import { sixTimesFaster } from '../../test/dsp/reference/six-fold.js';
import {
  loadStockRnnoise,
  StockRnnoise,
  type StockExports,
} from '../../test/dsp/reference/stock-rnnoise.js';

const BATCHES = [1, 8, 64, 256] as const;
/** Share of calls that have a packet in a tick, where not all have. */
const READY_SHARES = [0.9, 0.5] as const;
const READY_CALLS = 64;
const FRAMES_PER_PACKET = 2;
const PACKET = 160;
const FRAME_48K = 480;
const NOISE_LEVEL = 300;
/** Packets of one repeat at least: far more than a clock's step, over many phonemes. */
const PACKETS_A_REPEAT = 256;
const WARM_UP_REPEATS = 3;

interface Subject {
  readonly name: string;
  readonly calls: number;
  /** Denoise some frames. @returns how many, of all calls together */
  run(): number;
  readonly times: number[];
}

/** Noisy speech of 3 s for each voice: floats in int16 units. */
function noisySpeech(): Float32Array[] {
  return VOICES.map((voice, i) => {
    const normal = seededNormal(i);
    return loadVoice(voice).map((sample) => sample + NOISE_LEVEL * normal());
  });
}

/** The part of a recording that a call hears in a tick; calls start at different places. */
function cut<T extends Float32Array | Uint8Array>(
  recordings: readonly T[],
  call: number,
  tick: number,
  count: number,
): T {
  const recording = recordings[call % recordings.length] as T;
  const pieces = Math.floor(recording.length / count);
  const at = ((tick + call * 7) % pieces) * count;
  return recording.subarray(at, at + count) as T;
}

/** mu-law in, int16 out, packets of 20 ms: queueing, scheduling and the kernel. */
function kernelSubject(calls: number, speech: readonly Uint8Array[], readyShare = 1): Subject {
  const lines = new DenoiseCalls({
    lanes: calls,
    framesPerPacket: FRAMES_PER_PACKET,
    inputFormat: 'mulaw',
    outputFormat: 'int16',
  });
  for (let lane = 0; lane < calls; lane++) lines.engine.open(lane);
  const random = seededRandom(calls);
  let tick = 0;
  return {
    name: readyShare === 1 ? 'kernel' : `kernel, ${100 * readyShare} % ready`,
    calls,
    times: [],
    run() {
      tick++;
      for (let lane = 0; lane < calls; lane++) {
        if (readyShare === 1 || random() < readyShare) {
          lines.submit(lane, cut(speech, lane, tick, PACKET));
        }
      }
      return FRAMES_PER_PACKET * lines.engine.run();
    },
  };
}

function stockSubject(
  stock: StockExports,
  calls: number,
  speech: readonly Float32Array[],
): Subject {
  const engines = Array.from({ length: calls }, () => new StockRnnoise(stock));
  let tick = 0;
  return {
    name: 'stock, 48 kHz',
    calls,
    times: [],
    run() {
      tick++;
      for (const [call, engine] of engines.entries()) {
        for (let frame = 0; frame < FRAMES_PER_PACKET; frame++) {
          engine.process(cut(speech, call, FRAMES_PER_PACKET * tick + frame, FRAME_48K));
        }
      }
      return FRAMES_PER_PACKET * calls;
    },
  };
}

function measure(subjects: readonly Subject[], repeats: number): void {
  for (let repeat = -WARM_UP_REPEATS; repeat < repeats; repeat++) {
    for (const subject of subjects) {
      const rounds = Math.max(1, Math.round(PACKETS_A_REPEAT / subject.calls));
      let frames = 0;
      const started = performance.now();
      for (let round = 0; round < rounds; round++) frames += subject.run();
      const tookUs = 1000 * (performance.now() - started);
      if (repeat >= 0) subject.times.push(tookUs / frames);
    }
  }
}

function report({ name, calls, times }: Subject): string {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? Number.NaN;
  const figures = `${median.toFixed(2)} (${(sorted[0] ?? Number.NaN).toFixed(2)})`;
  return `${name.padEnd(22)}${String(calls).padStart(6)} calls${figures.padStart(18)}`;
}

function main(): void {
  const repeats = Number(process.argv[2] ?? 31);
  const speech = noisySpeech();
  const coded = speech.map((samples) =>
    Uint8Array.from(samples, (s) => encodeMulaw(Math.round(s))),
  );
  const fast = speech.map((samples) => sixTimesFaster(samples));
  const stock = loadStockRnnoise('simd');
  const subjects = [
    ...BATCHES.flatMap((calls) => [stockSubject(stock, calls, fast), kernelSubject(calls, coded)]),
    ...READY_SHARES.map((share) => kernelSubject(READY_CALLS, coded, share)),
  ];
  measure(subjects, repeats);
  console.log(`${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, ${repeats} repeats`);
  console.log('us per 10 ms frame and call, median (fastest)');
  for (const subject of subjects) console.log(report(subject));
}

main();
