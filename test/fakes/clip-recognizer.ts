// Tells which of the recorded clips was spoken: a recogniser that fakes transcribe with. Test.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, rms } from './openai/audio.js';

const RATE_HZ = 8000;
const FRAME_SAMPLES = 160;
/** Centres of the bands whose loudness makes a spectrum, in Hz: about the critical bands of the line. */
const BANDS_HZ = [250, 400, 570, 770, 1000, 1270, 1600, 2000, 2500, 3150];
/** A clip may have lost this much at its beginning, or gained it: a VAD cuts, a call pads. */
const MAX_SHIFT_FRAMES = 20;
/** Of the loudest band and frame: 25 dB below it ends the speech, 35 dB below it counts as nothing. */
const SPEECH_POWER = 10 ** -2.5;
const FLOOR_POWER = 10 ** -3.5;
/** Below this likeness it was none of the clips. */
const MIN_LIKENESS = 0.6;
const SILENCE_RMS = 30;

export interface Clip {
  /** File name without `.wav`. */
  readonly name: string;
  readonly transcript: string;
  /** Mono int16 at 8000 Hz. */
  readonly pcm: Int16Array;
}

/** Clips of `assets/speech` with what is said in them. */
export function speechClips(names?: readonly string[]): Clip[] {
  const folder = join(process.cwd(), 'assets', 'speech');
  const lines = readFileSync(join(folder, 'transcripts.tsv'), 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [file = '', , transcript = ''] = line.split('\t');
    const name = file.replace('.wav', '');
    if (names !== undefined && !names.includes(name)) return [];
    return [{ name, transcript, pcm: decodeWav(readFileSync(join(folder, file))).pcm }];
  });
}

export function speechClip(name: string): Clip {
  const [clip] = speechClips([name]);
  if (clip === undefined) throw new Error(`assets/speech has no ${name}.wav`);
  return clip;
}

/**
 * The clip that audio sounds most like: frames of band loudness are compared at every shift. Takes
 * coding, denoising, cut edges and padding; knows nothing but its clips.
 * @returns undefined for silence and for anything else
 */
export function clipRecognizer(clips: readonly Clip[]): (pcm: Int16Array) => Clip | undefined {
  const known = clips.map((clip) => ({ clip, frames: spectra(clip.pcm) }));
  return (pcm) => {
    if (rms(pcm) < SILENCE_RMS) return undefined;
    const heard = spectra(pcm);
    let best: Clip | undefined;
    let bestLikeness = MIN_LIKENESS;
    for (const { clip, frames } of known) {
      const likeness = likenessOf(heard, frames);
      if (likeness > bestLikeness) [best, bestLikeness] = [clip, likeness];
    }
    return best;
  };
}

/**
 * Log loudness of each band in each 20 ms frame of the speech, without what all frames have in common.
 * Silence at both ends is left out, and all that is far below the loudest.
 */
function spectra(pcm: Int16Array): Float64Array[] {
  const powers: Float64Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    const frame = pcm.subarray(at, at + FRAME_SAMPLES);
    powers.push(Float64Array.from(BANDS_HZ, (hz) => goertzel(frame, hz)));
  }
  const loudest = Math.max(...powers.map((bands) => Math.max(...bands)), 1);
  const isSpeech = (bands: Float64Array) => Math.max(...bands) > loudest * SPEECH_POWER;
  const first = powers.findIndex(isSpeech);
  const last = powers.findLastIndex(isSpeech);
  const frames = powers
    .slice(Math.max(first, 0), last + 1)
    .map((bands) => bands.map((power) => Math.log(power / loudest + FLOOR_POWER)));
  const mean = BANDS_HZ.map((_, i) => frames.reduce((sum, bands) => sum + (bands[i] ?? 0), 0));
  return frames.map((bands) => bands.map((value, i) => value - (mean[i] ?? 0) / frames.length));
}

/** Power at one frequency (Goertzel, 1958). */
function goertzel(frame: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / RATE_HZ);
  let before = 0;
  let last = 0;
  for (const sample of frame) {
    const next = sample + coefficient * last - before;
    before = last;
    last = next;
  }
  return last * last + before * before - coefficient * last * before;
}

/** Correlation of two recordings at the best shift, frames without a partner counting against it. */
function likenessOf(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  const scale = Math.sqrt(energy(a) * energy(b));
  let best = 0;
  for (let shift = -MAX_SHIFT_FRAMES; shift <= MAX_SHIFT_FRAMES; shift++) {
    let sum = 0;
    for (let i = Math.max(0, -shift); i < a.length && i + shift < b.length; i++) {
      sum += dot(a[i] ?? [], b[i + shift] ?? []);
    }
    best = Math.max(best, sum / scale);
  }
  return best;
}

function energy(frames: readonly Float64Array[]): number {
  return frames.reduce((sum, frame) => sum + dot(frame, frame), 1e-9);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
