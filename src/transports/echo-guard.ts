// Tells the agent's own voice, come back over the line, from the caller's: by level and delay alone. Pure. Media plane.
//
//   sent frames --(when they play)--> level of the far end, by time --+
//                                                                     +-> is this no more than echo?
//   the caller's frames ----------------------------------> level ---+
//
// The line's echo is what was played some 0 to 400 ms ago, softer by the echo path's return loss. What
// the caller says is added to the echo and can only make the line louder. So the smallest ratio of near
// to far energy that was seen at a delay bounds the echo of that delay: at a wrong delay it soon falls
// to nothing, since the agent has spoken there while the line was quiet; at the right one it stays at
// the gain of the echo path, however much the caller talks. (The minimum plays the part that it has in
// noise estimation by minimum statistics: R. Martin, IEEE Trans. Speech and Audio Processing 9(5), 2001.)
// A frame that is no louder than the loudest echo which these bounds allow is echo. Sums and bounds lag
// behind by some frames where the agent grows loud, so a frame that is little louder leaves doubt.

import { FRAME_MS } from '../dsp/frame.js';

/** Echo delays looked at: 400 ms, and what the frame itself, the denoiser and the network add. */
const LAGS = 28;
/**
 * Levels of the far end are kept for so many frames: past ones for the delay, coming ones for the lead.
 * A power of two. So long after the agent's last frame nothing of it is left in any sum either.
 */
const LEVELS = 128;
/** Softer is no voice: -60 dBFS as a mean square of int16. */
const SILENCE_POWER = 32768 ** 2 * 1e-6;
/** Far-end energy from which the ratio says something: some 100 ms at -40 dBFS. */
const TELLING_ENERGY = 5 * 32768 ** 2 * 1e-4;
/** Before anything is learned of a delay, its echo is taken to be softer than what is played by 13 dB or more. */
const ASSUMED_GAIN = 0.05;
/** Energies are sums over some 100 ms, so that frames of both directions need not align. */
const KEEP = 0.8;
/** Bounds rise by 3 dB in a second of agent speech: the echo path may change. */
const RISE = 10 ** (0.3 / 50);
/** An echo may be 6 dB above its bound. */
const MARGIN = 4;
/** But for a frame or two the bound may be too low: what is another 9 dB above that is no echo for sure. */
const CLEAR_MARGIN = 8;

const cell = (time: number): number => time & (LEVELS - 1);

/** Is a frame no more than the agent's voice come back, more than that, or so much more that no doubt is left? */
export type EchoOpinion = 'echo' | 'doubtful' | 'clear';

/** One per call. Feed it every frame of both directions. */
export class EchoGuard {
  /** Mean square of what plays in each 20 ms of the node's clock, and which 20 ms that are. */
  readonly #levels = new Float32Array(LEVELS);
  readonly #times = new Int32Array(LEVELS).fill(-(2 ** 31));
  /**
   * What has played, and the same summed up with KEEP; valid for the last LAGS frames. Both twice in a
   * row, so that what lies before a frame lies before its second place.
   */
  readonly #past = new Float32Array(2 * LEVELS);
  readonly #energies = new Float32Array(2 * LEVELS);
  /** The largest gain that an echo of each delay can have. */
  readonly #gains = new Float32Array(LAGS).fill(ASSUMED_GAIN);
  #nearEnergy = 0;
  /** The newest 20 ms that `#energies` has. */
  #now = -Infinity;
  #nearMs = -Infinity;
  /** The newest 20 ms that the far end was told to play. */
  #lastSent = -Infinity;

  /** A frame of mean square `power` plays at `playsAtMs` if nothing delays it. */
  sent(power: number, playsAtMs: number): void {
    const time = Math.floor(playsAtMs / FRAME_MS);
    const at = cell(time);
    this.#levels[at] = power;
    this.#times[at] = time;
    this.#lastSent = time;
  }

  /** What was to play after `nowMs` will not. */
  cut(nowMs: number): void {
    const now = Math.floor(nowMs / FRAME_MS);
    for (let i = 0; i < LEVELS; i += 1) if ((this.#times[i] as number) > now) this.#levels[i] = 0;
  }

  /**
   * The caller's next frame: is what it holds explained by what the agent said? Clear while it said nothing.
   * @param power mean square of its int16 samples
   * @param arrivedAtMs when its last byte arrived
   */
  judge(power: number, arrivedAtMs: number): EchoOpinion {
    // The frame was over when it arrived: what plays only now cannot be in it.
    this.#moveTo(this.#align(arrivedAtMs) - 1);
    this.#nearEnergy = KEEP * this.#nearEnergy + power;
    if (this.#now - this.#lastSent > LEVELS) return 'clear';
    const echo = this.#learn();
    if (echo < 0) return 'clear';
    const most = Math.max(echo * MARGIN, SILENCE_POWER);
    if (power <= most) return 'echo';
    return power <= most * CLEAR_MARGIN ? 'doubtful' : 'clear';
  }

  /** The largest gain of an echo that is still possible, in dB (negative: the return loss). */
  get gainDb(): number {
    return 10 * Math.log10(Math.max(...this.#gains));
  }

  /** Frames arrive in bursts but were spoken evenly: the earliest arrivals tell when. */
  #align(arrivedAtMs: number): number {
    const evenMs = this.#nearMs + FRAME_MS;
    const lateMs = arrivedAtMs - evenMs;
    this.#nearMs = lateMs < 0 || lateMs > 1000 ? arrivedAtMs : evenMs + lateMs * 0.01;
    return Math.floor(this.#nearMs / FRAME_MS);
  }

  /** Sums up the far end's energy to `time`; its levels until then are final. */
  #moveTo(time: number): void {
    if (time - this.#now > LAGS) {
      this.#now = time - LAGS;
      this.#energies.fill(0);
      this.#past.fill(0);
    }
    for (; this.#now < time; this.#now += 1) {
      const before = this.#energies[cell(this.#now)] as number;
      const level = this.#level(this.#now + 1);
      const at = cell(this.#now + 1);
      const energy = KEEP * before + level;
      this.#past[at] = level;
      this.#past[at + LEVELS] = level;
      this.#energies[at] = energy;
      this.#energies[at + LEVELS] = energy;
    }
  }

  #level(time: number): number {
    const at = cell(time);
    return this.#times[at] === time ? (this.#levels[at] as number) : 0;
  }

  /**
   * Bound the gain of every delay by what was just heard.
   * @returns the loudest echo that may be in this frame, -1 where the far end has been quiet
   */
  #learn(): number {
    const energies = this.#energies;
    const past = this.#past;
    const gains = this.#gains;
    const near = this.#nearEnergy;
    const newest = cell(this.#now) + LEVELS;
    let loudest = -1;
    let before = past[newest] as number;
    for (let lag = 0; lag < LAGS; lag += 1) {
      const farEnergy = energies[newest - lag] as number;
      let gain = gains[lag] as number;
      if (farEnergy >= TELLING_ENERGY) {
        gain *= RISE;
        if (gain > ASSUMED_GAIN) gain = ASSUMED_GAIN;
        if (near < gain * farEnergy) gain = near / farEnergy;
        gains[lag] = gain;
      }
      // An echo seldom aligns with frames: it lies in two of them.
      const next = past[newest - lag - 1] as number;
      const far = before > next ? before : next;
      if (far > 0 && gain * far > loudest) loudest = gain * far;
      before = next;
    }
    return loudest;
  }
}
