// What the strategies that decide how long to wait for the caller share: settings, state, view. Control plane.
//
// A delay counts from the end of the caller's voice: the VAD's hangover is part of it. The caller may
// have finished, or pause within the turn (Skantze 2021, "Turn-taking in Conversational Systems and
// Human-Robot Interaction: A Review", section 4: silence alone cannot tell which).

import type { Milliseconds, SpeechExpectation } from '../ports.js';

/**
 * `fixed` and `adaptive` know the silence alone and always have an answer; the longest of those chosen
 * is the base. `text` and `model` see what was said, and make the wait longer or shorter than it.
 */
export type EndpointStrategyName = 'fixed' | 'adaptive' | 'text' | 'model';

export interface EndpointingSettings {
  /** In any order; without `fixed` and `adaptive` the base is fixed. */
  readonly strategies: readonly EndpointStrategyName[];
  /** The wait while nothing is known. minMs..maxMs */
  readonly baseMs: Milliseconds;
  /** No strategy waits less, or less than `hangoverMs`. */
  readonly minMs: Milliseconds;
  /** No strategy waits more. At least `minMs` and `hangoverMs`. */
  readonly maxMs: Milliseconds;
  /** The VAD's: the end of the voice is not known earlier. */
  readonly hangoverMs: Milliseconds;
  /** Least base while digits are expected: people group them, and read them off something. */
  readonly digitsMs: Milliseconds;
  /** BCP 47; decides the words of `text`. Without words of the language `text` has no opinion. */
  readonly language: string;
}

/** Strategies, delays and bounds as the simulation in test/actors/endpointing-simulation.test.ts bears them out. */
export const DEFAULT_ENDPOINTING: EndpointingSettings = {
  strategies: ['adaptive', 'text'],
  baseMs: 610,
  minMs: 400,
  maxMs: 1600,
  hangoverMs: 200,
  digitsMs: 1000,
  language: 'en',
};

/** What is known at the end of a stretch of voice. */
export interface EndpointView {
  /** All words of the turn so far, by finals and interims; undefined or empty where those said last are not known. */
  readonly interimText: string | undefined;
  readonly expectation: SpeechExpectation;
  /** How many digits the awaited number has, where the agent knows. */
  readonly expectedDigits?: number;
  /** Since the turn's first voice. */
  readonly utteranceMs: Milliseconds;
  /** Pauses within this turn before the one at hand. */
  readonly pausesSoFar: number;
  /** The turn model's probability 0..1 that the turn is complete; undefined where none came in time. */
  readonly modelProbability?: number | undefined;
  /** In place of the settings' language. BCP 47 */
  readonly language?: string;
}

/** Silence lasts from the end of the voice to the begin of the next. */
export type EndpointObservation =
  /** The caller paused within the turn and went on in time. */
  | {
      readonly type: 'paused';
      readonly silenceMs: Milliseconds;
      readonly expectation: SpeechExpectation;
    }
  /** The caller went on right after the turn was taken for complete. */
  | {
      readonly type: 'cut-off';
      readonly silenceMs: Milliseconds;
      readonly expectation: SpeechExpectation;
    }
  /** The turn was complete indeed. */
  | { readonly type: 'ended' };

/** A pause of this caller; what is long ago weighs less. */
export interface SeenPause {
  readonly silenceMs: Milliseconds;
  /** 0..1 */
  readonly weight: number;
}

/** What was learnt of one caller. JSON. */
export interface EndpointState {
  /** The newest, oldest first, bounded. */
  readonly pauses: readonly SeenPause[];
  /** No less than this after a cut-off; 0 where there was none. */
  readonly floorMs: Milliseconds;
}

export interface Endpointing {
  initial(): EndpointState;
  /** How long to wait for more voice before the turn counts as complete. Whole ms, in the settings' bounds. */
  delayMs(state: EndpointState, view: EndpointView): Milliseconds;
  learn(state: EndpointState, observation: EndpointObservation): EndpointState;
}

/** How sure it is that the turn goes on (`open`) or not; undefined: no opinion. */
export type Completeness = 'open' | 'complete' | undefined;
