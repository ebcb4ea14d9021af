// The denoising chains that the quality bench compares; each takes and gives 8 kHz samples in int16 units.

import { DenoiseCalls } from '../../test/dsp/harness/denoise-calls.js';
import { denoiseByStock, loadStockRnnoise } from '../../test/dsp/reference/stock-rnnoise.js';

export interface Chain {
  readonly name: string;
  /** How many samples later the output is. */
  readonly delaySamples: number;
  denoise(samples: Float32Array): Float32Array;
}

/** Half of RNNoise's window. */
const WINDOW_DELAY = 80;

/** RNNoise's own WebAssembly build at 48 kHz between two resamplers without delay. */
export function stockChain(): Chain {
  const stock = loadStockRnnoise('simd');
  return {
    name: 'stock 48 kHz',
    delaySamples: WINDOW_DELAY,
    denoise: (samples) => denoiseByStock(stock, samples).clean,
  };
}

/** The batched kernel at 8 kHz. */
export function batchedChain(): Chain {
  const calls = new DenoiseCalls({ lanes: 1, framesPerPacket: 2 });
  return {
    name: 'batched 8 kHz',
    delaySamples: WINDOW_DELAY,
    denoise(samples) {
      calls.engine.open(0);
      return calls.denoise(0, samples);
    },
  };
}
