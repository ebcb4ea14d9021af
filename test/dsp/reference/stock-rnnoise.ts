// Drives the stock RNNoise WebAssembly build: one state at 48 kHz, and a telephone call through it.

import { readFileSync } from 'node:fs';
import { wasm, type WasmMemory } from '../../../src/dsp/wasm.js';
import { sixTimesFaster, sixTimesSlower } from './six-fold.js';

const FRAME = 480;
const FRAME_BYTES = FRAME * 4;

/** Emscripten's start-up code. */
const RUN_CONSTRUCTORS = '__wasm_call_ctors';

export interface StockExports {
  readonly memory: WasmMemory;
  emscripten_stack_init(): void;
  [RUN_CONSTRUCTORS](): void;
  malloc(bytes: number): number;
  rnnoise_create(model: number): number;
  rnnoise_destroy(state: number): void;
  rnnoise_process_frame(state: number, output: number, input: number): number;
}

/** One instance of the module serves many states. @param build which of the package's two builds */
export function loadStockRnnoise(build: 'simd' | 'plain'): StockExports {
  const file = build === 'simd' ? 'rnnoise_simd.wasm' : 'rnnoise.wasm';
  const bytes = readFileSync(new URL(file, import.meta.resolve('@shiguredo/rnnoise-wasm')));
  let memory: WasmMemory | undefined;
  const { exports } = new wasm.Instance(new wasm.Module(bytes), {
    env: {
      emscripten_memcpy_big(to: number, from: number, count: number): number {
        if (memory) new Uint8Array(memory.buffer).copyWithin(to, from, from + count);
        return to;
      },
      emscripten_resize_heap: () => 0,
      __assert_fail() {
        throw new Error('the stock build failed an assertion');
      },
    },
  });
  const stock = exports as Readonly<Record<string, unknown>> & StockExports;
  memory = stock.memory;
  stock.emscripten_stack_init();
  stock[RUN_CONSTRUCTORS]();
  return stock;
}

/** One 48 kHz stream. */
export class StockRnnoise {
  speech = 0;
  readonly #stock: StockExports;
  readonly #state: number;
  readonly #samples: number;

  constructor(stock: StockExports) {
    this.#stock = stock;
    this.#state = stock.rnnoise_create(0);
    this.#samples = stock.malloc(FRAME_BYTES);
  }

  /** @param input 480 samples in int16 units @returns 480 clean samples, 480 later */
  process(input: Float32Array): Float32Array {
    new Float32Array(this.#stock.memory.buffer, this.#samples, FRAME).set(input);
    this.speech = this.#stock.rnnoise_process_frame(this.#state, this.#samples, this.#samples);
    return new Float32Array(this.#stock.memory.buffer, this.#samples, FRAME).slice();
  }

  free(): void {
    this.#stock.rnnoise_destroy(this.#state);
  }
}

/**
 * A whole 8 kHz recording through the stock build, resampled by six without delay, so that its frames lie where
 * the kernel's do. @returns as many clean samples, 80 later, and the speech probability of each 10 ms frame
 */
export function denoiseByStock(
  stock: StockExports,
  samples: Float32Array,
): { clean: Float32Array; speech: Float32Array } {
  const engine = new StockRnnoise(stock);
  const fast = sixTimesFaster(samples);
  const clean = new Float32Array(fast.length);
  const speech = new Float32Array(fast.length / FRAME);
  for (let at = 0; at + FRAME <= fast.length; at += FRAME) {
    clean.set(engine.process(fast.subarray(at, at + FRAME)), at);
    speech[at / FRAME] = engine.speech;
  }
  engine.free();
  return { clean: sixTimesSlower(clean), speech };
}
