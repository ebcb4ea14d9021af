// Calls whose line returns the agent's voice: recorded speech through a simulated echo path and the node's own audio pool.

import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { encodeMulaw, linearToMulaw, MULAW_TO_LINEAR } from '../../src/dsp/g711.js';
import { createDspPool } from '../../src/dsp/pool.js';
import { SeededRandom } from '../seeded-random.js';

export interface EchoPath {
  readonly delayMs: number;
  readonly returnLossDb: number;
  /** A small loudspeaker driven hard: no bass, and soft clipping of what is loud. */
  readonly isSmallSpeaker?: boolean;
}

/** Sound travels to the far end and back in so many ms before any echo delay. */
export const ROUND_TRIP_MS = 60;
/** Line noise, linear peak: about -66 dBFS. */
const NOISE = 24;

/** A voice reaches the microphone directly and from two walls. */
const REFLECTIONS = [
  [0, 1],
  [37, 0.35],
  [91, -0.2],
] as const;

/** Of the high-pass below, first order at 400 Hz. */
const BASS_LOST = 0.76;
/** Where the loudspeaker clips, of int16. */
const CLIPS_AT = 6000;

function overSmallSpeaker(pcm: Int16Array): Int16Array {
  let [last, out] = [0, 0];
  return pcm.map((sample) => {
    out = BASS_LOST * (out + sample - last);
    last = sample;
    return CLIPS_AT * Math.tanh(out / CLIPS_AT);
  });
}

/** What comes back of `agent`, which starts to play at sample 0. */
export function echoOf(played: Int16Array, path: EchoPath, samples: number): Float64Array {
  const agent = path.isSmallSpeaker ? overSmallSpeaker(played) : played;
  const out = new Float64Array(samples);
  const energy = REFLECTIONS.reduce((sum, [, gain]) => sum + gain * gain, 0);
  const level = 10 ** (-path.returnLossDb / 20) / Math.sqrt(energy);
  const delay = ((path.delayMs + ROUND_TRIP_MS) * FRAME_SAMPLES) / FRAME_MS;
  for (const [later, gain] of REFLECTIONS) {
    const from = delay + later;
    for (let i = from; i < samples && i - from < agent.length; i += 1) {
      out[i] = (out[i] as number) + level * gain * (agent[i - from] as number);
    }
  }
  return out;
}

/** The caller's line: an echo, a voice from sample `at` on, and noise. */
export function lineOf(
  echo: Float64Array,
  voice: Int16Array,
  at: number,
  seed: number,
): Int16Array {
  const random = new SeededRandom(seed);
  return Int16Array.from(echo, (sample, i) => {
    const noise = random.below(2 * NOISE + 1) - NOISE;
    const sum = Math.round(sample + (voice[i - at] ?? 0) + noise);
    return Math.max(-32768, Math.min(32767, sum));
  });
}

/** As it sounds behind the codec. */
export const overMulaw = (pcm: Int16Array): Int16Array =>
  pcm.map((sample) => MULAW_TO_LINEAR[linearToMulaw(sample)] as number);

/** What the pool made of each frame of a line. */
export interface CleanFrame {
  readonly pcm: Int16Array;
  readonly speech: number;
}

/** All lines of equal length through noise suppression and speech detection at once. */
export async function hear(lines: readonly Int16Array[]): Promise<CleanFrame[][]> {
  const pool = await createDspPool({
    shards: 1,
    callsPerShard: Math.max(8, lines.length),
    denoise: 'rnnoise',
    vad: 'silero',
  });
  const heard: CleanFrame[][] = lines.map(() => []);
  const slots = lines.map((_, call) =>
    pool.open((pcm, speech) => void heard[call]?.push({ pcm: pcm.slice(), speech })),
  );
  const mulaw = new Uint8Array(FRAME_SAMPLES);
  const frames = Math.floor((lines[0]?.length ?? 0) / FRAME_SAMPLES);
  for (let frame = 0; frame < frames; frame += 1) {
    for (const [call, line] of lines.entries()) {
      encodeMulaw(line.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES), mulaw);
      slots[call]?.writeInbound(mulaw, frame * FRAME_MS);
    }
    pool.tick();
    while ((heard.at(-1)?.length ?? 0) <= frame - 8) {
      await new Promise(setImmediate);
      pool.tick();
    }
  }
  while (heard.some((call) => call.length < frames)) {
    await new Promise(setImmediate);
    pool.tick();
  }
  await pool.close();
  return heard;
}
