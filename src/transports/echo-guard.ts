// Tells the agent's own voice, come back over the line, from the caller's: by level and delay alone. Pure. Media plane.
//
//   sent frames --(when they play)--> level of the far end, by time --+
//                                                                     +-> is this no more than echo?
//   the caller's frames ----------------------------------> level ---+
//
// The line's echo is what was played some 0 to 400 ms ago, softer by the echo path's return loss. The
// path is learned from the call itself: its gain from the energy of both directions, its delay from the
// correlation of their envelopes. A frame that is no louder than the echo expected now is echo.

import { FRAME_MS } from '../dsp/frame.js';

/** Echo delays looked at: 400 ms, and what the frame itself, the denoiser and the network add. */
const LAGS = 28;
/** Levels of the far end are kept for so many frames: past ones for the delay, coming ones for the lead. */
const LEVELS = 128;
/** Softer is no voice: -60 dBFS as a mean square of int16. */
const SILENCE_POWER = 32768 ** 2 * 1e-6;
/** Before anything is learned: the echo is at least 14 dB softer than what is played. */
const ASSUMED_GAIN = 10 ** -1.4;
/** Far-end energy by which that assumption is worn out: some 200 ms of speech at -20 dBFS. */
const ASSUMED_WEIGHT = 10 * 32768 ** 2 * 1e-2;
/** The expected echo may be 6 dB off: frames of both directions do not align. */
const MARGIN = 4;
/** Learning forgets within some 2 s of agent speech. */
const KEEP = 0.99;
/** Frames that are louder than echo teach little: they are mostly the caller. */
const LOUD_WEIGHT = 0.05;
/** Envelopes correlated so well name the delay. */
const KNOWN_CORRELATION = 0.7;
/** Agent speech that a delay is learned from: 400 ms. */
const KNOWN_AFTER_FRAMES = 20;

const cell = (time: number): number => ((time % LEVELS) + LEVELS) % LEVELS;

/** One per call. Feed it every frame of both directions. */
export class EchoGuard {
  /** Mean square of what plays in each 20 ms of the node's clock, and which 20 ms that are. */
  readonly #levels = new Float32Array(LEVELS);
  readonly #times = new Int32Array(LEVELS).fill(-1);
  /** Running sums over frames for every lag: far envelope, its square, its product with the near one. */
  readonly #far = new Float64Array(LAGS);
  readonly #farSquare = new Float64Array(LAGS);
  readonly #product = new Float64Array(LAGS);
  #near = 0;
  #nearSquare = 0;
  #weight = 0;
  /** Energies that the gain is made of. */
  #nearEnergy = ASSUMED_GAIN * ASSUMED_WEIGHT;
  #farEnergy = ASSUMED_WEIGHT;
  #nearMs = -Infinity;
  #lag = -1;

  /** A frame of mean square `power` plays at `playsAtMs` if nothing delays it. */
  sent(power: number, playsAtMs: number): void {
    const time = Math.floor(playsAtMs / FRAME_MS);
    const at = cell(time);
    this.#levels[at] = power;
    this.#times[at] = time;
  }

  /** What was to play after `nowMs` will not. */
  cut(nowMs: number): void {
    const now = Math.floor(nowMs / FRAME_MS);
    for (let i = 0; i < LEVELS; i += 1) if ((this.#times[i] as number) > now) this.#levels[i] = 0;
  }

  /**
   * The caller's next frame: is what it holds explained by what the agent said?
   * @param power mean square of its int16 samples
   * @param arrivedAtMs when its last byte arrived
   */
  explains(power: number, arrivedAtMs: number): boolean {
    const now = this.#align(arrivedAtMs);
    let loudest = 0;
    for (let lag = 0; lag < LAGS; lag += 1) loudest = Math.max(loudest, this.#level(now - lag));
    if (loudest < SILENCE_POWER) return false;
    const expected = this.#expected(now, loudest);
    const isEcho = power <= Math.max(expected * MARGIN, SILENCE_POWER);
    this.#learn(now, power, isEcho ? 1 : LOUD_WEIGHT);
    return isEcho;
  }

  /** Gain of the echo path as known now, in dB (negative: the return loss). */
  get gainDb(): number {
    return 10 * Math.log10(this.#nearEnergy / this.#farEnergy);
  }

  /** Delay of the echo as known now, in ms; undefined while nothing is known. */
  get delayMs(): number | undefined {
    return this.#lag < 0 ? undefined : this.#lag * FRAME_MS;
  }

  /** Frames arrive in bursts but were spoken evenly: the earliest arrivals tell when. */
  #align(arrivedAtMs: number): number {
    const evenMs = this.#nearMs + FRAME_MS;
    const lateMs = arrivedAtMs - evenMs;
    this.#nearMs = lateMs < 0 || lateMs > 1000 ? arrivedAtMs : evenMs + lateMs * 0.01;
    return Math.floor(this.#nearMs / FRAME_MS);
  }

  #level(time: number): number {
    const at = cell(time);
    return this.#times[at] === time ? (this.#levels[at] as number) : 0;
  }

  #expected(now: number, loudest: number): number {
    const gain = Math.min(1, this.#nearEnergy / this.#farEnergy);
    if (this.#lag < 0) return gain * loudest;
    let around = 0;
    for (let lag = this.#lag - 1; lag <= this.#lag + 1; lag += 1) {
      around = Math.max(around, this.#level(now - lag));
    }
    return gain * around;
  }

  #learn(now: number, power: number, weight: number): void {
    const near = Math.sqrt(power);
    for (let lag = 0; lag < LAGS; lag += 1) {
      const far = Math.sqrt(this.#level(now - lag));
      this.#far[lag] = KEEP * (this.#far[lag] as number) + weight * far;
      this.#farSquare[lag] = KEEP * (this.#farSquare[lag] as number) + weight * far * far;
      this.#product[lag] = KEEP * (this.#product[lag] as number) + weight * far * near;
    }
    this.#near = KEEP * this.#near + weight * near;
    this.#nearSquare = KEEP * this.#nearSquare + weight * power;
    this.#weight = KEEP * this.#weight + weight;
    if (this.#weight >= KNOWN_AFTER_FRAMES) this.#findLag();
    // While the delay is unknown the far end counts once its echo must have come.
    const lag = this.#lag < 0 ? LAGS - 1 : this.#lag;
    this.#nearEnergy = KEEP * this.#nearEnergy + weight * power;
    this.#farEnergy = KEEP * this.#farEnergy + weight * this.#level(now - lag);
  }

  #findLag(): void {
    let best = KNOWN_CORRELATION;
    let found = -1;
    const nearSpread = this.#nearSquare * this.#weight - this.#near ** 2;
    for (let lag = 0; lag < LAGS; lag += 1) {
      const far = this.#far[lag] as number;
      const shared = (this.#product[lag] as number) * this.#weight - far * this.#near;
      const farSpread = (this.#farSquare[lag] as number) * this.#weight - far * far;
      const correlation = shared / Math.sqrt(Math.max(1e-9, nearSpread * farSpread));
      if (correlation <= best) continue;
      best = correlation;
      found = lag;
    }
    if (found >= 0) this.#lag = found;
  }
}
