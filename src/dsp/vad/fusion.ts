// Two opinions about speech made one: Silero VAD's and RNNoise's, frame by frame. Media plane.

/**
 * logit(speech) = silero S + rnnoise R + floor F + offset, where
 *
 *   S  Silero's logit
 *   R  logit of the mean of RNNoise's last three probabilities (30 ms)
 *   F  floor of S: what Silero says of this line while nobody speaks
 */
export interface FusionWeights {
  readonly silero: number;
  readonly rnnoise: number;
  readonly floor: number;
  readonly offset: number;
}

/** Silero's opinion alone. */
export const SILERO_ALONE: FusionWeights = { silero: 1, rnnoise: 0, floor: 0, offset: 0 };

export const FUSED: FusionWeights = {
  silero: 1.58,
  rnnoise: 0.403,
  floor: -1.149,
  offset: -2.829,
};

/** Silero's logit says no more beyond this; it comes to 14 in clear speech. */
const SILERO_LIMIT = 12;
/** RNNoise's sigmoid comes from a table that ends in 0 and 1. */
const RNNOISE_LIMIT = 1e-4;
/** The floor before anything was heard: that of a noisy line, for a quiet one pulls it down at once. */
const FIRST_FLOOR = -1;
/** Part of the way to a higher S that the floor goes in a frame: 10 s, so that speech moves it little. */
const FLOOR_RISE = 0.002;
/** Part of the way to a lower S: 60 ms, so that any pause brings it back. */
const FLOOR_FALL = 0.3;
/** RNNoise's mean above which speech may be about to begin. */
const SUSPICION = 0.12;

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

function logit(probability: number): number {
  const p = Math.max(RNNOISE_LIMIT, Math.min(1 - RNNOISE_LIMIT, probability));
  return Math.log(p / (1 - p));
}

/**
 * The fused opinion of many calls. A frame of a call is `hear` (what RNNoise found in it), then the
 * evaluation by Silero, with a peek where `hear` asks for one, then `decide`.
 */
export class SpeechFusion {
  readonly #weights: FusionWeights;
  /** RNNoise's probability of the last 10 ms. */
  readonly #lastRnnoise: Float32Array;
  /** R of the frame in hand. */
  readonly #rnnoise: Float32Array;
  readonly #floor: Float32Array;
  /** Logit of the last frame. */
  readonly #fused: Float32Array;

  /** @param capacity calls, numbered from 0 */
  constructor(capacity: number, weights: FusionWeights = FUSED) {
    this.#weights = weights;
    this.#lastRnnoise = new Float32Array(capacity);
    this.#rnnoise = new Float32Array(capacity);
    this.#floor = new Float32Array(capacity);
    this.#fused = new Float32Array(capacity);
    for (let call = 0; call < capacity; call++) this.reset(call);
  }

  /** A call that has just begun. */
  reset(call: number): void {
    this.#lastRnnoise[call] = 0;
    this.#rnnoise[call] = logit(0);
    this.#floor[call] = FIRST_FLOOR;
    this.#fused[call] = -SILERO_LIMIT;
  }

  /**
   * RNNoise's probabilities of the two halves (10 ms) of a frame.
   * @returns whether a peek of Silero is worth it: nobody speaks yet, and RNNoise suspects somebody
   */
  hear(call: number, first: number, second: number): boolean {
    const mean = ((this.#lastRnnoise[call] ?? 0) + first + second) / 3;
    this.#lastRnnoise[call] = second;
    this.#rnnoise[call] = logit(mean);
    return mean > SUSPICION && (this.#fused[call] ?? 0) < 0;
  }

  /**
   * @param sileroLogit of the last evaluation, committed or peeked
   * @returns probability of speech in the frame, 0..1
   */
  decide(call: number, sileroLogit: number): number {
    const { silero, rnnoise, floor, offset } = this.#weights;
    const opinion = clamp(sileroLogit, SILERO_LIMIT);
    const before = this.#floor[call] ?? 0;
    const level = before + (opinion > before ? FLOOR_RISE : FLOOR_FALL) * (opinion - before);
    this.#floor[call] = level;
    const sum = silero * opinion + rnnoise * (this.#rnnoise[call] ?? 0) + floor * level + offset;
    this.#fused[call] = sum;
    return 1 / (1 + Math.exp(-sum));
  }

  /** Logit of the last frame's probability. */
  logit(call: number): number {
    return this.#fused[call] ?? 0;
  }
}
