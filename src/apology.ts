// The apology for when every engine of a call is gone: synthesised at start, kept as audio. Control plane.

import type { CallSid, TtsChunk, TtsProvider } from './actors/ports.js';
import { RingmasterError } from './errors.js';
import { within } from './foreign-call.js';
import type { Logger } from './log.js';

export const APOLOGY_TEXT = 'I am sorry, something went wrong on our side. Please call again.';
const TIMEOUT_MS = 10_000;

export interface Apology {
  readonly chunk: TtsChunk;
  readonly text: string;
}

/** Holds the apology of a node, and makes it once the voice can speak. */
export class ApologyKeeper {
  readonly #tts: TtsProvider;
  readonly #logger: Logger;
  current: Apology | undefined;

  constructor(tts: TtsProvider, logger: Logger) {
    this.#tts = tts;
    this.#logger = logger;
  }

  /** Never rejects, and ends in bounded time. */
  async prepare(): Promise<void> {
    const timedOut = (): Error => new RingmasterError('PROVIDER_TIMEOUT', 'no apology in time');
    try {
      this.current ??= await within(TIMEOUT_MS, () => prepareApology(this.#tts), timedOut, false);
    } catch {
      // A voice that does not heed its signal.
    }
    if (this.current) return;
    this.#logger.warn('no apology could be prepared: Twilio will speak it where one is needed');
  }
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
