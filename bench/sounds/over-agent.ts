// A voice over a speaking agent: the real line and the real turn machine, in simulated time, and a recogniser that finds no words. Control plane.

import type { LineEvent } from '../../src/actors/ports.js';
import { FRAME_MS } from '../../src/dsp/frame.js';
import { SpeechEvidence, type SpeechThresholds } from '../../src/dsp/voice/speech-evidence.js';
import { CallerAudio } from '../../src/transports/caller-audio.js';
import type { HeardFrame } from '../../test/dsp/shard-harness.js';
import { floor, turnSettings } from '../../test/fakes/floor.js';

export interface OverAgentOptions {
  readonly thresholds: SpeechThresholds;
  /** Whether the recogniser gives interims: then a voice without words is given twice the time. */
  readonly interims: boolean;
}

export interface Outcome {
  readonly tookFloor: boolean;
  /** From the onset to the decision for the floor; undefined where there was none. */
  readonly decidedAfterMs: number | undefined;
  /** How often the agent was held, and for how long in all. */
  readonly holds: number;
  readonly heldMs: number;
}

/** From the end of an utterance to its final without words. */
const FINAL_MS = 120;
const MIN_VOICE_MS = { interims: 600, none: 300 };

export function voiceOverAgent(frames: readonly HeardFrame[], options: OverAgentOptions): Outcome {
  const minVoiceMs = options.interims ? MIN_VOICE_MS.interims : MIN_VOICE_MS.none;
  const f = floor({ interruption: { ...turnSettings.interruption, minVoiceMs } });
  f.tell({ type: 'agent.clause', generation: 1, text: 'We are open from nine to five.' });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  let frame = 0;
  let onsetMs: number | undefined;
  let holds = 0;
  let heldMs = 0;
  let decidedMs: number | undefined;
  const finals: { readonly utteranceId: number; readonly atMs: number }[] = [];
  const tell = (event: LineEvent): void => {
    f.line.voiceLevelDbfs = audio.voiceLevelDbfs;
    f.line.voiceCharacter = audio.voiceCharacter;
    f.tell(event);
  };
  const audio: CallerAudio = new CallerAudio({
    recent: {
      get recallable() {
        return frame + 1;
      },
      recall: (ago) => frames[frame - ago]?.pcm ?? new Int16Array(),
    },
    onsetMs: turnSettings.vadOnsetMs,
    hangoverMs: turnSettings.vadHangoverMs,
    isAgentHeard: () => decidedMs === undefined,
    evidence: new SpeechEvidence(options.thresholds),
    onStarted: (utteranceId, atMs, voiceStartedAtMs) => {
      onsetMs ??= voiceStartedAtMs;
      tell({ type: 'speech.started', utteranceId, atMs, voiceStartedAtMs });
    },
    onStopped: (utteranceId, atMs, voiceEndedAtMs) =>
      tell({ type: 'speech.stopped', utteranceId, atMs, voiceEndedAtMs }),
    onProven: (utteranceId, atMs) => tell({ type: 'speech.proven', utteranceId, atMs }),
  });
  for (; frame < frames.length && decidedMs === undefined; frame += 1) {
    const { pcm, speech } = frames[frame] as HeardFrame;
    f.line.voiceCharacter = audio.voiceCharacter;
    f.wait(FRAME_MS);
    const nowMs = f.clock.now();
    audio.frame(pcm, speech, nowMs);
    for (const order of f.orders.splice(0)) {
      if (order.type === 'line.hold') holds += 1;
      if (order.type !== 'stt.finish') continue;
      audio.endUtterance(order.utteranceId);
      finals.push({ utteranceId: order.utteranceId, atMs: nowMs + FINAL_MS });
    }
    while (finals[0] !== undefined && finals[0].atMs <= nowMs) {
      const { utteranceId } = finals.shift() as { utteranceId: number };
      f.tell({ type: 'stt.final', utteranceId, text: '' });
    }
    if (f.state().includes('held')) heldMs += FRAME_MS;
    if (f.log.interruptions > 0) decidedMs = nowMs;
  }
  f.actor.stop();
  const isDecided = decidedMs !== undefined && onsetMs !== undefined;
  return {
    tookFloor: decidedMs !== undefined,
    decidedAfterMs: isDecided ? (decidedMs as number) - (onsetMs as number) : undefined,
    holds,
    heldMs,
  };
}
