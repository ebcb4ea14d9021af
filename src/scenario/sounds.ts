// The sounds that a scenario's caller makes: clips with the moment of each word, and noises. Control plane.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FRAME_MS, FRAME_SAMPLES, LINE_RATE_HZ } from '../dsp/frame.js';
import { clipFromSamples, joinClips, loadClip, pauseFrames, type Clip } from '../phone/clip.js';
import { decodeMulaw } from '../phone/mulaw.js';
import { seededRandom } from '../phone/seeded-random.js';
import type { CallerStep, Sound } from './step-schema.js';
import { timedWords, type TimedWord } from './timed-words.js';

/** What is said in one go. */
export interface Utterance {
  readonly clip: Clip;
  /** Times from the clip's beginning. */
  readonly words: readonly TimedWord[];
}

const SPEECH = fileURLToPath(new URL('../../../assets/speech/', import.meta.url));

/** Words as they are compared: without case and punctuation. */
export const plainWords = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();

let bundled: ReadonlyMap<string, string> | undefined;

/** Transcripts of assets/speech by clip name. */
function transcripts(): ReadonlyMap<string, string> {
  bundled ??= new Map(
    readFileSync(resolve(SPEECH, 'transcripts.tsv'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [file = '', , words = ''] = line.split('\t');
        return [file.replace('.wav', ''), plainWords(words)] as const;
      }),
  );
  return bundled;
}

/** The bundled clip of this name or with these words. */
function bundledName(nameOrWords: string): string | undefined {
  if (transcripts().has(nameOrWords)) return nameOrWords;
  const words = plainWords(nameOrWords);
  for (const [name, transcript] of transcripts()) if (transcript === words) return name;
  return undefined;
}

/** What of the steps' sounds is not there; paths are relative to the list of steps. */
export function checkSounds(
  steps: readonly CallerStep[],
  scenarioFile: string,
): { readonly path: PropertyKey[]; readonly what: string }[] {
  return steps.flatMap((step, i) => {
    if ('together' in step) {
      return step.together.flatMap((branch, j) =>
        checkSounds(branch, scenarioFile).map(({ path, what }) => ({
          path: [i, 'together', j, ...path],
          what,
        })),
      );
    }
    const sounds = 'say' in step ? step.say : 'interrupt' in step ? step.interrupt : [];
    return sounds.flatMap((sound) => {
      const what = missing(sound, scenarioFile);
      return what === undefined ? [] : [{ path: [i], what }];
    });
  });
}

function missing(sound: Sound, scenarioFile: string): string | undefined {
  if (typeof sound === 'number' || (typeof sound === 'object' && 'noise' in sound))
    return undefined;
  if (typeof sound === 'object' && 'file' in sound) {
    const path = resolve(dirname(scenarioFile), sound.file);
    return existsSync(path) ? undefined : `there is no file ${path}`;
  }
  const name = typeof sound === 'string' ? sound : sound.clip;
  return bundledName(name) === undefined
    ? `no clip of assets/speech has the name or the words "${name}"`
    : undefined;
}

/** Which part of a recording, and how much louder than it. */
interface Piece {
  readonly fromMs: number;
  readonly toMs: number;
  readonly gainDb: number;
}

/** A piece of a recording; without `words` they are those of the clip that lie within. */
function cut(whole: Utterance, piece: Piece, words: string | undefined): Utterance {
  const { fromMs, toMs, gainDb } = piece;
  const gain = 10 ** (gainDb / 20);
  const samples = decodeMulaw(whole.clip.mulaw).slice(
    (fromMs * LINE_RATE_HZ) / 1000,
    Math.min((toMs * LINE_RATE_HZ) / 1000, whole.clip.mulaw.length),
  );
  const clip = clipFromSamples(
    `${whole.clip.name} ${fromMs}-${toMs}`,
    Float32Array.from(samples, (sample) => (gain * sample) / 32_768),
  );
  if (words !== undefined) return { clip, words: timedWords(words, clip.voice) };
  const within = whole.words.filter(({ startMs, endMs }) => startMs >= fromMs && endMs <= toMs);
  return {
    clip,
    words: within.map(({ text, startMs, endMs }) => ({
      text,
      startMs: startMs - fromMs,
      endMs: endMs - fromMs,
    })),
  };
}

const NOISE_SEED = 7;

/** Shaped noise: no recording of a person is behind it. */
function noise(kind: 'cough' | 'burst' | 'hum', ms: number, dbfs: number): Utterance {
  const random = seededRandom(NOISE_SEED);
  const samples = new Float32Array((ms * LINE_RATE_HZ) / 1000);
  const peak = 10 ** (dbfs / 20);
  let low = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const share = i / samples.length;
    const white = random() * 2 - 1;
    // A throat is no white source: one pole at about 1 kHz.
    low += 0.55 * (white - low);
    const breath = Math.exp(-6 * ((share * 2) % 1));
    const shapes = { cough: 1.6 * low * breath, burst: white * Math.exp(-10 * share), hum: 0 };
    const hum = Math.sin((2 * Math.PI * 100 * i) / LINE_RATE_HZ);
    samples[i] = Math.max(-1, Math.min(1, kind === 'hum' ? hum : shapes[kind])) * peak;
  }
  return { clip: clipFromSamples(kind, samples), words: [] };
}

async function single(sound: Exclude<Sound, number>, scenarioFile: string): Promise<Utterance> {
  if (typeof sound === 'object' && 'noise' in sound) {
    return noise(sound.noise, sound.ms, sound.dbfs);
  }
  const named = typeof sound === 'string' ? { clip: sound } : sound;
  let whole: Utterance;
  if ('file' in named) {
    const clip = await loadClip(resolve(dirname(scenarioFile), named.file));
    whole = { clip, words: timedWords(named.words, clip.voice) };
  } else {
    const name = bundledName(named.clip) ?? named.clip;
    const clip = await loadClip(resolve(SPEECH, `${name}.wav`));
    whole = { clip, words: timedWords(transcripts().get(name) ?? '', clip.voice) };
  }
  if (!('fromMs' in named || 'toMs' in named || 'gainDb' in named)) return whole;
  const { fromMs = 0, toMs = whole.clip.durationMs, gainDb = 0 } = named;
  return cut(whole, { fromMs, toMs, gainDb }, 'clip' in named ? named.words : undefined);
}

/** One after the other, `pauseMs` between the end of one voice and the onset of the next. */
function join(one: Utterance, other: Utterance, pauseMs: number): Utterance {
  const clip = joinClips(one.clip.name, [one.clip, other.clip], pauseMs);
  // The tail of the first is the whole frame its voice ends in.
  const firstMs = Math.ceil((one.clip.voice?.endMs ?? one.clip.durationMs) / FRAME_MS) * FRAME_MS;
  const cutMs = Math.floor((other.clip.voice?.startMs ?? 0) / FRAME_MS) * FRAME_MS;
  const shiftMs = firstMs + pauseFrames(one.clip, other.clip, pauseMs) * FRAME_MS - cutMs;
  const shifted = other.words.map(({ text, startMs, endMs }) => ({
    text,
    startMs: startMs + shiftMs,
    endMs: endMs + shiftMs,
  }));
  return { clip, words: [...one.words, ...shifted] };
}

/**
 * What a step says, as one clip under a name of its own.
 * @throws {RingmasterError} WAV_NOT_FOUND, WAV_INVALID
 */
export async function loadUtterance(
  sounds: readonly Sound[],
  scenarioFile: string,
  ordinal: number,
): Promise<Utterance> {
  let said: Utterance | undefined;
  let pauseMs = 0;
  for (const sound of sounds) {
    if (typeof sound === 'number') {
      pauseMs += sound;
      continue;
    }
    const next = await single(sound, scenarioFile);
    said = said === undefined ? next : join(said, next, pauseMs);
    pauseMs = 0;
  }
  said ??= { clip: clipFromSamples('silence', new Float32Array(FRAME_SAMPLES)), words: [] };
  return { ...said, clip: { ...said.clip, name: `${ordinal} ${said.clip.name}` } };
}
