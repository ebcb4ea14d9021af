// What the node says itself before it ends a call, for each reason: synthesised at start, kept as audio. Control plane.

import { spokenWords } from './actors/languages/index.js';
import type { ApologyReason, CallSid, TtsChunk, TtsProvider } from './actors/ports.js';
import { RingmasterError } from './errors.js';
import { within } from './foreign-call.js';
import type { Logger } from './log.js';

const TIMEOUT_MS = 10_000;
const REASONS: readonly ApologyReason[] = ['failed', 'drained', 'time-limit'];

export interface Apology {
  readonly chunk: TtsChunk;
  readonly text: string;
}

/** What the node says before it ends a call, in the language of the line. */
export function apologyText(language: string, reason: ApologyReason): string {
  const { failed, drained, timeLimit } = spokenWords(language);
  return { failed, drained, 'time-limit': timeLimit }[reason];
}

export interface ApologyKeeperOptions {
  readonly tts: TtsProvider;
  readonly logger: Logger;
  /** BCP 47 of the line. */
  readonly language: string;
}

/** Holds the last words of a node, and makes them once the voice can speak. */
export class ApologyKeeper {
  readonly #options: ApologyKeeperOptions;
  readonly #prepared = new Map<ApologyReason, Apology>();

  constructor(options: ApologyKeeperOptions) {
    this.#options = options;
  }

  /** @returns undefined where there is none: Twilio's own voice says it then */
  get(reason: ApologyReason): Apology | undefined {
    return this.#prepared.get(reason);
  }

  /** Never rejects, and ends in bounded time. */
  async prepare(): Promise<void> {
    const { tts, logger, language } = this.#options;
    if (!speaks(tts, language)) {
      logger.info(
        { engine: tts.name, language },
        'Twilio speaks apologies: the voice has another language',
      );
      return;
    }
    await Promise.all(REASONS.map((reason) => this.#prepare(reason)));
    if (this.#prepared.size === REASONS.length) return;
    logger.warn('no apology could be prepared: Twilio will speak it where one is needed');
  }

  async #prepare(reason: ApologyReason): Promise<void> {
    if (this.#prepared.has(reason)) return;
    const { tts, language } = this.#options;
    const text = apologyText(language, reason);
    const timedOut = (): Error => new RingmasterError('PROVIDER_TIMEOUT', 'no apology in time');
    try {
      const apology = await within(TIMEOUT_MS, () => prepareApology(tts, text), timedOut, false);
      if (apology) this.#prepared.set(reason, apology);
    } catch {
      // A voice that does not heed its signal.
    }
  }
}

/** The words are of the line's language where it has any, else they are English. */
function speaks({ capabilities }: TtsProvider, language: string): boolean {
  const { languages } = capabilities;
  const code = spokenWords(language).twilio.slice(0, 2);
  return languages === undefined || languages.includes(code);
}

/** @returns undefined where the engine cannot speak now: Twilio's own voice says it then */
export async function prepareApology(tts: TtsProvider, text: string): Promise<Apology | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const callSid = 'CA00000000000000000000000000000000' as CallSid;
  const chunks: TtsChunk[] = [];
  try {
    for await (const chunk of tts.synthesize({ callSid, text, signal })) {
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
  return { chunk: { pcm, sampleRateHz }, text };
}
