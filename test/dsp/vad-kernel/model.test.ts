// The model file is read by what it holds; what is missing or damaged is named in a coded error. Media plane.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { seededRandom } from '../harness/random.js';
import { RingmasterError } from '../../../src/errors.js';
import { loadVadKernel } from '../../../src/dsp/vad/batched/kernel.js';
import { readOnnx } from '../../../src/dsp/vad/batched/onnx.js';
import { regionParts } from '../../../src/dsp/vad/batched/pack.js';
import * as layout from '../../../src/dsp/kernels/vad/layout.js';
import {
  loadSileroWeights,
  readSileroWeights,
  sileroModelPath,
} from '../../../src/dsp/vad/batched/silero-model.js';

const FILE = readFileSync(sileroModelPath());

/** A copy of the file with one text replaced by another of the same length, everywhere. */
function renamed(from: string, to: string): Uint8Array {
  return Buffer.from(FILE.toString('latin1').replaceAll(from, to), 'latin1');
}

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'none';
  } catch (error) {
    return error instanceof RingmasterError ? error.code : String(error);
  }
}

t.test('the installed model has all weights of the 8 kHz network', (t) => {
  const weights = loadSileroWeights();
  t.equal(weights.depthwiseFirst.weights.length, 258 * 5);
  t.equal(weights.pointwise4.weights.length, 64 * 64);
  t.equal(weights.lstm2.recurrent.length, 256 * 64);
  // The two networks of the file differ in this number: 16 kHz has -0.198.
  t.ok(Math.abs((weights.decoder.bias[0] ?? NaN) + 0.016134) < 1e-5);
  t.end();
});

t.test('a missing file is DSP_MODEL_MISSING and names the package', (t) => {
  t.throws(() => loadSileroWeights('/nowhere/silero_vad.onnx'), {
    code: 'DSP_MODEL_MISSING',
    message: /silero_vad\.onnx.*@ricky0123\/vad-node/,
  });
  t.end();
});

t.test('a missing tensor is DSP_MODEL_MISSING and is named', (t) => {
  const name = 'model_8k.encoder.7.0.dw_conv.0.bias';
  const file = Buffer.from(FILE);
  const node = file.indexOf(name);
  t.ok(node > 0);
  file.write('model_8k.encoder.7.0.dw_conv.0.bixs', node, 'latin1');
  t.throws(() => readSileroWeights(file), {
    code: 'DSP_MODEL_MISSING',
    message: /tensor "model_8k\.encoder\.7\.0\.dw_conv\.0\.bi[ax]s"/,
  });
  t.end();
});

t.test('a model without its LSTMs or its 8 kHz branch is refused', (t) => {
  t.equal(
    codeOf(() => readSileroWeights(renamed('LSTM', 'GRUX'))),
    'DSP_MODEL_MISSING',
  );
  t.equal(
    codeOf(() => readSileroWeights(renamed('else_branch', 'else_brunch'))),
    'DSP_MODEL_MISSING',
  );
  t.end();
});

t.test('a basis that is not a Hann windowed DFT is refused', (t) => {
  const graph = readOnnx(FILE);
  const basis = graph.tensors.get('model_8k.feature_extractor.forward_basis_buffer');
  const start = Buffer.from(new Float32Array(basis?.values.subarray(100, 108) ?? []).buffer);
  // Both networks have a basis; the values of this one are found by their bytes and changed.
  const file = Buffer.from(FILE);
  for (let at = file.indexOf(start); at >= 0; at = file.indexOf(start, at + 1)) {
    file.writeFloatLE(0.25, at);
  }
  t.throws(() => readSileroWeights(file), { code: 'DSP_MODEL_INVALID', message: /Hann/ });
  t.end();
});

t.test('a file cut anywhere or with random bytes gives a coded error or the weights', (t) => {
  const random = seededRandom(3);
  for (let round = 0; round < 40; round++) {
    const cut = FILE.subarray(0, Math.floor(random() * FILE.length));
    t.match(
      codeOf(() => readSileroWeights(cut)),
      /^DSP_MODEL_/,
      `cut to ${cut.length}`,
    );
  }
  for (let round = 0; round < 25; round++) {
    const broken = Buffer.from(FILE);
    for (let i = 0; i < 200; i++) broken[Math.floor(random() * 30000)] = random() * 256;
    t.match(
      codeOf(() => readSileroWeights(broken)),
      /^(DSP_MODEL_|none)/,
      `broken, round ${round}`,
    );
  }
  t.equal(
    codeOf(() => readOnnx(new Uint8Array(0))),
    'DSP_MODEL_INVALID',
  );
  t.end();
});

t.test('tables and weights lie in the region in order and do not overlap', (t) => {
  const parts = regionParts(loadSileroWeights()).toSorted((a, b) => a.offset - b.offset);
  const ends = parts.map(({ offset, values }) => offset + values.byteLength);
  for (const [i, { offset }] of parts.entries()) {
    t.ok(offset >= (ends[i - 1] ?? 0) && offset % 4 === 0, `part ${i} at ${offset}`);
  }
  t.ok((ends.at(-1) ?? Infinity) <= layout.PADDED, 'scratch begins after all of them');
  t.end();
});

t.test('a missing or damaged kernel is DSP_KERNEL_MISSING', (t) => {
  t.throws(() => loadVadKernel('/nowhere/vad.wasm'), { code: 'DSP_KERNEL_MISSING' });
  t.throws(() => loadVadKernel(sileroModelPath()), { code: 'DSP_KERNEL_MISSING' });
  t.end();
});
