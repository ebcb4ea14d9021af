// The recogniser of a scenario: understands what the phone in fact said within the audio it is given. Control plane.

import type { SpeechExpectation, SttEvent, SttSession } from '../actors/ports.js';
import { LINE_RATE_HZ } from '../dsp/frame.js';
import { scriptedFailure } from '../providers/scripted/script.js';
import type { CallerTrack } from './caller-track.js';
import type { EngineNotes } from './engine-notes.js';
import type { SttScript, UtteranceScript } from './schema.js';

const SAMPLES_PER_MS = LINE_RATE_HZ / 1000;
/** An onset brings its pre-roll in one go: the first interim comes after that. */
const BURST_MS = 20;
/** A piece of a long speech begins in the moment in which the one before ends. */
const NEXT_PIECE_MS = 5;
/** What a recogniser may think for a moment. */
const OTHER_WORDS = ['hotel', 'seven', 'calling', 'echo', 'transfer', 'nobody', 'bravo'];

/** An utterance of the call; outlives a session that died. */
interface Heard {
  readonly ordinal: number;
  beganAtMs: number;
  samples: number;
  /** The end of the utterance before: its audio is never told again. */
  readonly earliestMs: number;
  /** The span of its audio on the process's clock. */
  fromMs: number;
  toMs: number | undefined;
  interims: number;
  lastInterim: string;
  faulted: boolean;
}

/** What all sessions of one call know. */
export class EarMemory {
  readonly utterances = new Map<number, Heard>();
}

export class ScenarioEar implements SttSession {
  readonly #script: SttScript;
  readonly #track: CallerTrack;
  readonly #notes: EngineNotes;
  readonly #memory: EarMemory;
  readonly #emit: (event: SttEvent) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #current: number | undefined;
  #isClosed = false;

  constructor(
    script: SttScript,
    track: CallerTrack,
    notes: EngineNotes,
    memory: EarMemory,
    emit: (event: SttEvent) => void,
  ) {
    this.#script = script;
    this.#track = track;
    this.#notes = notes;
    this.#memory = memory;
    this.#emit = emit;
  }

  begin(utteranceId: number): void {
    const { utterances } = this.#memory;
    const nowMs = performance.now();
    const known = utterances.get(utteranceId);
    if (known === undefined) {
      const earliestMs = [...utterances.values()].at(-1)?.toMs ?? -Infinity;
      // Of a long speech that is transcribed in pieces no word falls between two of them.
      const isNextPiece = nowMs - earliestMs < NEXT_PIECE_MS;
      utterances.set(utteranceId, {
        ordinal: utterances.size + 1,
        beganAtMs: nowMs,
        samples: 0,
        earliestMs,
        fromMs: isNextPiece ? earliestMs : nowMs,
        toMs: undefined,
        interims: 0,
        lastInterim: '',
        faulted: false,
      });
    } else {
      known.samples = 0;
    }
    this.#current = utteranceId;
  }

  write(pcm: Int16Array): void {
    const heard = this.#heard;
    if (heard === undefined) return;
    heard.samples += pcm.length;
    const nowMs = performance.now();
    const startedMs = nowMs - heard.samples / SAMPLES_PER_MS;
    heard.fromMs = Math.max(heard.earliestMs, Math.min(heard.fromMs, startedMs));
    if (nowMs - heard.beganAtMs >= BURST_MS) this.#interim(heard, nowMs);
  }

  finish(utteranceId: number): void {
    const heard = this.#memory.utterances.get(utteranceId);
    if (this.#isClosed || heard === undefined) return;
    if (this.#current === utteranceId) this.#current = undefined;
    heard.toMs ??= performance.now();
    const own = this.#own(heard);
    const fault = (heard.faulted ? undefined : own?.fault) ?? this.#script.fault;
    heard.faulted = true;
    if (fault === 'throw') throw new TypeError('a scripted defect');
    if (fault === 'hang') return;
    const text = own?.final ?? this.#track.heard(heard.fromMs, heard.toMs);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (fault === 'fail') {
        this.close();
        this.#emit({ type: 'failed', error: scriptedFailure() });
        return;
      }
      this.#notes.add({ type: 'stt.final', text });
      this.#emit({ type: 'final', utteranceId, text });
    }, own?.delayMs ?? this.#script.delayMs);
    this.#timers.add(timer);
  }

  /** What is expected changes nothing for an ear that cannot err. */
  expect(_expectation: SpeechExpectation): void {}

  close(): void {
    this.#isClosed = true;
    this.#current = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  get #heard(): Heard | undefined {
    return this.#current === undefined ? undefined : this.#memory.utterances.get(this.#current);
  }

  #own({ ordinal }: Heard): UtteranceScript | undefined {
    return this.#script.utterances[ordinal - 1];
  }

  #interim(heard: Heard, nowMs: number): void {
    const { interims, interimEveryMs } = this.#script;
    const own = this.#own(heard)?.interims;
    const audioMs = heard.samples / SAMPLES_PER_MS;
    if (own !== undefined) {
      const due = own[heard.interims];
      if (due !== undefined && audioMs >= due.atMs) this.#tell(heard, due.text);
      return;
    }
    if (interims === 'none' || audioMs < (heard.interims + 1) * interimEveryMs) return;
    const said = this.#track.heard(heard.fromMs, nowMs);
    this.#tell(heard, interims === 'words' ? said : rewritten(said, heard.interims));
  }

  #tell(heard: Heard, text: string): void {
    heard.interims += 1;
    if (text === heard.lastInterim || this.#current === undefined) return;
    heard.lastInterim = text;
    this.#notes.add({ type: 'stt.interim', text });
    this.#emit({ type: 'interim', utteranceId: this.#current, text });
  }
}

/** As many words as were said, all of them others than the time before. */
function rewritten(said: string, ordinal: number): string {
  return said
    .split(' ')
    .map((_, i) => OTHER_WORDS[(ordinal * 3 + i) % OTHER_WORDS.length])
    .join(' ');
}
