// The model is found where it is, and its absence is told.

import t from 'tap';
import { DenoiseEngine, denoiseRegionBytes } from '../../src/dsp/denoise/batched/engine.js';
import { findRnnoiseModel, loadRnnoiseModel } from '../../src/dsp/denoise/batched/rnnoise-model.js';
import { sharedMemoryFor, wasm, WASM_PAGE_BYTES } from '../../src/dsp/wasm.js';

t.test('the installed package holds the 87,503 weights of RNNoise 0.1', (t) => {
  const model = loadRnnoiseModel();
  const counts = [
    model.inputDense,
    model.vadGru,
    model.noiseGru,
    model.denoiseGru,
    model.denoiseOutput,
    model.vadOutput,
  ].map((layer) => {
    const recurrent = 'recurrent' in layer ? layer.recurrent.length : 0;
    return layer.bias.length + layer.weights.length + recurrent;
  });
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    87_503,
  );
  t.end();
});

t.test('a memory without the model is told apart', (t) => {
  t.throws(() => findRnnoiseModel(new ArrayBuffer(65_536)), { code: 'DSP_MODEL_MISSING' });
  // The six sizes alone, pointing nowhere.
  const decoy = new ArrayBuffer(65_536);
  new Uint32Array(decoy).set([24, 400, 24, 400, 48, 400, 96, 400, 22, 400, 1, 400], 100);
  t.throws(() => findRnnoiseModel(decoy), { code: 'DSP_MODEL_MISSING' });
  t.end();
});

t.test('the model is found at any place, behind a decoy, and copied out', (t) => {
  const memory = new ArrayBuffer(1 << 18);
  const words = new Uint32Array(memory);
  const bytes = new Int8Array(memory);
  bytes.fill(7);
  // Layers at words 1000.., each pointing to weights at byte 100000.
  const layers = [
    [100_000, 100_001, 42, 24, 0],
    [100_002, 100_003, 100_004, 24, 24, 2],
    [100_000, 100_000, 100_000, 90, 48, 2],
    [100_000, 100_000, 100_000, 114, 96, 2],
    [100_000, 100_000, 96, 22, 1],
    [100_000, 100_000, 24, 1, 1],
  ];
  layers.forEach((layer, i) => words.set(layer, 1000 + 10 * i));
  const sizes = [24, 24, 48, 96, 22, 1];
  words.set([24, 4, 24, 4, 48, 4, 96, 4, 22, 4, 1, 4], 500);
  words.set(
    sizes.flatMap((size, i) => [size, 4 * (1000 + 10 * i)]),
    600,
  );
  const model = findRnnoiseModel(memory);
  t.equal(model.denoiseGru.inputs, 114);
  t.equal(model.inputDense.weights[5], 7);
  bytes.fill(0);
  t.equal(model.inputDense.weights[5], 7);
  t.end();
});

t.test('an engine refuses a memory that is not shared, not aligned or too small', (t) => {
  const region = denoiseRegionBytes(8);
  const pages = Math.ceil(region / WASM_PAGE_BYTES);
  const make = (shared: boolean, pageCount: number, byteOffset: number) => () =>
    new DenoiseEngine({
      memory: new wasm.Memory({ initial: pageCount, maximum: pageCount, shared }),
      byteOffset,
      maxLanes: 8,
      framesPerPacket: 2,
      inputFormat: 'mulaw',
      outputFormat: 'int16',
    });
  t.throws(make(false, pages, 0), TypeError);
  t.throws(make(true, pages, 8), RangeError);
  t.throws(make(true, pages - 1, 0), RangeError);
  t.throws(make(true, pages, 64 * 1024), RangeError);
  t.doesNotThrow(make(true, pages, 0));
  t.end();
});

t.test('warming up leaves an engine as new', (t) => {
  const region = denoiseRegionBytes(8);
  const memory = sharedMemoryFor(region);
  const engine = new DenoiseEngine({
    memory,
    byteOffset: 0,
    maxLanes: 8,
    framesPerPacket: 2,
    inputFormat: 'mulaw',
    outputFormat: 'int16',
  });
  engine.warmUp(5);
  t.equal(engine.counters.octetRuns, 0);
  t.equal(engine.counters.packets, 0);
  engine.open(3);
  t.throws(() => engine.warmUp(), RangeError);
  t.end();
});
