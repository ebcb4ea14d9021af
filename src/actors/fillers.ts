// What the agent says while the answer takes its time, never the same twice in a row. Pure. Control plane.

import { languageWords } from './languages/index.js';

/** JSON. */
export interface FillerState {
  /** Of the random choice; 32 bits. */
  readonly seed: number;
  readonly last: string | undefined;
}

export interface Filler {
  /** Undefined where there is none, or the only one was said last. */
  readonly phrase: string | undefined;
  readonly state: FillerState;
}

/** The same seed gives the same phrases. */
export const initialFillers = (seed: number): FillerState => ({ seed: seed | 0, last: undefined });

/** @param language BCP 47. @returns none where no phrases of the language are known */
export const fillerPhrases = (language: string): readonly string[] =>
  languageWords(language)?.fillers ?? [];

export function chooseFiller(state: FillerState, phrases: readonly string[]): Filler {
  const others = phrases.filter((phrase) => phrase !== state.last);
  const seed = (state.seed + 0x6d2b79f5) | 0;
  const phrase = others[Math.floor(randomOf(seed) * others.length)];
  return { phrase, state: { seed, last: phrase ?? state.last } };
}

/** 0 <= value < 1. Mulberry32 (Tommy Ettinger, public domain). */
function randomOf(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
