// Gives a voice that cannot be trusted with digits and signs its text in words. Control plane.

import type { TtsProvider } from '../actors/ports.js';
import { speakable } from '../speech/speakable.js';

/**
 * The provider itself where it `normalizes`. What the line, the history and the record hold stays the
 * text as it is written; an engine's word times are of the words it was given.
 * @param language BCP 47 of requests that do not say theirs
 */
export function createSpeakableTts(provider: TtsProvider, language: string): TtsProvider {
  if (provider.capabilities.normalizes) return provider;
  return {
    name: provider.name,
    capabilities: { ...provider.capabilities, normalizes: true },
    warmUp: () => provider.warmUp(),
    synthesize: (request) =>
      provider.synthesize({
        ...request,
        text: speakable(request.text, request.language ?? language),
      }),
    close: () => provider.close(),
  };
}
