// Scripted speech to text: set texts after set delays, for benchmarks and tests. Control plane.

import type {
  SpeechExpectation,
  SttEvent,
  SttOpenOptions,
  SttProvider,
  SttSession,
} from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import {
  closedProvider,
  FaultPlan,
  scriptedFailure,
  type FaultKind,
  type ScriptedFault,
  type TimerSource,
} from './script.js';

/** What was written of one utterance; the audio itself is not kept. */
export interface ScriptedUtterance {
  /** Counts finished utterances of this call from 1. */
  readonly ordinal: number;
  readonly utteranceId: number;
  /** Samples at 8000 Hz. */
  readonly samples: number;
  /** Root mean square of the samples, 0 to 32768. */
  readonly rms: number;
  readonly expectation: SpeechExpectation;
}

export interface ScriptedSttOptions {
  /** What each utterance of a call says: a list that starts again at its end, or a function. */
  readonly texts: readonly string[] | ((utterance: ScriptedUtterance) => string);
  /** From `finish` to the final. Default 0. */
  readonly delayMs?: number;
  /** One more word as an interim for so much audio; undefined or 0 means no interims. */
  readonly interimEveryMs?: number;
  /** A request is one finished utterance. */
  readonly faults?: readonly ScriptedFault[];
  readonly timer?: TimerSource;
}

const SAMPLES_PER_MS = 8;
const FLOOD_WORDS = 200_000;

interface Pending {
  readonly utteranceId: number;
  readonly text: string;
  ready: boolean;
  readonly handle: unknown;
}

class ScriptedSttSession implements SttSession {
  readonly #options: ScriptedSttOptions;
  readonly #timer: TimerSource;
  readonly #emit: (event: SttEvent) => void;
  readonly #plan: FaultPlan;
  readonly #onClose: (session: ScriptedSttSession) => void;
  readonly #pending: Pending[] = [];
  #closed = false;
  #expectation: SpeechExpectation = 'anything';
  #utteranceExpectation: SpeechExpectation = 'anything';
  #current: number | undefined;
  #ordinal = 0;
  #samples = 0;
  #energy = 0;
  #interimWords = 0;

  constructor(
    options: ScriptedSttOptions,
    plan: FaultPlan,
    emit: (event: SttEvent) => void,
    onClose: (session: ScriptedSttSession) => void,
  ) {
    this.#options = options;
    this.#timer = options.timer ?? globalThis;
    this.#plan = plan;
    this.#emit = emit;
    this.#onClose = onClose;
  }

  begin(utteranceId: number): void {
    this.#current = utteranceId;
    this.#utteranceExpectation = this.#expectation;
    this.#samples = 0;
    this.#energy = 0;
    this.#interimWords = 0;
  }

  write(pcm: Int16Array): void {
    if (this.#closed || this.#current === undefined) return;
    this.#samples += pcm.length;
    let energy = 0;
    for (const sample of pcm) energy += sample * sample;
    this.#energy += energy;
    const everyMs = this.#options.interimEveryMs ?? 0;
    if (everyMs > 0) this.#interim(this.#current, everyMs);
  }

  finish(utteranceId: number): void {
    if (this.#closed || this.#current !== utteranceId) return;
    this.#current = undefined;
    this.#ordinal++;
    const { fault } = this.#plan.next();
    if (fault === 'throw') throw new TypeError('a scripted defect');
    if (fault === 'hang') return;
    const handle = this.#timer.setTimeout(() => {
      pending.ready = true;
      if (fault === 'fail') this.#fail();
      else this.#flush(fault);
    }, this.#options.delayMs ?? 0);
    const text = fault === undefined ? this.#text(utteranceId) : faultyText(fault);
    const pending: Pending = { utteranceId, text, ready: false, handle };
    this.#pending.push(pending);
  }

  expect(expectation: SpeechExpectation): void {
    this.#expectation = expectation;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pending of this.#pending) this.#timer.clearTimeout(pending.handle);
    this.#pending.length = 0;
    this.#onClose(this);
  }

  #text(utteranceId: number): string {
    const { texts } = this.#options;
    if (typeof texts !== 'function') return texts[(this.#ordinal - 1) % texts.length] ?? '';
    return texts({
      ordinal: this.#ordinal,
      utteranceId,
      samples: this.#samples,
      rms: Math.sqrt(this.#energy / Math.max(this.#samples, 1)),
      expectation: this.#utteranceExpectation,
    });
  }

  #interim(utteranceId: number, everyMs: number): void {
    const due = Math.floor(this.#samples / SAMPLES_PER_MS / everyMs);
    if (due <= this.#interimWords) return;
    this.#ordinal++;
    const words = this.#text(utteranceId).split(' ');
    this.#ordinal--;
    if (this.#interimWords >= words.length) return;
    this.#interimWords = Math.min(due, words.length);
    this.#emit({
      type: 'interim',
      utteranceId,
      text: words.slice(0, this.#interimWords).join(' '),
    });
  }

  /** Finals in the order of their utterances, each once its delay is over. */
  #flush(fault: FaultKind | undefined): void {
    while (this.#pending[0]?.ready) {
      const { utteranceId, text } = this.#pending.shift() as Pending;
      this.#emit({ type: 'final', utteranceId, text });
      if (this.#closed) return;
      if (fault === 'garbage') this.#emit({ type: 'final', utteranceId: -1, text });
    }
  }

  #fail(): void {
    this.close();
    this.#emit({ type: 'failed', error: scriptedFailure() });
  }
}

/** `garbage` is no speech at all and comes with a second final of an id that never began. */
function faultyText(fault: FaultKind): string {
  if (fault === 'garbage') return '\u0000\ufffd%s{{}}';
  if (fault === 'flood') return 'word '.repeat(FLOOD_WORDS);
  return '';
}

/** A recogniser that needs no audio, no model and no worker; many calls cost next to nothing. */
export function createScriptedStt(options: ScriptedSttOptions): SttProvider {
  const plan = new FaultPlan(options.faults);
  const sessions = new Set<SttSession>();
  let closed = false;
  return {
    name: 'scripted-stt',
    capabilities: { interims: (options.interimEveryMs ?? 0) > 0 },
    async warmUp() {},
    async open({ emit, signal }: SttOpenOptions) {
      if (closed) throw closedProvider('scripted-stt');
      if (signal.aborted) {
        throw new RingmasterError('PROVIDER_FAILED', 'the call ended before its session was open');
      }
      const session = new ScriptedSttSession(options, plan, emit, (ended) =>
        sessions.delete(ended),
      );
      sessions.add(session);
      return session;
    },
    async close() {
      closed = true;
      for (const session of sessions) session.close();
    },
  };
}
