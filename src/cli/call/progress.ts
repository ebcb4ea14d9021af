// What happens on the line right now, as one line of text, and what to say of it where there are no words. Control plane.

import { responseMs, type CallerTurn, type Clip, type PhoneEvent } from '../../phone/index.js';
import { seconds } from './screen.js';

interface Talking {
  readonly clip: string;
  readonly sinceMs: number;
}

const BAR = 12;

/** Follows the facts of a call. */
export class CallProgress {
  readonly #durations: ReadonlyMap<string, number>;
  #answered = false;
  #talking: Talking | undefined;
  #agentSinceMs: number | undefined;

  constructor(clips: readonly Clip[]) {
    this.#durations = new Map(clips.map(({ name, durationMs }) => [name, durationMs]));
  }

  follow(event: PhoneEvent): void {
    if (event.type === 'call.answered') this.#answered = true;
    else if (event.type === 'caller.started') {
      this.#talking = { clip: event.clip, sinceMs: event.atMs };
    } else if (event.type === 'caller.ended') this.#talking = undefined;
    else if (event.type === 'agent.started') this.#agentSinceMs = event.atMs;
    else if (event.type === 'agent.ended') this.#agentSinceMs = undefined;
  }

  /** @param nowMs since the call was answered */
  text(nowMs: number): string {
    if (!this.#answered) return 'ringing';
    if (this.#talking !== undefined) return this.#talkingText(this.#talking, nowMs);
    if (this.#agentSinceMs === undefined) return '... waiting for the agent';
    return `<<< the agent is speaking, ${((nowMs - this.#agentSinceMs) / 1000).toFixed(1)} s`;
  }

  #talkingText({ clip, sinceMs }: Talking, nowMs: number): string {
    const durationMs = this.#durations.get(clip) ?? 1;
    const done = Math.max(0, Math.min(BAR, Math.round(((nowMs - sinceMs) / durationMs) * BAR)));
    return `>>> saying ${clip} [${'#'.repeat(done)}${'-'.repeat(BAR - done)}]`;
  }
}

/** How fast an answer came, in brackets; empty where it cannot be said. */
export function answerNote(turn: CallerTurn | undefined): string {
  const answeredMs = turn === undefined ? undefined : responseMs(turn);
  if (answeredMs === undefined) return '';
  return answeredMs < 0 ? '(before the end of your voice)' : `(after ${seconds(answeredMs)})`;
}
