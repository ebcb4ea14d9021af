// The task that Piscina runs on the turn model's thread. Media plane.

import { workerData } from 'node:worker_threads';
import { ShardOwnership } from '../shard-ownership.js';
import type { TurnModelAnswer, TurnModelTask, TurnModelWorkerData } from './messages.js';
import type { NativeCall } from '../vad/silero.js';
import type { TurnModelSession } from './session.js';

const NO_AUDIO = new Int16Array(0);

/** Loaded with the first task, and once: a model that is invalid stays so. */
let loading: Promise<TurnModelSession> | undefined;

async function load(): Promise<TurnModelSession> {
  const { modelPath, output, windowMs, header, incarnation } = workerData as TurnModelWorkerData;
  const ownership = new ShardOwnership(header, incarnation);
  const native: NativeCall = (call) => ownership.native(call);
  // Loading onnxruntime is a native call as well; it is in no process that does without the model.
  const { TurnModelSession } = await native(() => import('./session.js'));
  return await TurnModelSession.load(modelPath, { output, windowMs, native });
}

export default async function turnModelTask({ pcm }: TurnModelTask): Promise<TurnModelAnswer> {
  try {
    loading ??= load();
    const model = await loading;
    return { type: 'probability', probability: await model.run(pcm ?? NO_AUDIO) };
  } catch (error) {
    return { type: 'invalid', reason: error instanceof Error ? error.message : 'unknown' };
  }
}
