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
  const pcm = new Int16Array(samples.length);
  for (let i = 0; i < pcm.length; i += 1) {
    pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round((samples[i] ?? 0) * 32_768)));
  }
  return pcm;
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

/** Whole frames that make `pauseMs`, to 10 ms, of what lies between two voices: their own last and first frames count. */
export function pauseFrames(before: Clip, after: Clip, pauseMs: number): number {
  const endMs = before.voice?.endMs ?? before.durationMs;
  const startMs = after.voice?.startMs ?? 0;
  const restMs = Math.ceil(endMs / FRAME_MS) * FRAME_MS - endMs + (startMs % FRAME_MS);
  return Math.max(0, Math.round((pauseMs - restMs) / FRAME_MS));
}

/**
 * Several clips said as one: between the end of one voice and the onset of the next lie `pauseMs`
 * (to 10 ms, and no less than the frames at the seam hold), whatever silence the recordings have at
 * their edges.
 * @param clips at least one, all of them with voice
 */
export function joinClips(name: string, clips: readonly Clip[], pauseMs: number): Clip {
  const payloads: string[] = [];
  const voice = { startMs: clips[0]?.voice?.startMs ?? 0, endMs: 0 };
  for (const [index, clip] of clips.entries()) {
    const { startMs = 0, endMs = clip.durationMs } = clip.voice ?? {};
    const first = index === 0 ? 0 : Math.floor(startMs / FRAME_MS);
    const last = index === clips.length - 1 ? Infinity : Math.ceil(endMs / FRAME_MS);
    const before = clips[index - 1];
    if (before) {
      const length = pauseFrames(before, clip, pauseMs);
      payloads.push(...Array.from({ length }, () => SILENT_PAYLOAD));
    }
    voice.endMs = (payloads.length - first) * FRAME_MS + endMs;
    payloads.push(...clip.payloads.slice(first, last));
  }
  const mulaw = new Uint8Array(Buffer.concat(payloads.map((text) => Buffer.from(text, 'base64'))));
  return { name, durationMs: payloads.length * FRAME_MS, mulaw, payloads, voice };
}

/**
 * Load a WAV file of any rate as a clip, named by its file name.
 * @throws {RingmasterError} WAV_NOT_FOUND, WAV_INVALID
 */
export async function loadClip(path: string): Promise<Clip> {
  const { samples, sampleRateHz } = await readWav(path);
  return clipFromSamples(basename(path), samples, sampleRateHz);
}
