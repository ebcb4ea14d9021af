// Phrases that are said again and again, from memory: the greeting, fillers, prompts. Media plane.

import type { CallSid, TtsChunk, TtsProvider, TtsRequest } from '../actors/ports.js';
import { RingmasterError } from '../errors.js';
import { AudioCache } from './audio-cache.js';
import { copyOf, SharedSynthesis } from './shared-synthesis.js';
import { onceUntilItFails } from './once-until-it-fails.js';

export interface CachedTtsOptions {
  /** Audio kept, of all phrases together. */
  readonly maxBytes: number;
  /** Clauses as the line will be given them, synthesised by `warmUp`. */
  readonly phrases: readonly string[];
}

/** What is longer is no phrase that is said again. */
const MAX_CHARACTERS = 300;
/** Texts that were said once and may be phrases, as hashes: the last of them. */
const MAX_SEEN = 4096;
/** Whatever is not ready by then is synthesised when it is first said. */
const WARM_UP_MS = 10_000;
/** Syntheses at once while warming up. */
const WARM_UP_LANES = 2;
const WARM_UP_CALL = 'CA00000000000000000000000000000000' as CallSid;

/** FNV-1a, 32 bits: a text that was said once need not be kept as text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

const bytesOf = (chunks: readonly TtsChunk[]): number =>
  chunks.reduce((sum, { pcm }) => sum + pcm.byteLength, 0);

/**
 * A provider that keeps the audio of `phrases`, and of any other text from its second time on. Calls that
 * want the same phrase at once share one synthesis. What cannot be kept goes to the engine as if this
 * were not here; a synthesis that fails is not kept, and fails those alone who read it. One provider has
 * one voice, so language and text are the key.
 */
export function createCachedTts(provider: TtsProvider, options: CachedTtsOptions): TtsProvider {
  const phrases = new Set(options.phrases.map((phrase) => phrase.trim()));
  const cache = new AudioCache<readonly TtsChunk[]>(options.maxBytes);
  const running = new Map<string, SharedSynthesis>();
  const seen = new Set<number>();
  let closed = false;

  /** Said before, or known to be said often. */
  function isPhrase(text: string, key: string): boolean {
    if (text.length > MAX_CHARACTERS) return false;
    if (phrases.has(text)) return true;
    const hash = hashOf(key);
    if (seen.has(hash)) return true;
    seen.add(hash);
    for (const oldest of seen) {
      if (seen.size <= MAX_SEEN) break;
      seen.delete(oldest);
    }
    return false;
  }

  function share(key: string, { callSid, text, language }: Omit<TtsRequest, 'signal'>) {
    const known = running.get(key);
    if (known?.isOpen) return known;
    const synthesis = new SharedSynthesis(provider, {
      callSid,
      text,
      ...(language !== undefined && { language }),
    });
    running.set(key, synthesis);
    void synthesis.ended.then(() => {
      if (running.get(key) === synthesis) running.delete(key);
      const { chunks, isComplete } = synthesis;
      if (isComplete && !closed && chunks.length > 0) cache.set(key, chunks, bytesOf(chunks));
    });
    return synthesis;
  }

  async function* synthesize(request: TtsRequest): AsyncGenerator<TtsChunk, void, undefined> {
    const { language = '', signal } = request;
    const text = request.text.trim();
    const key = `${language}\n${text}`;
    if (closed) throw new RingmasterError('PROVIDER_FAILED', `${provider.name}: closed`);
    if (signal.aborted) return;
    const kept = cache.get(key);
    if (kept) {
      for (const chunk of kept) {
        if (signal.aborted) return;
        yield copyOf(chunk);
      }
    } else if (isPhrase(text, key)) yield* share(key, { ...request, text }).read(signal);
    else yield* provider.synthesize(request);
  }

  async function renderPhrases(): Promise<void> {
    await provider.warmUp();
    const signal = AbortSignal.timeout(WARM_UP_MS);
    const waiting = [...phrases];
    const lane = async () => {
      for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
        if (signal.aborted || closed) return;
        try {
          const request = { callSid: WARM_UP_CALL, text, signal };
          for await (const _ of synthesize(request));
        } catch {
          // It is tried again when it is first said.
        }
      }
    };
    await Promise.all(Array.from({ length: WARM_UP_LANES }, lane));
  }

  return {
    name: provider.name,
    capabilities: provider.capabilities,
    warmUp: onceUntilItFails(renderPhrases),
    synthesize,
    async close() {
      closed = true;
      for (const synthesis of running.values()) synthesis.stop();
      cache.clear();
      await provider.close();
    },
  };
}
