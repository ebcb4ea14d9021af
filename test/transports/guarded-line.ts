// One call's caller line behind the echo guard, as the node runs them: who was heard, when, and for how long.

import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { linearToMulaw } from '../../src/dsp/g711.js';
import { CallerAudio } from '../../src/transports/caller-audio.js';
import { EchoGuard } from '../../src/transports/echo-guard.js';
import { LEAD_MS } from '../../src/transports/pacer.js';
import type { CleanFrame } from './echo-calls.js';

const mulawOf = (pcm: Int16Array): Uint8Array => Uint8Array.from(pcm, linearToMulaw);

export const powerOf = (samples: Int16Array): number =>
  samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;

/** The agent speaks from `startMs` on, with the pacer's lead. */
export function speaker(guard: EchoGuard | undefined, agent: Int16Array, startMs: number) {
  const mulaw = mulawOf(agent);
  let sent = 0;
  return (frame: number): void => {
    for (
      ;
      sent < frame + LEAD_MS / FRAME_MS && (sent + 1) * FRAME_SAMPLES <= agent.length;
      sent += 1
    ) {
      const samples = agent.subarray(sent * FRAME_SAMPLES, (sent + 1) * FRAME_SAMPLES);
      guard?.sent(powerOf(samples), startMs + sent * FRAME_MS, mulaw, sent * FRAME_SAMPLES);
    }
  };
}

export interface HeardVoices {
  /** When speech was told as started, in ms from the line's begin. */
  readonly onsetsMs: readonly number[];
  /** How long speech lasted in all. */
  readonly speechMs: number;
}

/** What was told of a line while `agent` plays from 0, with the pacer's lead. */
export function heardVoices(
  frames: readonly CleanFrame[],
  agent: Int16Array,
  guarded: boolean,
): HeardVoices {
  const startMs = 1000;
  const echo = guarded ? new EchoGuard() : undefined;
  const onsetsMs: number[] = [];
  let [speechMs, openMs] = [0, Number.NaN];
  const audio = new CallerAudio({
    // No session listens.
    recent: { recallable: 0, recall: () => new Int16Array(0) },
    onsetMs: 60,
    hangoverMs: 200,
    echo,
    onStarted: (_, atMs) => {
      onsetsMs.push(atMs - startMs);
      openMs = atMs;
    },
    onStopped: (_, atMs) => {
      speechMs += atMs - openMs;
      openMs = Number.NaN;
    },
  });
  const speak = speaker(echo, agent, startMs);
  for (const [frame, { pcm, speech }] of frames.entries()) {
    speak(frame);
    audio.frame(pcm, speech, startMs + (frame + 1) * FRAME_MS);
  }
  if (!Number.isNaN(openMs)) speechMs += startMs + frames.length * FRAME_MS - openMs;
  return { onsetsMs, speechMs };
}
