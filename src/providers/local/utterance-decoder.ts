// One SoundSwallower decoder, reused for one utterance after the other. Media plane.

// The module's own names begin with an underscore.
/* eslint-disable eslint/no-underscore-dangle */

import createModule, {
  type Decoder,
  type Segment,
  type SoundSwallowerModule,
} from 'soundswallower';
import type { SpeechExpectation } from '../../actors/ports.js';
import { confidenceByPhones, confidenceOf } from './acceptance.js';
import { meanCepstrum } from './cepstral-mean.js';
import { isDigits } from './grammar.js';
import { PHONE_LOOP, PHONE_WORDS } from './phone-loop.js';
import type { Pronunciation } from './pronunciations.js';
import { wordGraph, type Grammar, type WordGraph } from './word-graph.js';

/** The acoustic model in the package was trained on 8 kHz speech: no resampling is needed. */
const SAMPLE_RATE_HZ = 8000;
/** Audio from which the line's mean cepstrum is taken before the search begins. */
const MEAN_SAMPLES = SAMPLE_RATE_HZ;
/** Two frames of the front end (25.6 ms windows every 10 ms); less cannot hold a word. */
const MIN_SAMPLES = 400;
/** Silence may cost this much log likelihood a second; worse means speech was taken for silence. */
const SILENCE_COST = -0.5;
/** Probabilities in an alignment have three decimals: below this they say nothing. */
const LEAST_PROBABILITY = 5e-4;

const CONFIG = {
  loglevel: 'FATAL',
  samprate: SAMPLE_RATE_HZ,
  // The grammar's words are added one by one; the 135,000 of the package would cost 20 MB a decoder.
  dict: '/none',
  // Scores relative to the best of all senones, not of the active ones: only so do they say how
  // well the words fit, and speech that is not in the grammar can be told from speech that is.
  compallsen: true,
  bestpath: false,
  // Noise fillers would swallow any speech that the grammar does not know.
  fillprob: 1e-60,
  // Wider than the defaults (1e-48, 7e-29), which lose words in line noise.
  beam: 1e-60,
  pbeam: 1e-60,
  wbeam: 1e-50,
};

/**
 * Penalty on each further word (`wip`). Digit strings need more of it than the default of 0.65: any
 * digit may follow any other, and so one spoken digit is easily taken for two.
 */
const WORD_PENALTY: Readonly<Record<SpeechExpectation, number>> = { anything: 0.65, digits: 0.03 };

/** Of the grammar's probabilities against the acoustic ones; the default of Sphinx. */
const LANGUAGE_WEIGHT = 6.5;

/** Scores are kept as logarithms to the base 1.0001, shifted right by ten bits (`SENSCR_SHIFT`). */
const NATS = 1024;
const FRAMES_PER_S = 100;
/** Phones that are told from one another this hardly cost as much as a frame of a wrong one. */
const LOOP_PHONE_PENALTY = 0.1;
/** Any phone may follow any: a narrow beam finds the same best path (to 0.01 of confidence) in two thirds of the time. */
const LOOP_BEAMS = { beam: 1e-25, pbeam: 1e-25, wbeam: 1e-25 };
/** Around a phrase, so that its first and last phone are heard in the loop as they are in the grammar. */
const MARGIN_S = 0.2;
/** A phone's model has three states, and is in each for a frame of 10 ms at least. */
const SHORTEST_PHONE_S = 0.031;

/** Functions of the module that its type declarations leave out. */
interface ModuleInternals {
  _decoder_init_fe(decoder: number): number;
  _decoder_init_feat_s3file(decoder: number, lda: number): number;
  _acmod_reinit_feat(acousticModel: number, frontEnd: number, features: number): number;
  _decoder_logmath(decoder: number): number;
  _decoder_set_fsg(decoder: number, graph: number): number;
  _logmath_log(logmath: number, probability: number): number;
  _fsg_model_init(name: number, logmath: number, languageWeight: number, states: number): number;
  _fsg_set_states(graph: number, start: number, final: number): void;
  _fsg_model_word_add(graph: number, word: number): number;
  _fsg_model_trans_add(graph: number, from: number, to: number, log: number, word: number): void;
  _fsg_model_null_trans_add(graph: number, from: number, to: number, log: number): number;
}

interface DecoderInternals {
  readonly cdecoder: number;
  readonly cacmod: number;
}

type LoadedModule = SoundSwallowerModule & ModuleInternals;

/** A text, and how well it fits: mean log likelihood for each second of speech, 0 being perfect. */
export interface Hypothesis {
  readonly text: string;
  readonly fit: number;
}

export interface FinalHypothesis extends Hypothesis {
  /** 0..1; see `acceptance.ts`. */
  readonly confidence: number;
}

const PAUSE = '<sil>';
/** Where the grammar has an empty transition. */
const EMPTY = '(NULL)';

const costOf = ({ p: probability }: Segment): number =>
  Math.log(Math.max(probability, LEAST_PROBABILITY));
const isWord = ({ t: word }: Segment): boolean => word !== PAUSE && word !== EMPTY;

const NOTHING: Hypothesis = { text: '', fit: Number.NEGATIVE_INFINITY };

export async function loadModule(modelFolder: string): Promise<LoadedModule> {
  const silent = () => {};
  const module = await createModule({
    modelBase: modelFolder,
    print: silent,
    printErr: silent,
  } as Partial<EmscriptenModule>);
  return module as LoadedModule;
}

/** Hears any speech, as a measure of what a grammar hears; serves all decoders of a thread. */
export class PhoneLoop {
  readonly decoder: Decoder & DecoderInternals;

  private constructor(decoder: Decoder) {
    this.decoder = decoder as Decoder & DecoderInternals;
  }

  static async create(module: LoadedModule): Promise<PhoneLoop> {
    return new PhoneLoop(
      await newDecoder(module, LOOP_PHONE_PENALTY, wordGraph(PHONE_LOOP), PHONE_WORDS),
    );
  }
}

async function newDecoder(
  module: LoadedModule,
  wordPenalty: number,
  grammar: Grammar,
  pronunciations: readonly Pronunciation[],
): Promise<Decoder> {
  const beams = pronunciations === PHONE_WORDS ? LOOP_BEAMS : {};
  const decoder = new module.Decoder({ ...CONFIG, ...beams, wip: wordPenalty }) as Decoder &
    DecoderInternals;
  await decoder.initialize();
  decoder.add_words(...pronunciations.map(([word, phones]): [string, string] => [word, phones]));
  if (typeof grammar === 'string') decoder.set_grammar(grammar);
  else setGraph(module, decoder, grammar);
  return decoder;
}

/** `decoder.set_grammar` would make many times the states. */
function setGraph(
  module: LoadedModule,
  { cdecoder }: DecoderInternals,
  { states, final, arcs }: WordGraph,
): void {
  const text = (words: string): number => {
    const bytes = Buffer.from(`${words}\0`);
    const address = module._malloc(bytes.length);
    module.HEAPU8.set(bytes, address);
    return address;
  };
  const logmath = module._decoder_logmath(cdecoder);
  const name = text('ringmaster');
  const graph = module._fsg_model_init(name, logmath, LANGUAGE_WEIGHT, states);
  module._free(name);
  module._fsg_set_states(graph, 0, final);
  for (const { from, to, word, probability } of arcs) {
    const log = module._logmath_log(logmath, probability);
    if (word === undefined) module._fsg_model_null_trans_add(graph, from, to, log);
    else {
      const address = text(word);
      module._fsg_model_trans_add(graph, from, to, log, module._fsg_model_word_add(graph, address));
      module._free(address);
    }
  }
  // The decoder owns it from now on.
  if (module._decoder_set_fsg(cdecoder, graph) !== 0) throw new TypeError('no grammar was made');
}

/** A new front end and feature buffer: nothing of the last caller's line or noise stays. */
function startWith(module: LoadedModule, decoder: Decoder & DecoderInternals, mean: string): void {
  decoder.set_config('cmninit', mean);
  const frontEnd = module._decoder_init_fe(decoder.cdecoder);
  const features = module._decoder_init_feat_s3file(decoder.cdecoder, 0);
  module._acmod_reinit_feat(decoder.cacmod, frontEnd, features);
  decoder.start();
}

function joinedSamples(pieces: readonly Float32Array[], samples: number): Float32Array {
  const audio = new Float32Array(samples);
  let at = 0;
  for (const piece of pieces) {
    audio.set(piece, at);
    at += piece.length;
  }
  return audio;
}

export class UtteranceDecoder {
  readonly #module: LoadedModule;
  readonly #decoder: Decoder & DecoderInternals;
  readonly #loop: PhoneLoop;
  /** All of the utterance, for the phone loop. */
  #audio: Float32Array[] = [];
  #samples = 0;
  /** The line's mean cepstrum, once there was enough audio for it and the search runs. */
  #mean: string | undefined;

  private constructor(module: LoadedModule, decoder: Decoder, loop: PhoneLoop) {
    this.#module = module;
    this.#loop = loop;
    this.#decoder = decoder as Decoder & DecoderInternals;
  }

  /** About 60 ms and 10 MB. */
  static async create(
    module: LoadedModule,
    expectation: SpeechExpectation,
    grammar: Grammar,
    { pronunciations, loop }: { pronunciations: readonly Pronunciation[]; loop: PhoneLoop },
  ): Promise<UtteranceDecoder> {
    const penalty = WORD_PENALTY[expectation];
    const decoder = await newDecoder(module, penalty, grammar, pronunciations);
    return new UtteranceDecoder(module, decoder, loop);
  }

  /** @param pcm mono int16 at 8000 Hz; copied */
  write(pcm: Int16Array): void {
    const samples = Float32Array.from(pcm, (sample) => sample / 32_768);
    this.#audio.push(samples);
    this.#samples += samples.length;
    if (this.#mean !== undefined) this.#decoder.process_audio(samples, false, false);
    else if (this.#samples >= MEAN_SAMPLES) this.#start();
  }

  /** What was said so far; empty until the search runs. */
  interim(): Hypothesis {
    return this.#mean === undefined ? NOTHING : this.#hypothesis();
  }

  /**
   * What was said. The decoder is ready for the next utterance.
   * @param isPossible whether a hypothesis is worth the time that its confidence takes
   */
  finish(isPossible: (hypothesis: Hypothesis) => boolean): FinalHypothesis {
    const running = this.#mean !== undefined || (this.#samples >= MIN_SAMPLES && this.#start());
    let final: FinalHypothesis = { ...NOTHING, confidence: 0 };
    if (running) {
      this.#decoder.stop();
      const hypothesis = this.#hypothesis();
      const isWorth = hypothesis.text !== '' && isPossible(hypothesis);
      final = { ...hypothesis, confidence: isWorth ? this.#confidence(hypothesis) : 0 };
    }
    this.#reset();
    return final;
  }

  /** Forget the utterance. The decoder is ready for the next one. */
  drop(): void {
    if (this.#mean !== undefined) this.#decoder.stop();
    this.#reset();
  }

  #reset(): void {
    this.#audio = [];
    this.#samples = 0;
    this.#mean = undefined;
  }

  /** False where the audio is silence. Starts the search with the line's own mean otherwise. */
  #start(): boolean {
    const audio = joinedSamples(this.#audio, this.#samples);
    const mean = meanCepstrum(this.#decoder.spectrogram(audio));
    if (!mean) return false;
    this.#mean = mean.map((value) => value.toFixed(3)).join(',');
    startWith(this.#module, this.#decoder, this.#mean);
    this.#decoder.process_audio(audio, false, false);
    return true;
  }

  #hypothesis(): Hypothesis {
    const text = this.#decoder.get_text();
    if (text === '') return NOTHING;
    let logLikelihood = 0;
    let speechSeconds = 0;
    for (const segment of this.#decoder.get_alignment({}).w ?? []) {
      const { t: word, d: seconds } = segment;
      if (word === PAUSE) {
        // A pause says nothing about the words, unless it is none.
        logLikelihood += Math.min(0, costOf(segment) - SILENCE_COST * seconds);
      } else if (word !== EMPTY) {
        logLikelihood += costOf(segment);
        speechSeconds += seconds;
      }
    }
    return { text, fit: logLikelihood / Math.max(speechSeconds, 0.01) };
  }

  /** Takes up to a fifth of the phrase's duration. */
  #confidence({ text, fit }: Hypothesis): number {
    const phones = (this.#decoder.get_alignment({ align_level: 1 }).w ?? [])
      .filter(isWord)
      .flatMap(({ w = [] }) => w);
    if (phones.length === 0) return 0;
    const evidence = {
      fit,
      worstPhoneFit: Math.min(...phones.map((phone) => costOf(phone) / Math.max(phone.d, 0.01))),
      shortestShare: phones.filter(({ d }) => d <= SHORTEST_PHONE_S).length / phones.length,
      phones: phones.length,
      isDigits: isDigits(text),
    };
    return (
      confidenceByPhones(evidence) ?? confidenceOf({ ...evidence, overLoop: this.#overLoop() })
    );
  }

  /** Of the words, per frame and in nats. */
  #overLoop(): number {
    const segments = this.#decoder.get_alignment({}).w ?? [];
    const words = segments.filter(isWord);
    const [first, last] = [words[0], words.at(-1)];
    if (!first || !last) return Number.NEGATIVE_INFINITY;
    const begin = first.b;
    const end = last.b + last.d;
    const phrase = segments
      .filter(({ t, b }) => t !== EMPTY && b >= begin - 1e-6 && b < end - 1e-6)
      .reduce((sum, segment) => sum + costOf(segment), 0);
    return ((phrase - this.#loopCost(begin, end)) * NATS) / ((end - begin) * FRAMES_PER_S);
  }

  /** What the phone loop makes of the same seconds, as a log likelihood. */
  #loopCost(begin: number, end: number): number {
    const from = Math.max(0, begin - MARGIN_S);
    const audio = joinedSamples(this.#audio, this.#samples).subarray(
      Math.round(from * SAMPLE_RATE_HZ),
      Math.round((end + MARGIN_S) * SAMPLE_RATE_HZ),
    );
    const { decoder } = this.#loop;
    startWith(this.#module, decoder, this.#mean ?? '');
    // A view would be taken for its whole buffer.
    decoder.process_audio(audio.slice(), false, false);
    decoder.stop();
    let cost = 0;
    for (const segment of decoder.get_alignment({}).w ?? []) {
      if (segment.t === EMPTY || segment.d <= 0) continue;
      const [b, e] = [segment.b + from, segment.b + from + segment.d];
      const shared = Math.min(end, e) - Math.max(begin, b);
      if (shared > 0) cost += (costOf(segment) * shared) / segment.d;
    }
    return cost;
  }
}
