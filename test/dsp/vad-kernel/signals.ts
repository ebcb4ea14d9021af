// What the VAD kernel is tried on: human speech in five languages, noisy lines, and full-scale extremes.
import { readdirSync } from 'node:fs';
import { seededRandom } from '../harness/random.js';
import { readClip } from '../harness/wav.js';

const RATE_HZ = 8000;
const FULL_SCALE = 32767;

/** Twelve seconds of one speaker: es, fr, it or ru. */
export function fixtureVoice(language: string): Int16Array {
  return readClip(`test/fixtures/vad/${language}.wav`);
}

/** About twelve seconds of the English prompts. */
export function englishVoice(): Int16Array {
  const files = readdirSync('assets/speech').filter((file) => file.endsWith('.wav'));
  const speech = new Int16Array(12 * RATE_HZ);
  let at = RATE_HZ / 2;
  for (const file of files.slice(20)) {
    const clip = readClip(`assets/speech/${file}`).subarray(0, speech.length - at);
    speech.set(clip, at);
    at += clip.length + RATE_HZ / 2;
    if (at >= speech.length) break;
  }
  return speech;
}

export function voices(): Map<string, Int16Array> {
  const others = ['es', 'fr', 'it', 'ru'].map((name) => [name, fixtureVoice(name)] as const);
  return new Map([['en', englishVoice()], ...others]);
}

/** Louder by a factor, held to int16. */
export function amplified(signal: Int16Array, factor: number): Int16Array {
  return signal.map((sample) => Math.max(-32768, Math.min(32767, Math.round(sample * factor))));
}

/** Signals at full scale that no telephone user makes, and silence. `seconds` of each. */
export function extremes(seconds: number): Map<string, Int16Array> {
  const length = Math.floor(seconds * RATE_HZ);
  const random = seededRandom(99);
  const signals = new Map<string, Int16Array>();
  const add = (name: string, at: (n: number) => number): void => {
    signals.set(
      name,
      Int16Array.from({ length }, (_, n) => Math.round(FULL_SCALE * at(n))),
    );
  };
  for (const hz of [50, 440, 1000, 2000, 3000, 3400, 3700, 3800, 3850, 3900, 3950, 3990]) {
    add(`tone of ${hz} Hz`, (n) => Math.sin((2 * Math.PI * hz * n) / RATE_HZ + 0.3));
  }
  for (const period of [2, 4, 8, 16, 50, 100, 160]) {
    add(`square of ${RATE_HZ / period} Hz`, (n) => (Math.floor((2 * n) / period) % 2 ? -1 : 1));
  }
  add('white noise', () => 2 * random() - 1);
  add('random signs', () => (random() < 0.5 ? -1 : 1));
  add('constant', () => 1);
  add('impulse in each window', (n) => (n % 256 === 128 ? 1 : 0));
  add('noise every other window', (n) => (Math.floor(n / 256) % 2 && random() < 0.5 ? -1 : 1));
  add('sweep', (n) => Math.sin((Math.PI * RATE_HZ * n * n) / (2 * length * RATE_HZ)));
  add('smallest step', (n) => (n % 2 ? 1 : -1) / FULL_SCALE);
  add('silence', () => 0);
  return signals;
}
