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

// The weights are a logistic regression on labelled frames: bench/quality/fusion-fit.ts with its default
// of 20 calls of a minute, four speakers in five languages (the prompts of the Debian packages
// asterisk-core-sounds-{en,es,fr,it,ru}-wav 1.6.1), clean and in white, pink, brown and babble noise at
// 20, 10, 5 and 0 dB, through mu-law; Silero with a peek at every frame, RNNoise 0.1 as in the package
// @shiguredo/rnnoise-wasm 2022.2.0 at 48 kHz. Fitted without any one of the speakers they differ by 5 %
// or less. At probability 0.5, on speakers that they were not fitted to, in per cent of the frames of
// speech found / of silence taken for it, and ms from onset to decision (median/90 %):
//
//                       clean             noise 5 dB        noise 0 dB         babble 10 dB
//   FUSED               98.9/0.0 30/50    96.4/0.7 60/140   93.9/1.1  70/180   97.0/8.8  50/120
//   without the floor   95.2/0.0 60/90    92.8/0.0 70/180   85.3/0.2 100/250   96.5/11.3 60/150
//   SILERO_AND_FLOOR    98.2/0.2 40/60    95.5/1.7 70/169   89.4/3.4 100/289   95.8/8.5  80/210
//   SILERO_ALONE        96.1/0.0 70/130   95.4/2.4 80/200   88.2/8.2 100/360   96.7/25.7 70/180

/** Silero's opinion as it is. */
export const SILERO_ALONE: FusionWeights = { silero: 1, rnnoise: 0, floor: 0, offset: 0 };

/** For frames on which RNNoise has no opinion. */
export const SILERO_AND_FLOOR: FusionWeights = {
  silero: 1.816,
  rnnoise: 0,
  floor: -0.94,
  offset: -2.478,
};

export const FUSED: FusionWeights = {
  silero: 1.581,
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
 * The fused opinion of many calls. A frame of a call is `hear` (what RNNoise found in it) or `unheard`,
 * then the evaluation by Silero, with a peek where `hear` asks for one, then `decide`.
 */
export class SpeechFusion {
  readonly #weights: FusionWeights;
  readonly #unheardWeights: FusionWeights;
  /** RNNoise's probability of the last 10 ms. */
  readonly #lastRnnoise: Float32Array;
  /** R of the frame in hand; NaN where RNNoise was not heard. */
  readonly #rnnoise: Float32Array;
  readonly #floor: Float32Array;
  /** Logit of the last frame. */
  readonly #fused: Float32Array;

  /**
   * @param capacity calls, numbered from 0
   * @param unheardWeights for frames without RNNoise; their weight of it does not count
   */
  constructor(
    capacity: number,
    weights: FusionWeights = FUSED,
    unheardWeights: FusionWeights = SILERO_AND_FLOOR,
  ) {
    this.#weights = weights;
    this.#unheardWeights = unheardWeights;
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
   * RNNoise had no part in this frame (it rests under load, or is off). To tell it 0 instead would be
   * its vote for silence, and cost half of the speech in noise of 0 dB.
   */
  unheard(call: number): void {
    this.#lastRnnoise[call] = 0;
    this.#rnnoise[call] = NaN;
  }

  /**
   * @param sileroLogit of the last evaluation, committed or peeked
   * @returns probability of speech in the frame, 0..1
   */
  decide(call: number, sileroLogit: number): number {
    const opinionOfRnnoise = this.#rnnoise[call] ?? NaN;
    const heard = !Number.isNaN(opinionOfRnnoise);
    const { silero, rnnoise, floor, offset } = heard ? this.#weights : this.#unheardWeights;
    const opinion = clamp(sileroLogit, SILERO_LIMIT);
    const before = this.#floor[call] ?? 0;
    const level = before + (opinion > before ? FLOOR_RISE : FLOOR_FALL) * (opinion - before);
    this.#floor[call] = level;
    const second = heard ? rnnoise * opinionOfRnnoise : 0;
    const sum = silero * opinion + second + floor * level + offset;
    this.#fused[call] = sum;
    return 1 / (1 + Math.exp(-sum));
  }

  /** Logit of the last frame's probability. */
  logit(call: number): number {
    return this.#fused[call] ?? 0;
  }
}
