// The voices of the repository as callers for voice activity detection: six speakers, five languages. Media plane.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LINE_RATE_HZ } from '../../src/dsp/frame.js';
import { VOICES, voicePath } from '../../test/dsp/harness/voices.js';
import { readClip } from '../../test/dsp/harness/wav.js';
import type { VadVoice } from './vad-data.js';

/** Prompts of a recording are parted by digital silence of at least so long. */
const PAUSE_SAMPLES = LINE_RATE_HZ / 5;
const SHORTEST_SECONDS = 1.2;
const LONGEST_SECONDS = 7;

/** Neither single words nor monologues. */
export function isPrompt(clip: Int16Array): boolean {
  const seconds = clip.length / LINE_RATE_HZ;
  return seconds > SHORTEST_SECONDS && seconds < LONGEST_SECONDS;
}

function promptsIn(recording: Int16Array): Int16Array[] {
  const prompts: Int16Array[] = [];
  let start = -1;
  let end = 0;
  for (const [i, sample] of recording.entries()) {
    if (sample === 0) continue;
    if (start >= 0 && i - end > PAUSE_SAMPLES) {
      prompts.push(recording.subarray(start, end));
      start = i;
    }
    if (start < 0) start = i;
    end = i + 1;
  }
  if (start >= 0) prompts.push(recording.subarray(start, end));
  return prompts.filter(isPrompt);
}

function english(): Int16Array[] {
  const folder = 'assets/speech';
  const files = readdirSync(folder).filter((file) => file.endsWith('.wav'));
  return files.map((file) => readClip(join(folder, file))).filter(isPrompt);
}

function excerpts(prefix: string): Int16Array[] {
  return VOICES.filter((name) => name.startsWith(prefix)).map((name) => readClip(voicePath(name)));
}

function foreign(language: string): Int16Array[] {
  return [...promptsIn(readClip(`test/fixtures/vad/${language}.wav`)), ...excerpts(language)];
}

/** The two men who speak English are no part of what the fusion's weights were fitted to. */
export function repositoryVoices(): VadVoice[] {
  return [
    { name: 'English, woman', speaker: 'Allison', clips: english() },
    { name: 'Spanish, woman', speaker: 'Allison', clips: foreign('es') },
    { name: 'French, woman', speaker: 'June', clips: foreign('fr') },
    { name: 'Italian, man', speaker: 'Carlo', clips: foreign('it') },
    { name: 'Russian, woman', speaker: 'ivrvoice', clips: foreign('ru') },
    { name: 'English, man', speaker: 'Austen', clips: excerpts('en-austen') },
    { name: 'English digits, man', speaker: 'numbers', clips: excerpts('en-numbers') },
  ];
}
