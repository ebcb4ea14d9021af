// The running call on the screen: who says what and how fast the agent answered. Control plane.

import type { CallerTurn, Clip, PhoneCall, PhoneEvent } from '../../phone/index.js';
import { answerNote, CallProgress } from './progress.js';
import { clockTime, printable, seconds, type CallScreen } from './screen.js';
import type { TranscriptTurn } from './transcript.js';

const REDRAW_MS = 100;
/** A turn of the node's record and one of the phone are the same when they begin this close. */
const SAME_TURN_MS = 1500;

/** The turn whose `at` is nearest to `atMs`, if one is near enough. */
function nearest(
  turns: readonly CallerTurn[],
  atMs: number,
  at: (turn: CallerTurn) => number | undefined,
): CallerTurn | undefined {
  const distance = (turn: CallerTurn): number => Math.abs((at(turn) ?? Infinity) - atMs);
  return turns
    .filter((turn) => distance(turn) <= SAME_TURN_MS)
    .toSorted((a, b) => distance(a) - distance(b))[0];
}

export class LiveView {
  readonly #screen: CallScreen;
  readonly #call: PhoneCall;
  readonly #progress: CallProgress;
  readonly #redraw: NodeJS.Timeout;
  readonly #endListening: () => void;
  /** When the stream started: the zero of the node's times. */
  #streamAtMs = 0;
  #agentSinceMs = 0;
  #words = true;

  constructor(screen: CallScreen, call: PhoneCall, clips: readonly Clip[]) {
    this.#screen = screen;
    this.#call = call;
    this.#progress = new CallProgress(clips);
    this.#endListening = call.onEvent((event) => this.#follow(event));
    this.#redraw = setInterval(() => this.#draw(), REDRAW_MS);
  }

  /** One turn of the node's record. */
  turn(turn: TranscriptTurn): void {
    const startMs = turn.startMs + this.#streamAtMs;
    const { turns } = this.#call;
    if (turn.role === 'caller') {
      const spoken = nearest(turns, startMs, ({ voiceStartedAtMs }) => voiceStartedAtMs);
      this.#say(
        'caller',
        startMs,
        printable(turn.text),
        spoken === undefined ? '' : `(${spoken.clip})`,
      );
      return;
    }
    const answered = nearest(turns, startMs, ({ answeredAtMs }) => answeredAtMs);
    const cut = turn.interrupted === true ? ' --' : '';
    this.#say('agent', startMs, `${printable(turn.text)}${cut}`, answerNote(answered));
  }

  /** From now on the phone's own facts stand in for the words. */
  withoutWords(why: string): void {
    this.#words = false;
    this.#screen.line(this.#screen.paint(`No transcript: ${why}.`, 'warning'));
  }

  stop(): void {
    clearInterval(this.#redraw);
    this.#endListening();
    this.#screen.status('');
  }

  #follow(event: PhoneEvent): void {
    this.#progress.follow(event);
    const { type, atMs } = event;
    if (type === 'call.answered') this.#screen.line('Answered. Ctrl-C hangs up.');
    else if (type === 'stream.started') this.#streamAtMs = atMs;
    else if (type === 'agent.started') this.#agentSinceMs = atMs;
    else if (type === 'caller.voiceEnded' && !this.#words) {
      this.#say('caller', atMs, '', `(${event.clip})`);
    } else if (type === 'agent.ended' && !this.#words) {
      const answered = nearest(this.#call.turns, this.#agentSinceMs, (turn) => turn.answeredAtMs);
      const spoke = `spoke for ${seconds(atMs - this.#agentSinceMs)}`;
      this.#say('agent', this.#agentSinceMs, spoke, answerNote(answered));
    }
    this.#draw();
  }

  #say(who: 'caller' | 'agent', atMs: number, text: string, note: string): void {
    const noted = note === '' ? '' : this.#screen.paint(note, 'dim');
    const words = [text, noted].filter((part) => part !== '').join('  ');
    const name = this.#screen.paint(who.padEnd(6), who);
    this.#screen.line(`${clockTime(atMs).padStart(7)}  ${name}  ${words}`);
  }

  #draw(): void {
    this.#screen.status(this.#progress.text(this.#call.nowMs));
  }
}
