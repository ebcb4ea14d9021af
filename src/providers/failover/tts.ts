// A voice that another takes the place of: before its first audio in the same clause, later in the next try. Control plane.

import type { TtsChunk, TtsProvider, TtsRequest } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import type { EngineTurn, FailoverChain } from './chain.js';
import { Reading } from './reading.js';

/** Audio that comes at less than this part of real time leaves the line empty. */
const LEAST_PACE = 0.5;
/** An engine that was waited for so long, in vain, has failed: whoever asked gave up because of it. */
const VAIN_WAIT_MS = 2000;

export interface FailoverTtsOptions {
  /** Wait for the first audio of an engine that has another behind it. */
  readonly firstAudioMs: number;
  readonly warmUpMs: number;
}

const hasSound = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

async function* speak(
  { provider, ticket, hasNext, fail }: EngineTurn<TtsProvider>,
  request: TtsRequest,
  firstAudioMs: number,
): AsyncGenerator<TtsChunk, 'said' | 'failed'> {
  let audioMs = 0;
  const reading = new Reading(request.signal, (signal) =>
    provider.synthesize({ ...request, signal }),
  );
  if (hasNext) reading.arm(firstAudioMs, `${provider.name} gave no audio within`);
  let isDecided = false;
  const decide = (tell: () => void): void => {
    if (!isDecided) tell();
    isDecided = true;
  };
  try {
    for await (const chunk of reading) {
      if (chunk?.pcm?.length > 0) {
        reading.disarm();
        audioMs += (chunk.pcm.length * 1000) / chunk.sampleRateHz;
      }
      yield chunk;
    }
    if (request.signal.aborted) return 'said';
    const isMute = audioMs === 0 && hasNext && hasSound(request.text);
    if (isMute) {
      const message = `${provider.name} gave no audio for a text`;
      decide(() => fail(new RingmasterError('PROVIDER_PROTOCOL', message, { retryable: true })));
      return 'failed';
    }
    decide(ticket.succeeded);
    return 'said';
  } catch (thrown) {
    if (request.signal.aborted) return 'said';
    isDecided = true;
    const failure = fail(thrown);
    if (audioMs > 0 || !hasNext) throw failure;
    return 'failed';
  } finally {
    // Reached undecided where the clause was given up: by the caller's voice, or because nothing came.
    const isInVain = reading.waitedMs > VAIN_WAIT_MS && audioMs < LEAST_PACE * reading.waitedMs;
    decide(() => {
      if (!isInVain) ticket.abandoned();
      else fail(new RingmasterError('PROVIDER_TIMEOUT', `${provider.name} was too slow`));
    });
    reading.end();
  }
}

/** A voice of somebody else's, whose streams are read whatever they are: its layers here trust them. */
export function createReadTts(provider: TtsProvider): TtsProvider {
  return {
    name: provider.name,
    capabilities: provider.capabilities,
    warmUp: () => provider.warmUp(),
    async *synthesize(request) {
      const reading = new Reading(request.signal, (signal) =>
        provider.synthesize({ ...request, signal }),
      );
      try {
        yield* reading;
      } finally {
        reading.end();
      }
    },
    close: () => provider.close(),
  };
}

/** @param chain voices that take the text as it is written, each with its own cache */
export function createFailoverTts(
  chain: FailoverChain<TtsProvider>,
  options: FailoverTtsOptions,
): TtsProvider {
  return {
    name: chain.name,
    capabilities: chain.preferred.capabilities,
    warmUp: () => chain.warmUp(options.warmUpMs),
    async *synthesize(request) {
      for await (const turn of chain.turns(request.callSid, request.signal)) {
        if ((yield* speak(turn, request, options.firstAudioMs)) === 'said') return;
      }
    },
    close: () => chain.close(),
  };
}
