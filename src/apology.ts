// The apology for when every engine of a call is gone: synthesised at start, kept as audio. Control plane.

import type { CallSid, TtsChunk, TtsProvider } from './actors/ports.js';

export const APOLOGY_TEXT = 'I am sorry, something went wrong on our side. Please call again.';
const TIMEOUT_MS = 10_000;

export interface Apology {
  readonly chunk: TtsChunk;
  readonly text: string;
}

/** @returns undefined where the engine cannot speak now: Twilio's own voice says it then */
export async function prepareApology(tts: TtsProvider): Promise<Apology | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const callSid = 'CA00000000000000000000000000000000' as CallSid;
  const chunks: TtsChunk[] = [];
  try {
    for await (const chunk of tts.synthesize({ callSid, text: APOLOGY_TEXT, signal })) {
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  const sampleRateHz = chunks[0]?.sampleRateHz;
  if (signal.aborted || sampleRateHz === undefined) return undefined;
  const pcm = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.pcm.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    pcm.set(chunk.pcm, offset);
    offset += chunk.pcm.length;
  }
  return { chunk: { pcm, sampleRateHz }, text: APOLOGY_TEXT };
}
