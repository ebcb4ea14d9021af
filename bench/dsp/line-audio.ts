// What the calls of the audio benchmark hear: human speech with pauses and light line noise, as mu-law. Media plane.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FRAME_SAMPLES, LINE_RATE_HZ } from '../../src/dsp/frame.js';
import { linearToMulaw, MULAW_TO_LINEAR } from '../../src/dsp/g711.js';
import { seededNormal } from '../../test/dsp/harness/random.js';
import { readClip } from '../../test/dsp/harness/wav.js';

const SPEECH = 'assets/speech';
const SECONDS = 120;
/** Share of the time in which somebody talks. */
export const TALK_SHARE = 0.4;
/** -65 dB re full scale. */
const NOISE_RMS = 18;
/** Calls begin so many frames apart: about 9 s, no multiple of a sentence. */
const STAGGER_FRAMES = 457;

/** One recording; each call begins elsewhere in it and goes round. */
export class LineAudio {
  readonly #mulaw: Uint8Array;
  readonly #linear: Float32Array;
  readonly #frames: number;

  constructor() {
    const normal = seededNormal(1);
    const length = SECONDS * LINE_RATE_HZ;
    const samples = new Float32Array(length);
    const clips = readdirSync(SPEECH).filter((name) => name.endsWith('.wav'));
    for (let at = 0, i = 0; at < length; i++) {
      const speech = readClip(join(SPEECH, clips[i % clips.length] ?? ''));
      samples.set(speech.subarray(0, length - at), at);
      at += Math.round(speech.length / TALK_SHARE);
    }
    this.#mulaw = Uint8Array.from(samples, (sample) => {
      const noisy = Math.round(sample + NOISE_RMS * normal());
      return linearToMulaw(Math.max(-32768, Math.min(32767, noisy)));
    });
    this.#linear = Float32Array.from(this.#mulaw, (byte) => MULAW_TO_LINEAR[byte] ?? 0);
    this.#frames = length / FRAME_SAMPLES;
  }

  /** 160 mu-law bytes: what a call hears in a tick. */
  mulaw(call: number, tick: number): Uint8Array {
    const at = this.#at(call, tick);
    return this.#mulaw.subarray(at, at + FRAME_SAMPLES);
  }

  /** The same as 160 floats in int16 units. */
  linear(call: number, tick: number): Float32Array {
    const at = this.#at(call, tick);
    return this.#linear.subarray(at, at + FRAME_SAMPLES);
  }

  /** All of it as floats. */
  get recording(): Float32Array {
    return this.#linear;
  }

  #at(call: number, tick: number): number {
    return ((tick + call * STAGGER_FRAMES) % this.#frames) * FRAME_SAMPLES;
  }
}
