// Both sides of a call on one time line: what the caller sent, what of the agent was in fact played. Media plane.

import { FRAME_SAMPLES } from '../dsp/frame.js';
import { MULAW_TO_LINEAR } from './mulaw.js';

/** Where a recording goes: a `WavWriter`, or a `MemoryRecording`. */
export interface RecordingSink {
  /** 160 samples each of 8000 Hz, the caller left and the agent right; borrowed, not kept. */
  write(left: Int16Array, right: Int16Array): void;
  /** The call is over; may fail where the sink failed. */
  finish(): Promise<void>;
}

/** Keeps a recording in memory, for tests. */
export class MemoryRecording implements RecordingSink {
  readonly #caller: Int16Array[] = [];
  readonly #agent: Int16Array[] = [];

  write(left: Int16Array, right: Int16Array): void {
    this.#caller.push(left.slice());
    this.#agent.push(right.slice());
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  caller(): Int16Array {
    return joined(this.#caller);
  }

  agent(): Int16Array {
    return joined(this.#agent);
  }
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function expand(mulaw: Uint8Array, pcm: Int16Array): void {
  for (let i = 0; i < FRAME_SAMPLES; i += 1) pcm[i] = MULAW_TO_LINEAR[mulaw[i] ?? 0] ?? 0;
}

export class Recorder {
  readonly #sink: RecordingSink;
  readonly #left = new Int16Array(FRAME_SAMPLES);
  readonly #right = new Int16Array(FRAME_SAMPLES);

  constructor(sink: RecordingSink) {
    this.#sink = sink;
  }

  /** One frame of 160 mu-law bytes of each side; not kept. */
  frame(caller: Uint8Array, agent: Uint8Array): void {
    expand(caller, this.#left);
    expand(agent, this.#right);
    this.#sink.write(this.#left, this.#right);
  }

  finish(): Promise<void> {
    return this.#sink.finish();
  }
}
