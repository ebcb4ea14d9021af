// Clips as a node's DSP hands them on: at telephone level, through mu-law, noise suppression and speech detection. Media plane.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FRAME_SAMPLES, LINE_RATE_HZ } from '../../src/dsp/frame.js';
import { linearToMulaw } from '../../src/dsp/g711.js';
import { batchedShard } from '../../test/dsp/batched-shard.js';
import { seededNormal } from '../../test/dsp/harness/random.js';
import type { HeardFrame } from '../../test/dsp/shard-harness.js';
import { readClip } from '../../test/dsp/harness/wav.js';

export type Kind = 'sound' | 'protest' | 'speech';

export interface VoiceClip {
  readonly name: string;
  readonly speaker: string;
  readonly kind: Kind;
  readonly pcm: Int16Array;
}

/** How a clip reaches the node. */
export interface Way {
  readonly name: string;
  readonly gainDb: number;
  /** Of the line, rms of int16. */
  readonly noise: number;
  /** Faster (above 1) is higher, too. */
  readonly speed: number;
}

export const WAYS: readonly Way[] = [
  { name: 'as recorded', gainDb: 0, noise: 18, speed: 1 },
  { name: '14 dB softer', gainDb: -14, noise: 18, speed: 1 },
  { name: 'noise at -49 dBFS', gainDb: -8, noise: 120, speed: 1 },
  { name: '12 % faster', gainDb: 0, noise: 18, speed: 1.12 },
  { name: '12 % slower', gainDb: 0, noise: 18, speed: 0.88 },
];

const SOUNDS = ['Hmm', 'Laugh', 'Ooff1', 'Ow2', 'PoisonCough'];
const PROTESTS = ['Leavemealone', 'Cutitout', 'Whatthe', 'Nooo', 'Hurry'];
const LEAD_SAMPLES = LINE_RATE_HZ;
/** Long enough for every decision. */
const TAIL_SAMPLES = 2.5 * LINE_RATE_HZ;
const LONGEST_SPEECH_SAMPLES = 3 * LINE_RATE_HZ;

/** Files named `speaker-kind.wav`; others are no part of this. */
export function humanSounds(folder: string): VoiceClip[] {
  return readdirSync(folder).flatMap((file) => {
    const [speaker = '', what = ''] = file.replace(/\.wav$/, '').split('-');
    const isSound = SOUNDS.includes(what);
    if (!file.endsWith('.wav') || (!isSound && !PROTESTS.includes(what))) return [];
    const kind = isSound ? 'sound' : 'protest';
    return [{ name: what, speaker, kind, pcm: readClip(join(folder, file)) }];
  });
}

/** Sentences: where the recogniser is dead they take the floor as well. */
export function recordedSpeech(folder: string): VoiceClip[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.wav'))
    .map((file) => ({
      name: file.replace(/\.wav$/, ''),
      speaker: 'Allison',
      kind: 'speech',
      pcm: readClip(join(folder, file)).subarray(0, LONGEST_SPEECH_SAMPLES),
    }));
}

/** @returns clean frames with a second of silence before and some after */
export async function onTheLine({ pcm }: VoiceClip, way: Way): Promise<HeardFrame[]> {
  const shard = batchedShard(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const normal = seededNormal(1);
  const gain = 10 ** (way.gainDb / 20);
  const samples = LEAD_SAMPLES + Math.floor(pcm.length / way.speed) + TAIL_SAMPLES;
  const mulaw = new Uint8Array(FRAME_SAMPLES);
  for (let at = 0; at + FRAME_SAMPLES <= samples; at += FRAME_SAMPLES) {
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      const voice = sampleAt(pcm, (at + i - LEAD_SAMPLES) * way.speed);
      const line = Math.round(voice * gain + way.noise * normal());
      mulaw[i] = linearToMulaw(Math.max(-32_768, Math.min(32_767, line)));
    }
    slot.writeInbound(mulaw, 0);
    await shard.runAll();
    slot.deliverAll();
  }
  return heard;
}

/** Between two samples in a straight line. */
function sampleAt(pcm: Int16Array, position: number): number {
  const before = Math.floor(position);
  const share = position - before;
  return (pcm[before] ?? 0) * (1 - share) + (pcm[before + 1] ?? 0) * share;
}
