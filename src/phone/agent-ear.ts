// How the caller hears the agent: by the energy of what is played, so that streamed silence is silence. Media plane.

import { FRAME_MS } from '../dsp/frame.js';
import { MULAW_TO_LINEAR } from './mulaw.js';
import type { TellFact } from './phone-events.js';

/** A sample beyond this is heard: -42 dB of full scale, well above the noise of synthesis. */
const AUDIBLE = 256;
/** Shorter pauses are within speech. */
const PAUSE_MS = 300;

/** For every mu-law byte, 1 where it is heard. */
const IS_AUDIBLE = Uint8Array.from(MULAW_TO_LINEAR, (linear) =>
  Math.abs(linear) > AUDIBLE ? 1 : 0,
);

function lastAudible(mulaw: Uint8Array, end: number): number {
  for (let i = end - 1; i >= 0; i -= 1) {
    if (IS_AUDIBLE[mulaw[i] ?? 0] === 1) return i;
  }
  return -1;
}

/** All times are of the phone's clock, from the moment the call was answered. */
export class AgentEar {
  readonly #tell: TellFact;
  /** Bytes queued and played since the beginning, and where the last audible one was queued. */
  #queued = 0;
  #played = 0;
  #audibleUntil = 0;
  #speaking = false;
  #lastHeardMs = -Infinity;

  constructor(tell: TellFact) {
    this.#tell = tell;
  }

  /** The agent is being heard, or in a short pause, or sound of it is queued. */
  get speaking(): boolean {
    return this.#speaking || this.#audibleUntil > this.#played;
  }

  /** The end of the last sound that was heard; minus infinity before the first. */
  get lastHeardMs(): number {
    return this.#lastHeardMs;
  }

  queued(mulaw: Uint8Array): void {
    const last = lastAudible(mulaw, mulaw.length);
    if (last >= 0) this.#audibleUntil = this.#queued + last + 1;
    this.#queued += mulaw.length;
  }

  /** The queue was dropped: whatever the agent still had to say is over. */
  cleared(nowMs: number): void {
    this.#played = this.#queued;
    // The frame that is on the line is cut.
    this.#lastHeardMs = Math.min(this.#lastHeardMs, nowMs);
    if (!this.#speaking) return;
    this.#speaking = false;
    this.#tell({ type: 'agent.ended' }, this.#lastHeardMs);
  }

  /** A frame goes on the line at `nowMs`; its first `bytes` bytes are the agent's. */
  frame(mulaw: Uint8Array, bytes: number, nowMs: number): void {
    this.#played += bytes;
    if (lastAudible(mulaw, bytes) >= 0) {
      this.#lastHeardMs = nowMs + FRAME_MS;
      if (this.#speaking) return;
      this.#speaking = true;
      this.#tell({ type: 'agent.started' }, nowMs);
      return;
    }
    const paused = nowMs + FRAME_MS - this.#lastHeardMs >= PAUSE_MS;
    if (!this.#speaking || !paused || this.#audibleUntil > this.#played) return;
    this.#speaking = false;
    this.#tell({ type: 'agent.ended' }, this.#lastHeardMs);
  }
}
