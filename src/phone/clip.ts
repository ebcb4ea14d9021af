// A recording ready to be sent down a telephone line: mu-law frames and their base64, made once. Media plane.

import { basename } from 'node:path';
import { FRAME_MS, FRAME_SAMPLES, LINE_RATE_HZ, MULAW_SILENCE } from '../dsp/frame.js';
import { encodeMulaw } from './mulaw.js';
import { resampleToLineRate } from './resample-offline.js';
import { voiceSpan, type VoiceSpan } from './voice-span.js';
import { readWav } from './wav.js';

/** Immutable and shared by all calls that play it. */
export interface Clip {
  readonly name: string;
  /** Length without the padding of the last frame. */
  readonly durationMs: number;
  /** Whole frames of mu-law, the last one padded with silence. */
  readonly mulaw: Uint8Array;
  /** The same, one base64 text for each 20 ms frame. */
  readonly payloads: readonly string[];
  /** Where its voice is; undefined for a recording without any. */
  readonly voice: VoiceSpan | undefined;
}

/** base64 of one frame of digital silence. */
export const SILENT_PAYLOAD: string = Buffer.alloc(FRAME_SAMPLES, MULAW_SILENCE).toString('base64');

function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (value) =>
    Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768))),
  );
}

/**
 * @param samples mono, -1 to 1; not kept
 * @param sampleRateHz any; resampled to 8000 Hz
 */
export function clipFromSamples(
  name: string,
  samples: Float32Array,
  sampleRateHz: number = LINE_RATE_HZ,
): Clip {
  const pcm = toInt16(resampleToLineRate(samples, sampleRateHz));
  const frames = Math.ceil(pcm.length / FRAME_SAMPLES);
  const mulaw = new Uint8Array(frames * FRAME_SAMPLES).fill(MULAW_SILENCE);
  mulaw.set(encodeMulaw(pcm));
  const bytes = Buffer.from(mulaw.buffer);
  const payloads = Array.from({ length: frames }, (_, i) =>
    bytes.toString('base64', i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES),
  );
  const durationMs = (pcm.length * FRAME_MS) / FRAME_SAMPLES;
  return { name, durationMs, mulaw, payloads, voice: voiceSpan(pcm) };
}

/** Several clips said as one, with `pauseMs` of silence (to 20 ms) between them. */
export function joinClips(name: string, clips: readonly Clip[], pauseMs: number): Clip {
  const pauseFrames = Math.round(pauseMs / FRAME_MS);
  const pause = Array.from({ length: pauseFrames }, () => SILENT_PAYLOAD);
  const payloads: string[] = [];
  let voice: VoiceSpan | undefined;
  let durationMs = 0;
  for (const clip of clips) {
    if (payloads.length > 0) payloads.push(...pause);
    const startMs = payloads.length * FRAME_MS;
    if (clip.voice !== undefined) {
      voice = {
        startMs: voice?.startMs ?? startMs + clip.voice.startMs,
        endMs: startMs + clip.voice.endMs,
      };
    }
    payloads.push(...clip.payloads);
    durationMs = startMs + clip.durationMs;
  }
  const mulaw = new Uint8Array(Buffer.concat(payloads.map((text) => Buffer.from(text, 'base64'))));
  return { name, durationMs, mulaw, payloads, voice };
}

/**
 * Load a WAV file of any rate as a clip, named by its file name.
 * @throws {RingmasterError} WAV_NOT_FOUND, WAV_INVALID
 */
export async function loadClip(path: string): Promise<Clip> {
  const { samples, sampleRateHz } = await readWav(path);
  return clipFromSamples(basename(path), samples, sampleRateHz);
}
