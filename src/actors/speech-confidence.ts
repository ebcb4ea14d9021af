// When words count as doubtful. Pure. Control plane.

import type { SpeechConfidence } from './ports.js';

/** As `SpeechConfidence` promises it to recognisers and agents. */
const DOUBTFUL_BELOW = 0.5;

/** Without a confidence words are trusted. */
export const isDoubtful = (confidence: SpeechConfidence | undefined): boolean =>
  confidence !== undefined && confidence < DOUBTFUL_BELOW;

/** A recogniser's number as it may be used: NaN and strings say nothing, the rest is within 0..1. */
export const checkedConfidence = (given: unknown): SpeechConfidence | undefined =>
  typeof given === 'number' && !Number.isNaN(given) ? Math.min(1, Math.max(0, given)) : undefined;
