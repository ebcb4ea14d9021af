// Tells the agent's own voice, come back over the line, from the caller's: by level, delay and likeness. Pure. Media plane.
//
//   sent frames --(when they play)--> level of the far end, by time --+
//                                                                     +-> is this no more than echo?
//   the caller's frames ----------------------------------> level ---+
//
// The line's echo is what was played some 0 to 1200 ms ago, softer by the echo path's return loss. What
// the caller says is added to the echo and can only make the line louder. So the smallest ratio of near
// to far energy that was seen at a delay bounds the echo of that delay: at a wrong delay it soon falls
// to nothing, since the agent has spoken there while the line was quiet; at the right one it stays at
// the gain of the echo path, however much the caller talks. (The minimum plays the part that it has in
// noise estimation by minimum statistics: R. Martin, IEEE Trans. Speech and Audio Processing 9(5), 2001.)
// A bound is only that: while a caller talks, what is said bounds the delays that come into play as an echo
// would. So level alone tells of speech only what is softer than what was played by 24 dB, where line noise
// may hide its sound, and of delays that were heard to echo. A voice that is not the agent's keeps its soft end.
//
// Other speech that may be echo is compared with what was played (`EchoLikeness`). An echo stays where it is:
// 60 ms that are alike at a delay are held back until 120 ms at the very same delay tell. Of an echo 40 % and
// more of the energy is explained then, behind a small loudspeaker too; of another voice seldom 20 %, since a
// vowel that fits by its pitch fits for a moment only. At a delay that the line was too quiet for before, more
// is asked. Once the delay is known its bound may be high, and it is looked at alone. Then a caller over the
// echo is known by what the echo does not explain.

import { FRAME_MS } from '../dsp/frame.js';
import { EchoLikeness, LIKENESS_SAMPLES } from './echo-likeness.js';

/** Echo delays looked at: 1200 ms, and what the frame itself, the denoiser and the network add. */
const LAGS = 68;
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
/** Speech is asked for its sound, unless the echo would be softer by 24 dB: then line noise may hide what it is like. */
const UNHEARD_GAIN = 0.004;
/** Energies are sums over some 100 ms, so that frames of both directions need not align. */
const KEEP = 0.8;
/** Bounds rise by 3 dB in a second of agent speech: the echo path may change. */
const RISE = 10 ** (0.3 / 50);
/** An echo may be 6 dB above its bound. */
const MARGIN = 4;
/** But for a frame or two the bound may be too low: what is another 9 dB above that is no echo for sure. */
const CLEAR_MARGIN = 8;

/** Less likely speech is not compared with anything: it starts no voice. */
const SPEECH = 0.35;
/**
 * Of a frame's energy so much is explained by what was played: it may be an echo, and is looked at further;
 * at a known delay it is one.
 */
const SIMILAR = 0.25;
const ALIKE = 0.4;
/** A likeness at one delay that proves it to be an echo's; and one that was ruled out, being 9 dB too loud for its bound. */
const PROVEN = 0.35;
const PROVEN_ANEW = 0.6;
const RULED_OUT = 8;
/** What is less alike than this is no echo. */
const UNLIKE = 0.2;
/** A caller is heard over an echo whose bound is exceeded by 3 dB, and by 2 dB by what it does not explain. */
const OVER_ECHO = 2;
const UNEXPLAINED = 1.6;
/** So many frames over the agent are a voice, whose soft end is taken for its own for as long. */
const OVER_FRAMES = 3;
const KEPT_OVER_FRAMES = 10;
/** 60 ms are compared; a syllable may begin in them. */
const COMPARED_FRAMES = 3;
/** So many together prove an echo, at a delay that stays within 0.5 ms. */
const PROVING_FRAMES = 6;
const STAYS = 2;
/** How far a known delay is looked for: it drifts; and frames may align anew, by one. */
const DRIFT = 8;
const ALIGNS_ANEW = LIKENESS_SAMPLES + DRIFT;
const WIDER_EVERY = 4;
const LONGEST_LAG = (LAGS - 1) * LIKENESS_SAMPLES;
/** A search over all delays costs some 200 us: so many at once, and then one in so many frames. */
const SEARCHES = 4;
const SEARCH_EVERY = 20;
/** A loud echo lies in the frames around its delay: reflections are behind it. */
const LAGS_BEFORE = 1;
const LAGS_BEHIND = 5;
/** The bound of an echo that was recognised by its sound, at most: louder than played by 3 dB. */
const LOUDEST_GAIN = 2;
const UNKNOWN = -1;

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
  readonly #gains = new Float32Array(LAGS).fill(LOUDEST_GAIN);
  /** And the largest that is believed of it without hearing it. */
  readonly #mostGains = new Float32Array(LAGS).fill(ASSUMED_GAIN);
  readonly #likeness = new EchoLikeness();
  /** Delay of the echo that was recognised, and of one that may be (samples of 4 kHz). */
  #lag = UNKNOWN;
  #candidate = UNKNOWN;
  #candidateFrames = 0;
  /** The loudest echo that may be in the newest frame: if no more is believed unheard, and if its sound says so. */
  #believed = 0;
  #possible = 0;
  /** Frames of late that were a caller's, less those since that were not. */
  #overFrames = 0;
  #searches = SEARCHES;
  #framesSinceSearch = 0;
  #nearEnergy = 0;
  /** The newest 20 ms that `#energies` has. */
  #now = -Infinity;
  #nearMs = -Infinity;
  /** The newest 20 ms that the far end was told to play. */
  #lastSent = -Infinity;

  /**
   * A frame of mean square `power` plays at `playsAtMs` if nothing delays it.
   * @param mulaw its audio, from `from` on; without it the frame is known by its level alone
   */
  sent(power: number, playsAtMs: number, mulaw?: Uint8Array, from = 0): void {
    const time = this.#follows(playsAtMs);
    const at = cell(time);
    this.#levels[at] = power;
    this.#times[at] = time;
    if (mulaw) {
      const quiet = Math.min(LEVELS, time - this.#lastSent - 1);
      for (let i = 1; i <= quiet; i += 1) this.#likeness.silent(time - i);
      this.#likeness.played(time, mulaw, from);
    }
    this.#lastSent = time;
  }

  /** Frames that follow one another take 20 ms each, whatever the sums of their times come to. */
  #follows(playsAtMs: number): number {
    const next = this.#lastSent + 1;
    const isNext = Math.abs(playsAtMs - (next + 0.5) * FRAME_MS) <= FRAME_MS;
    return isNext ? next : Math.floor(playsAtMs / FRAME_MS);
  }

  /** What was to play after `nowMs` will not. */
  cut(nowMs: number): void {
    const now = Math.floor(nowMs / FRAME_MS);
    for (let i = 0; i < LEVELS; i += 1) {
      const time = this.#times[i] as number;
      if (time <= now) continue;
      this.#levels[i] = 0;
      this.#likeness.silent(time);
    }
    if (this.#lastSent > now) this.#lastSent = now;
  }

  /**
   * The caller's next frame: is what it holds explained by what the agent said? Clear while it said nothing.
   * @param power mean square of its int16 samples
   * @param arrivedAtMs when its last byte arrived
   * @param speech probability that it holds speech
   * @param pcm its samples; without them it is judged by its level alone
   */
  judge(power: number, arrivedAtMs: number, speech = 0, pcm?: Int16Array): EchoOpinion {
    // The frame was over when it arrived: what plays only now cannot be in it.
    this.#moveTo(this.#align(arrivedAtMs) - 1);
    this.#nearEnergy = KEEP * this.#nearEnergy + power;
    if (this.#now - this.#lastSent > LEVELS) return 'clear';
    this.#candidateFrames += 1;
    if (pcm) this.#likeness.heard(pcm);
    const echo = this.#learn();
    if (echo < 0) return 'clear';
    if (pcm === undefined || speech < SPEECH) return this.#byLevel(power, echo);
    const opinion = this.#bySound(power);
    if (opinion === 'echo') this.#overFrames = Math.max(0, this.#overFrames - 1);
    return opinion;
  }

  #byLevel(power: number, echo: number): EchoOpinion {
    const most = Math.max(echo * MARGIN, SILENCE_POWER);
    if (power <= most) return 'echo';
    return power <= most * CLEAR_MARGIN ? 'doubtful' : 'clear';
  }

  #bySound(power: number): EchoOpinion {
    const echo = this.#believed;
    if (power <= SILENCE_POWER) return 'echo';
    const isSoft = power <= echo * MARGIN;
    if (isSoft && this.#goesOn) return 'doubtful';
    if (isSoft ? !this.#isOver(power, echo) : this.#isAlike()) return 'echo';
    this.#overFrames = Math.min(KEPT_OVER_FRAMES, this.#overFrames + 1);
    return isSoft || power <= this.#possible * MARGIN * CLEAR_MARGIN ? 'doubtful' : 'clear';
  }

  /** A voice that was no echo fades: nothing has told of any echo. */
  get #goesOn(): boolean {
    return this.#lag === UNKNOWN && this.#overFrames >= OVER_FRAMES;
  }

  /** Is a caller heard over an echo whose delay is known? */
  #isOver(power: number, echo: number): boolean {
    if (this.#lag === UNKNOWN || power <= Math.max(echo * OVER_ECHO, SILENCE_POWER)) return false;
    const likeness = this.#likenessNear(this.#lag, UNLIKE);
    return likeness < ALIKE && (1 - likeness) * power > echo * UNEXPLAINED;
  }

  /** Speech that is louder than any echo known: is it the agent's own all the same? */
  #isAlike(): boolean {
    if (this.#lag !== UNKNOWN && this.#likenessNear(this.#lag, ALIKE) >= ALIKE)
      return this.#knowLag();
    if (this.#candidate !== UNKNOWN) {
      if (this.#isCandidateAlike()) return true;
      // A candidate that was none may have hidden another one.
    }
    return this.#findCandidate();
  }

  #findCandidate(): boolean {
    this.#framesSinceSearch += 1;
    if (this.#framesSinceSearch >= SEARCH_EVERY) {
      this.#framesSinceSearch = 0;
      this.#searches = Math.min(SEARCHES, this.#searches + 1);
    }
    if (this.#searches === 0) return false;
    this.#searches -= 1;
    const likeness = this.#likeness.searchAll(this.#now, LONGEST_LAG, COMPARED_FRAMES);
    if (likeness < SIMILAR) return false;
    this.#candidate = this.#likeness.lag;
    this.#candidateFrames = 0;
    return true;
  }

  /**
   * An echo stays where it is: what came before and since it was found is alike at one and the same delay.
   * Of a voice that fits by chance the next syllable does not.
   */
  #isCandidateAlike(): boolean {
    const frames = COMPARED_FRAMES + this.#candidateFrames;
    const isTold = frames >= PROVING_FRAMES;
    const compared = Math.min(frames, PROVING_FRAMES);
    const likeness = this.#likenessWithin(this.#candidate, STAYS, compared);
    if (!isTold && likeness >= UNLIKE) return true;
    this.#candidate = UNKNOWN;
    return isTold && likeness >= this.#proof ? this.#knowLag() : false;
  }

  /** The line was quieter than such an echo before: then its delay must have changed, which seldom happens. */
  get #proof(): number {
    const { lag, gain } = this.#likeness;
    const bound = this.#gains[Math.min(LAGS - 1, Math.floor(lag / LIKENESS_SAMPLES))] as number;
    const next = this.#gains[Math.min(LAGS - 1, Math.floor(lag / LIKENESS_SAMPLES) + 1)] as number;
    return gain > Math.max(bound, next) * RULED_OUT ? PROVEN_ANEW : PROVEN;
  }

  /** @param enough likeness that needs no wider look */
  #likenessNear(lag: number, enough: number): number {
    const likeness = this.#likenessWithin(lag, DRIFT);
    // While a caller is being heard a wider look now and then is enough.
    const isSettled = this.#overFrames >= OVER_FRAMES && this.#now % WIDER_EVERY !== 0;
    return likeness >= enough || isSettled ? likeness : this.#likenessWithin(lag, ALIGNS_ANEW);
  }

  #likenessWithin(lag: number, reach: number, frames = COMPARED_FRAMES): number {
    const from = Math.max(0, lag - reach);
    return this.#likeness.search(this.#now, from, lag + reach, frames);
  }

  /** The delay just found is an echo's: its bound may be as high as it is. */
  #knowLag(): true {
    const { lag, gain } = this.#likeness;
    this.#lag = lag;
    this.#candidate = UNKNOWN;
    this.#searches = SEARCHES;
    const at = Math.floor(lag / LIKENESS_SAMPLES);
    this.#mostGains.fill(ASSUMED_GAIN);
    const last = Math.min(LAGS - 1, at + LAGS_BEHIND);
    for (let i = Math.max(0, at - LAGS_BEFORE); i <= last; i += 1) {
      this.#mostGains[i] = LOUDEST_GAIN;
      this.#gains[i] = Math.max(this.#gains[i] as number, Math.min(gain, LOUDEST_GAIN));
    }
    return true;
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
    const mostGains = this.#mostGains;
    const near = this.#nearEnergy;
    const newest = cell(this.#now) + LEVELS;
    let loudest = -1;
    let possible = 0;
    let believed = 0;
    let before = past[newest] as number;
    for (let lag = 0; lag < LAGS; lag += 1) {
      const farEnergy = energies[newest - lag] as number;
      let gain = gains[lag] as number;
      if (farEnergy >= TELLING_ENERGY) {
        gain *= RISE;
        if (gain > LOUDEST_GAIN) gain = LOUDEST_GAIN;
        if (near < gain * farEnergy) gain = near / farEnergy;
        gains[lag] = gain;
      }
      // An echo seldom aligns with frames: it lies in two of them.
      const next = past[newest - lag - 1] as number;
      const far = before > next ? before : next;
      if (far > 0) {
        if (gain * far > possible) possible = gain * far;
        const most = mostGains[lag] as number;
        if (gain > most) gain = most;
        if (gain * far > loudest) loudest = gain * far;
        if (gain > UNHEARD_GAIN && most < LOUDEST_GAIN) gain = UNHEARD_GAIN;
        if (gain * far > believed) believed = gain * far;
      }
      before = next;
    }
    this.#possible = possible;
    this.#believed = believed;
    return loudest;
  }
}
