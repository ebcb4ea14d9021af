// How likely it is that the caller said what the grammar found: grammar against phone loop. Pure. Control plane.
//
// A closed grammar makes a phrase of every sound. A loop of all phones, free of any grammar, says how well
// the sound fits speech as such: what the loop fits as well as the phrase does was not the phrase (Rose &
// Paul 1990, "A hidden Markov model based keyword recognition system"; Sukkar & Lee 1996).

export interface PhoneEvidence {
  /** Mean log likelihood for each second of speech, 0 being perfect; see `Hypothesis`. */
  readonly fit: number;
  /** The same of the phone that fits worst. */
  readonly worstPhoneFit: number;
  /** Share of the phones that last no longer than the three frames that a phone's model has to. */
  readonly shortestShare: number;
  readonly phones: number;
  /** A string of digits: short words, which the loop fits better than others. */
  readonly isDigits: boolean;
}

export interface Evidence extends PhoneEvidence {
  /** Log likelihood of the phrase over that of the phone loop for each frame of 10 ms, in nats. */
  readonly overLoop: number;
}

/**
 * By logistic regression on 227 clips: human speech and sounds of nine speakers, four synthetic voices,
 * music, tones and noise; each speaker left out in turn.
 */
const WEIGHTS = {
  bias: 3.5,
  digits: 1.6,
  overLoop: 1.7,
  fit: 1.8,
  worstPhoneFit: 3.4,
  shortestShare: -3.4,
  hardlyAny: -1.4,
  unproven: -0.7,
};
/** Less sure words are none: noise, or speech outside the grammar. */
export const LEAST_CONFIDENCE = 0.23;
const OVER_LOOP_RANGE = [-2, 2.5] as const;
const LEAST_PHONE_FIT = -2.5;
/** "Hi" and "bye" are in many a sound. */
const FEW_PHONES = 3;
/** A long phrase that was said fits clearly better than the loop. */
const MANY_PHONES = 6;
const CLEARLY_OVER_LOOP = 0.6;

const within = (value: number, [least, most]: readonly [number, number]): number =>
  Math.max(least, Math.min(most, value));

/** @returns 0..1 */
export function confidenceOf(evidence: Evidence): number {
  const { overLoop, fit, worstPhoneFit, shortestShare } = evidence;
  const logit =
    WEIGHTS.bias +
    (evidence.isDigits ? WEIGHTS.digits : 0) +
    (!evidence.isDigits && evidence.phones < FEW_PHONES ? WEIGHTS.hardlyAny : 0) +
    (evidence.phones >= MANY_PHONES && overLoop < CLEARLY_OVER_LOOP ? WEIGHTS.unproven : 0) +
    WEIGHTS.overLoop * within(overLoop, OVER_LOOP_RANGE) +
    WEIGHTS.fit * fit +
    WEIGHTS.worstPhoneFit * Math.max(LEAST_PHONE_FIT, worstPhoneFit) +
    WEIGHTS.shortestShare * shortestShare;
  return 1 / (1 + Math.exp(-logit));
}

/** Phones that all fit so well are those of the phrase; the loop, which costs most, need not be asked. */
const BEYOND_DOUBT = { fit: -0.45, worstPhoneFit: -0.7, shortestShare: 0.1, overLoop: 0.7 };

/** Where the phones alone decide. @returns undefined where the loop must be asked; else 0..1 */
export function confidenceByPhones(evidence: PhoneEvidence): number | undefined {
  const { fit, worstPhoneFit, shortestShare } = evidence;
  const best = confidenceOf({ ...evidence, overLoop: OVER_LOOP_RANGE[1] });
  if (best < LEAST_CONFIDENCE) return best;
  const isBeyondDoubt =
    fit > BEYOND_DOUBT.fit &&
    worstPhoneFit > BEYOND_DOUBT.worstPhoneFit &&
    shortestShare < BEYOND_DOUBT.shortestShare &&
    evidence.phones >= FEW_PHONES;
  if (!isBeyondDoubt) return undefined;
  return confidenceOf({ ...evidence, overLoop: BEYOND_DOUBT.overLoop });
}
