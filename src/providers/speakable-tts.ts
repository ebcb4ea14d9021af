// Gives voices what is said: no markup for any of them, and words for those that cannot be trusted with digits. Control plane.

import type { TtsChunk, TtsProvider } from '../actors/ports.js';
import { isSpeakable, plainText } from '../speech/markup.js';
import { speakable } from '../speech/speakable.js';

async function* nothing(): AsyncGenerator<TtsChunk, void, undefined> {
  // A text of pictures or dashes alone has no sound.
}

/**
 * What the line, the history and the record hold stays the text as it is written; an engine's word times
 * are of the words it was given.
 * @param language BCP 47 of requests that do not say theirs
 */
export function createSpeakableTts(provider: TtsProvider, language: string): TtsProvider {
  const { normalizes } = provider.capabilities;
  return {
    name: provider.name,
    capabilities: { ...provider.capabilities, normalizes: true },
    warmUp: () => provider.warmUp(),
    synthesize(request) {
      const text = normalizes
        ? plainText(request.text)
        : speakable(plainText(request.text), request.language ?? language);
      return isSpeakable(text) ? provider.synthesize({ ...request, text }) : nothing();
    },
    close: () => provider.close(),
  };
}
