// Voice activity of the stock RNNoise 0.1 (npm @shiguredo/rnnoise-wasm) at 8 kHz, by upsampling to its 48 kHz. Media plane.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** 10 ms at 8000 Hz, and at 48000 Hz. */
export const RNNOISE_FRAME_SAMPLES = 80;
const STOCK_FRAME_SAMPLES = 480;
const FACTOR = 6;
/** Taps of the interpolation filter on either side of its middle, at 48 kHz. */
const HALF_TAPS = 144;
/** Passes what a telephone line has, and stops its images from 4150 Hz on. */
const CUTOFF_HZ = 3850;
const KAISER_BETA = 9;

interface StockExports {
  readonly memory: WebAssembly.Memory;
  emscripten_stack_init(): void;
  __wasm_call_ctors(): void;
  malloc(bytes: number): number;
  rnnoise_create(model: number): number;
  rnnoise_destroy(state: number): void;
  /** Returns the probability of speech. Samples are f32 in the scale of int16. */
  rnnoise_process_frame(state: number, out: number, input: number): number;
}

/** Modified Bessel function of the first kind, order 0. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}

/** Kaiser windowed sinc with a gain of 6, for interpolation by 6. */
function interpolationFilter(): Float64Array {
  const cutoff = CUTOFF_HZ / (STOCK_FRAME_SAMPLES * 50);
  return Float64Array.from({ length: 2 * HALF_TAPS + 1 }, (_, i) => {
    const t = i - HALF_TAPS;
    const sinc = t === 0 ? cutoff : Math.sin(Math.PI * cutoff * t) / (Math.PI * t);
    const window = bessel0(KAISER_BETA * Math.sqrt(1 - (t / HALF_TAPS) ** 2));
    return (FACTOR * sinc * window) / bessel0(KAISER_BETA);
  });
}

const FILTER = interpolationFilter();

function loadStock(): StockExports {
  const entry = createRequire(import.meta.url).resolve('@shiguredo/rnnoise-wasm');
  const file = readFileSync(join(dirname(entry), 'rnnoise_simd.wasm'));
  let exports: StockExports | undefined;
  const env = {
    emscripten_memcpy_big: (to: number, from: number, bytes: number): number => {
      if (exports) new Uint8Array(exports.memory.buffer).copyWithin(to, from, from + bytes);
      return to;
    },
    emscripten_resize_heap: (): number => 0,
    __assert_fail: (): never => {
      throw new Error('RNNoise failed an assertion');
    },
  };
  const module = new WebAssembly.Module(new Uint8Array(file));
  exports = new WebAssembly.Instance(module, { env }).exports as unknown as StockExports;
  exports.emscripten_stack_init();
  exports['__wasm_call_ctors']();
  return exports;
}

const stock = loadStock();
const input = stock.malloc(STOCK_FRAME_SAMPLES * 4);
const output = stock.malloc(STOCK_FRAME_SAMPLES * 4);

/** Probability of speech of every 10 ms of a signal of int16 at 8000 Hz. */
export function rnnoiseVad(signal: Int16Array): Float32Array {
  const state = stock.rnnoise_create(0);
  const frames = Math.floor(signal.length / RNNOISE_FRAME_SAMPLES);
  const samples = new Float32Array(stock.memory.buffer, input, STOCK_FRAME_SAMPLES);
  const found = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < STOCK_FRAME_SAMPLES; i++) {
      let source = frame * RNNOISE_FRAME_SAMPLES + Math.floor(i / FACTOR);
      let sum = 0;
      for (let tap = i % FACTOR; tap < FILTER.length && source >= 0; tap += FACTOR) {
        sum += (FILTER[tap] ?? 0) * (signal[source--] ?? 0);
      }
      samples[i] = sum;
    }
    found[frame] = stock.rnnoise_process_frame(state, output, input);
  }
  stock.rnnoise_destroy(state);
  return found;
}
