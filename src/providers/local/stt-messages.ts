// What the recogniser and its workers say to each other. Media plane.

import type { SpeechExpectation } from '../../actors/ports.js';
import type { Pronunciation } from './pronunciations.js';
import type { Grammar } from './word-graph.js';

/** Mean log likelihood for each second of speech, below which a text counts as not understood. */
export interface MinConfidence {
  /** A phrase where anything is expected. */
  readonly phrase: number;
  /** A digit string where digits are expected. */
  readonly digits: number;
  /** A phrase where digits are expected. */
  readonly phraseBesideDigits: number;
}

/** `workerData` of a recogniser worker. */
export interface SttWorkerData {
  readonly modelFolder: string;
  readonly grammars: Readonly<Record<SpeechExpectation, Grammar>>;
  readonly pronunciations: readonly Pronunciation[];
  readonly minConfidence: MinConfidence;
  readonly interims: boolean;
  /** Decoders for each expectation: utterances above it wait with their audio. */
  readonly maxDecoders: number;
  readonly maxUtteranceMs: number;
  /** One `Int32`: samples this worker has taken from its queue, wrapping. */
  readonly taken: SharedArrayBuffer;
}

/** Keys are unique within a worker's life. */
export type SttWorkerOrder =
  | {
      readonly type: 'audio';
      readonly key: number;
      readonly expectation: SpeechExpectation;
      /** 8000 Hz mono; transferred. */
      readonly pcm: Int16Array;
      /** Nothing follows: answer with `final`. */
      readonly last: boolean;
    }
  /** Forget the utterance; no answer. */
  | { readonly type: 'drop'; readonly key: number };

export interface WordsOfWorker {
  readonly text: string;
  /** See `SpeechConfidence`. */
  readonly confidence: number;
}

export type SttWorkerAnswer =
  | { readonly type: 'ready' }
  /** Without a confidence, which takes the whole utterance: a draft of the reply is made on it. */
  | { readonly type: 'interim'; readonly key: number; readonly text: string }
  | ({ readonly type: 'final'; readonly key: number } & WordsOfWorker);
