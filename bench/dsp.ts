// What noise suppression and speech detection cost: kernels one by one, and a pool fed in real time. Media plane.
//
//   node dist/bench/dsp.js [calls] [seconds]
//
// CPU time is the kernel's count for the threads, so that other load on the machine disturbs little.

import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { RnnoiseDenoiser } from '../src/dsp/denoise/rnnoise.js';
import { compileRnnoise } from '../src/dsp/denoise/rnnoise-module.js';
import { FRAME_MS, FRAME_SAMPLES } from '../src/dsp/frame.js';
import { createFrameBatch, type FrameBatch } from '../src/dsp/frame-batch.js';
import { linearToMulaw } from '../src/dsp/g711.js';
import { createDspPool } from '../src/dsp/pool.js';
import { Resampler } from '../src/dsp/resample.js';
import { SileroDetector } from '../src/dsp/vad/silero.js';
import { findSileroModel } from '../src/dsp/vad/silero-model.js';

const CLIPS = 'assets/speech';
const ACTIVITY = 0.4;
/** Line noise in the calls: RMS 18, -65 dB re full scale. */
const NOISE_RMS = 18;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** CPU time of this thread and of all others of the process, in ms (Linux; elsewhere all is main). */
function threadCpuMs(): { main: number; others: number } {
  try {
    let main = 0;
    let others = 0;
    for (const id of readdirSync('/proc/self/task')) {
      const [nanoseconds] = readFileSync(`/proc/self/task/${id}/schedstat`, 'utf8').split(' ');
      if (Number(id) === process.pid) main += Number(nanoseconds) / 1e6;
      else others += Number(nanoseconds) / 1e6;
    }
    return { main, others };
  } catch {
    return { main: cpuMs(), others: 0 };
  }
}

function clip(path: string): Int16Array {
  const wav = readFileSync(path);
  const data = wav.indexOf('data', 12, 'latin1');
  const length = wav.readUInt32LE(data + 4) >> 1;
  return Int16Array.from({ length }, (_, i) => wav.readInt16LE(data + 8 + 2 * i));
}

/** Speech for `ACTIVITY` of the time, with line noise, as mu-law: at least `seconds` of it. */
function callAudio(seconds: number): Uint8Array {
  const clips = readdirSync(CLIPS).filter((name) => name.endsWith('.wav'));
  const samples: number[] = [];
  for (let i = 0; samples.length < seconds * 8000; i++) {
    const speech = clip(`${CLIPS}/${clips[i % clips.length]}`);
    const silence = Math.round((speech.length * (1 - ACTIVITY)) / ACTIVITY);
    for (const sample of speech) samples.push(sample);
    for (let k = 0; k < silence; k++) samples.push(0);
  }
  return Uint8Array.from(samples, (sample) => {
    const noise = NOISE_RMS * Math.sqrt(12) * (Math.random() - 0.5);
    return linearToMulaw(Math.max(-32768, Math.min(32767, Math.round(sample + noise))));
  });
}

function fillBatch(batch: FrameBatch, rows: number): void {
  batch.count = rows;
  for (let row = 0; row < rows; row++) batch.lanes[row] = row;
  for (let i = 0; i < rows * FRAME_SAMPLES; i++) {
    batch.samples[i] = 3000 * Math.sin(i * 0.3) + 400 * (Math.random() - 0.5);
  }
}

/** CPU time of one run in µs: the least of a few tries. */
async function timeOf(runs: number, run: () => Promise<void> | void): Promise<number> {
  let least = Infinity;
  for (let attempt = 0; attempt < 6; attempt++) {
    const before = cpuMs();
    for (let i = 0; i < runs; i++) await run();
    least = Math.min(least, ((cpuMs() - before) * 1000) / runs);
  }
  return least;
}

async function kernels(): Promise<void> {
  const denoiser = new RnnoiseDenoiser(await compileRnnoise(), 1);
  denoiser.open(0);
  const frame = createFrameBatch(1);
  const denoise = await timeOf(300, () => {
    fillBatch(frame, 1);
    denoiser.process(frame);
  });
  console.log(`denoise, one lane           ${denoise.toFixed(0)} µs a frame of 20 ms`);
  for (const lanes of [1, 8, 32]) {
    const detector = await SileroDetector.create(await findSileroModel(), lanes);
    const batch = createFrameBatch(lanes);
    fillBatch(batch, lanes);
    const frames = 160;
    const all = await timeOf(frames, () => detector.process(batch));
    const perWindow = (all * 256) / FRAME_SAMPLES / lanes;
    console.log(
      `Silero, ${String(lanes).padStart(2)} lanes at once   ${perWindow.toFixed(0)} µs a window`,
    );
    await detector.release();
  }
  for (const rate of [24000, 16000, 48000]) {
    const resampler = new Resampler(rate, 8000);
    const input = new Int16Array(rate / 50).map(() => 10000 * (Math.random() - 0.5));
    const output = new Int16Array(FRAME_SAMPLES + 2);
    const cost = await timeOf(2000, () => {
      resampler.process(input, 0, input.length, output, 0);
    });
    console.log(`resample ${rate} to 8000      ${cost.toFixed(1)} µs a frame of 20 ms`);
  }
}

async function pool(calls: number, seconds: number): Promise<void> {
  const shards = 2;
  const dsp = await createDspPool({
    shards,
    callsPerShard: Math.ceil(calls / shards),
    denoise: 'rnnoise',
    vad: 'silero',
  });
  const audio = callAudio(120);
  let talking = 0;
  const lines = Array.from({ length: calls }, () => ({
    slot: dsp.open((_pcm, speech) => {
      if (speech >= 0.5) talking++;
    }),
    at: Math.floor(Math.random() * (audio.length / FRAME_SAMPLES)) * FRAME_SAMPLES,
  }));
  const frames = (seconds * 1000) / FRAME_MS;
  const startedAtMs = performance.now();
  const before = threadCpuMs();
  const atStart = dsp.counters();
  for (let n = 0; n < frames; n++) {
    const nowMs = performance.now();
    for (const line of lines) {
      if (line.at + FRAME_SAMPLES > audio.length) line.at = 0;
      line.slot.writeInbound(audio.subarray(line.at, (line.at += FRAME_SAMPLES)), nowMs);
    }
    dsp.tick();
    const wait = startedAtMs + (n + 1) * FRAME_MS - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
  }
  const elapsedMs = performance.now() - startedAtMs;
  const after = threadCpuMs();
  const counters = dsp.counters();
  const share = (from: number, to: number): string => ((to - from) / elapsedMs).toFixed(2);
  console.log(
    `${calls} calls for ${(elapsedMs / 1000).toFixed(1)} s on ${shards} workers: ` +
      `workers ${share(before.others, after.others)} cores, main ${share(before.main, after.main)}`,
  );
  const processed = counters.processed - atStart.processed;
  console.log({
    ...counters,
    talking: `${((100 * talking) / processed).toFixed(0)} %`,
    throughRnnoise: `${((100 * counters.denoised) / processed).toFixed(0)} %`,
    latency: dsp.latencyPercentiles(),
  });
  await dsp.close();
}

const [calls, seconds] = process.argv.slice(2).map(Number);
console.log(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}`);
await kernels();
await pool(calls ?? 100, seconds ?? 20);
