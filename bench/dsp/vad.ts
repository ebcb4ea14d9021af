// Cost of voice activity detection: the batched kernel and onnxruntime side by side, in one run. Media plane.
//
//   node dist/bench/dsp/vad.js [repeats]
//
// Both get the same calls and the same audio: one window of 256 samples of every call. They take turns
// within each repeat, so that whatever else the machine does meets both; median (fastest) of the repeats.
import { cpus } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import * as layout from '../../src/dsp/kernels/vad/layout.js';
import { instantiateVadKernel, loadVadKernel } from '../../src/dsp/vad/batched/kernel.js';
import { writeRegion } from '../../src/dsp/vad/batched/pack.js';
import { loadSileroWeights, sileroModelPath } from '../../src/dsp/vad/batched/silero-model.js';
import { randomFrom } from '../quality/vad-noise.js';

const CALLS = [1, 8, 64, 256];
const WINDOW = 256;
const NEURONS = 64;
const PAGE_BYTES = 65536;
/** Windows of one repeat at least, so that a repeat is much longer than the clock's step. */
const WINDOWS_A_REPEAT = 512;

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(18)).join('');
}

interface Subject {
  readonly name: string;
  /** One window of each of `calls` calls. */
  run(): void | Promise<void>;
  readonly calls: number;
  readonly times: number[];
}

function figures({ times }: Subject): string {
  return `${median(times).toFixed(2)} (${Math.min(...times).toFixed(2)})`;
}

/** The kernel with blocks of its own, as an engine lays them out. */
class KernelBench {
  readonly #memory: WebAssembly.Memory;
  readonly #kernel;
  readonly #list: number;
  readonly #frames: number;
  readonly #lists: Uint32Array;

  constructor(capacity: number) {
    const blocks = layout.REGION_BYTES;
    this.#list = blocks + capacity * layout.CALL_BYTES;
    this.#frames = this.#list + capacity * 4;
    const spare = this.#frames + capacity * 16;
    const audio = spare + capacity * 8;
    const pages = Math.ceil((audio + 1280) / PAGE_BYTES);
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const { buffer } = this.#memory;
    writeRegion(new Uint8Array(buffer, 0, layout.REGION_BYTES), loadSileroWeights());
    this.#kernel = instantiateVadKernel(loadVadKernel(), this.#memory);
    this.#kernel.setRegion(0);
    const random = randomFrom(1);
    for (let call = 0; call < capacity; call++) {
      const ring = new Int16Array(
        buffer,
        blocks + call * layout.CALL_BYTES + layout.CALL_AUDIO,
        512,
      );
      for (const i of ring.keys()) ring[i] = (random() - 0.5) * 4000;
    }
    const samples = new Float32Array(buffer, audio, 320);
    for (const i of samples.keys()) samples[i] = (random() - 0.5) * 4000;
    this.#lists = new Uint32Array(buffer, this.#list, capacity);
    const frames = new Uint32Array(buffer, this.#frames, capacity * 2);
    for (let call = 0; call < capacity; call++) {
      frames[2 * call] = blocks + call * layout.CALL_BYTES;
      frames[2 * call + 1] = audio;
    }
    this.inOrder();
  }

  /** Neighbouring calls form the octets. */
  inOrder(): void {
    for (const i of this.#lists.keys()) this.#lists[i] = this.#block(i);
  }

  /** Any calls form the octets: a random order of all. */
  shuffle(): void {
    const random = randomFrom(2);
    for (let i = this.#lists.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [this.#lists[i], this.#lists[j]] = [this.#lists[j] ?? 0, this.#lists[i] ?? 0];
    }
  }

  run(calls: number, commit: boolean): void {
    this.#kernel.runList(this.#list, calls, commit ? 1 : 0);
  }

  /** One frame to each call, without evaluating anything. */
  append(calls: number, format: number): void {
    const spare = this.#frames + this.#lists.length * 8;
    this.#kernel.appendFrames(this.#frames, calls, format, spare, spare + calls * 4);
  }

  #block(call: number): number {
    return layout.REGION_BYTES + call * layout.CALL_BYTES;
  }
}

async function onnxSubject(session: InferenceSession, calls: number): Promise<Subject> {
  const random = randomFrom(calls);
  const windows = Float32Array.from({ length: calls * WINDOW }, () => (random() - 0.5) / 8);
  const shape = [2, calls, NEURONS];
  let h: Tensor = new Tensor('float32', new Float32Array(2 * calls * NEURONS), shape);
  let c: Tensor = new Tensor('float32', new Float32Array(2 * calls * NEURONS), shape);
  const sr = new Tensor('int64', BigInt64Array.of(8000n), []);
  const input = new Tensor('float32', windows, [calls, WINDOW]);
  return {
    name: 'onnxruntime',
    calls,
    times: [],
    run: async () => {
      const result = await session.run({ input, sr, h, c });
      if (result['hn'] && result['cn']) [h, c] = [result['hn'], result['cn']];
    },
  };
}

async function measure(subjects: readonly Subject[], repeats: number): Promise<void> {
  for (let repeat = -3; repeat < repeats; repeat++) {
    for (const subject of subjects) {
      const rounds = Math.max(1, Math.round(WINDOWS_A_REPEAT / subject.calls));
      const started = performance.now();
      for (let round = 0; round < rounds; round++) await subject.run();
      const took = performance.now() - started;
      if (repeat >= 0) subject.times.push((took * 1000) / rounds / subject.calls);
    }
  }
}

const repeats = Number(process.argv[2] ?? 31);
const session = await InferenceSession.create(sileroModelPath(), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
});
const ordered = new KernelBench(Math.max(...CALLS));
const random = new KernelBench(Math.max(...CALLS));
random.shuffle();

const cpu = cpus()[0]?.model ?? 'unknown';
console.log(`${cpu}, Node ${process.version}, one thread, median (fastest) of ${repeats} repeats`);
console.log('us per 256-sample window and call:\n');
const columns = ['calls', 'kernel', 'any gathering', 'peek', 'onnxruntime', 'ratio'];
console.log(row(columns));
for (const calls of CALLS) {
  const subject = (name: string, run: () => void): Subject => ({ name, run, calls, times: [] });
  const subjects = [
    subject('kernel', () => ordered.run(calls, true)),
    subject('any gathering', () => random.run(calls, true)),
    subject('peek', () => random.run(calls, false)),
    await onnxSubject(session, calls),
  ];
  await measure(subjects, repeats);
  const medians = subjects.map(({ times }) => median(times));
  const ratio = (medians[3] ?? NaN) / (medians[0] ?? NaN);
  console.log(row([String(calls), ...subjects.map(figures), ratio.toFixed(1)]));
}

const formats = [
  ['int16', layout.FORMAT_PCM16],
  ['float', layout.FORMAT_F32],
  ['mu-law', layout.FORMAT_MULAW],
] as const;
const appends = formats.map(([name, format]) => ({
  name,
  calls: 64,
  times: [],
  run: (): void => ordered.append(64, format),
}));
await measure(appends, repeats);
const costs = appends.map((subject) => `${subject.name} ${figures(subject)}`);
console.log(`\nus to take in a frame of 160 samples: ${costs.join(', ')}`);
