// One SoundSwallower decoder, reused for one utterance after the other. Media plane.

// The module's own names begin with an underscore.
/* eslint-disable eslint/no-underscore-dangle */

import createModule, { type Decoder, type SoundSwallowerModule } from 'soundswallower';
import type { SpeechExpectation } from '../../actors/ports.js';
import { meanCepstrum } from './cepstral-mean.js';
import type { Pronunciation } from './pronunciations.js';

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

/** Functions of the module that its type declarations leave out. */
interface ModuleInternals {
  _decoder_init_fe(decoder: number): number;
  _decoder_init_feat_s3file(decoder: number, lda: number): number;
  _acmod_reinit_feat(acousticModel: number, frontEnd: number, features: number): number;
}

interface DecoderInternals {
  readonly cdecoder: number;
  readonly cacmod: number;
}

type LoadedModule = SoundSwallowerModule & ModuleInternals;

/** A text, and how well it fits: mean log likelihood for each second of speech, 0 being perfect. */
export interface Hypothesis {
  readonly text: string;
  readonly confidence: number;
}

const NOTHING: Hypothesis = { text: '', confidence: Number.NEGATIVE_INFINITY };

export async function loadModule(modelFolder: string): Promise<LoadedModule> {
  const silent = () => {};
  const module = await createModule({
    modelBase: modelFolder,
    print: silent,
    printErr: silent,
  } as Partial<EmscriptenModule>);
  return module as LoadedModule;
}

export class UtteranceDecoder {
  readonly #module: LoadedModule;
  readonly #decoder: Decoder & DecoderInternals;
  /** Audio held back until there is enough for the mean; undefined once the search runs. */
  #held: Float32Array[] | undefined = [];
  #heldSamples = 0;

  private constructor(module: LoadedModule, decoder: Decoder) {
    this.#module = module;
    this.#decoder = decoder as Decoder & DecoderInternals;
  }

  /** About 60 ms and 10 MB. */
  static async create(
    module: LoadedModule,
    expectation: SpeechExpectation,
    grammar: string,
    pronunciations: readonly Pronunciation[],
  ): Promise<UtteranceDecoder> {
    const decoder = new module.Decoder({ ...CONFIG, wip: WORD_PENALTY[expectation] });
    await decoder.initialize();
    decoder.add_words(...pronunciations.map(([word, phones]): [string, string] => [word, phones]));
    decoder.set_grammar(grammar);
    return new UtteranceDecoder(module, decoder);
  }

  /** @param pcm mono int16 at 8000 Hz; copied */
  write(pcm: Int16Array): void {
    const samples = Float32Array.from(pcm, (sample) => sample / 32_768);
    if (!this.#held) {
      this.#decoder.process_audio(samples, false, false);
      return;
    }
    this.#held.push(samples);
    this.#heldSamples += samples.length;
    if (this.#heldSamples >= MEAN_SAMPLES) this.#start(this.#held);
  }

  /** What was said so far; empty until the search runs. */
  interim(): Hypothesis {
    return this.#held ? NOTHING : this.#hypothesis();
  }

  /** What was said. The decoder is ready for the next utterance. */
  finish(): Hypothesis {
    const held = this.#held;
    const running = !held || (this.#heldSamples >= MIN_SAMPLES && this.#start(held));
    let hypothesis = NOTHING;
    if (running) {
      this.#decoder.stop();
      hypothesis = this.#hypothesis();
    }
    this.#reset();
    return hypothesis;
  }

  /** Forget the utterance. The decoder is ready for the next one. */
  drop(): void {
    if (!this.#held) this.#decoder.stop();
    this.#reset();
  }

  #reset(): void {
    this.#held = [];
    this.#heldSamples = 0;
  }

  /** False where the held audio is silence. Starts the search with the line's own mean otherwise. */
  #start(held: readonly Float32Array[]): boolean {
    const audio = new Float32Array(this.#heldSamples);
    let at = 0;
    for (const piece of held) {
      audio.set(piece, at);
      at += piece.length;
    }
    const mean = meanCepstrum(this.#decoder.spectrogram(audio));
    if (!mean) return false;
    // A new front end and feature buffer: nothing of the last caller's line or noise stays.
    const { cdecoder, cacmod } = this.#decoder;
    this.#decoder.set_config('cmninit', mean.map((value) => value.toFixed(3)).join(','));
    const frontEnd = this.#module._decoder_init_fe(cdecoder);
    const features = this.#module._decoder_init_feat_s3file(cdecoder, 0);
    this.#module._acmod_reinit_feat(cacmod, frontEnd, features);
    this.#decoder.start();
    this.#held = undefined;
    this.#decoder.process_audio(audio, false, false);
    return true;
  }

  #hypothesis(): Hypothesis {
    const text = this.#decoder.get_text();
    if (text === '') return NOTHING;
    let logLikelihood = 0;
    let speechSeconds = 0;
    for (const { t: word, d: seconds, p: probability } of this.#decoder.get_alignment({}).w ?? []) {
      const cost = Math.log(Math.max(probability, LEAST_PROBABILITY));
      if (word === '<sil>') {
        // A pause says nothing about the words, unless it is none.
        logLikelihood += Math.min(0, cost - SILENCE_COST * seconds);
      } else if (word !== '(NULL)') {
        logLikelihood += cost;
        speechSeconds += seconds;
      }
    }
    return { text, confidence: logLikelihood / Math.max(speechSeconds, 0.01) };
  }
}
