// What the stand-in node says: a greeting, an answer after every turn, silence when interrupted; or an echo.

import { loadClip } from '../../src/phone/clip.js';
import { decodeMulaw } from '../../src/phone/mulaw.js';
import type { StandInPeer } from './stand-in-node.js';

const VOICE_LEVEL = 500;
const SILENCE_FRAMES = 15;
const VOICE_FRAMES = 3;

export interface ReceptionistOptions {
  /** Between deciding that a turn ended and the answer. */
  readonly answerDelayMs?: number;
  /** Hang up after so many answers were heard. */
  readonly hangUpAfter?: number;
  /** Speaking over it does not silence it. */
  readonly deaf?: boolean;
}

/** Greets, answers each turn with a recording, clears when the caller speaks over it. */
export function receptionistWith(
  options: ReceptionistOptions,
): (peer: StandInPeer) => Promise<void> {
  return async (peer) => {
    const startedAt = performance.now();
    const nowMs = (): number => performance.now() - startedAt;
    const [greeting, answer] = await Promise.all([
      loadClip('assets/speech/dir-welcome.wav'),
      loadClip('assets/speech/one-moment-please.wav'),
    ]);
    let generation = 0;
    let speaking = false;
    let spokeAtMs = 0;
    let answers = 0;
    let voiced = 0;
    let silent = 0;
    let heardVoice = false;
    let voiceStartMs = 0;

    const speak = (mulaw: Uint8Array, text: string): void => {
      generation += 1;
      speaking = true;
      spokeAtMs = nowMs();
      peer.media(mulaw);
      peer.mark(`g${generation}`);
      peer.record.turns.push({ role: 'agent', text, startMs: spokeAtMs, endMs: spokeAtMs });
    };
    const endTurn = (): void => {
      heardVoice = false;
      peer.record.turns.push({
        role: 'caller',
        text: `turn ${answers + 1}`,
        startMs: voiceStartMs,
        endMs: nowMs(),
      });
      answers += 1;
      setTimeout(() => speak(answer.mulaw, `answer ${answers}`), options.answerDelayMs ?? 50);
    };
    peer.onMark = (name) => {
      if (name !== `g${generation}`) return;
      speaking = false;
      if (answers === options.hangUpAfter) peer.socket.close(1000);
    };
    peer.onMedia = (mulaw) => {
      const isVoiced = decodeMulaw(mulaw).some((sample) => Math.abs(sample) > VOICE_LEVEL);
      voiced = isVoiced ? voiced + 1 : 0;
      silent = isVoiced ? 0 : silent + 1;
      if (voiced === VOICE_FRAMES && !heardVoice) {
        heardVoice = true;
        voiceStartMs = nowMs();
        if (speaking && options.deaf !== true) {
          speaking = false;
          generation += 1;
          peer.clear();
        }
      }
      if (heardVoice && silent === SILENCE_FRAMES) endTurn();
    };
    speak(greeting.mulaw, 'greeting');
  };
}

export const receptionist = receptionistWith({});

const ECHO_LEAD_FRAMES = 25;

/** Says everything back half a second later, so that a busy machine makes no gaps in it. */
export function echo(peer: StandInPeer): void {
  const held: Uint8Array[] = [];
  peer.onMedia = (mulaw) => {
    held.push(mulaw);
    if (held.length < ECHO_LEAD_FRAMES) return;
    for (const frame of held) peer.media(frame);
    peer.onMedia = (next) => peer.media(next);
  };
}
