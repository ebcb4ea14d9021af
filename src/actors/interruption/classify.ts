// A voice beside the agent's: noise, a sign of listening, or does the caller want the floor? Pure. Control plane.
//
// The agent is held while this is undecided, so it must be decided soon: with words as soon as they say
// enough, without words by how long the voice lasts. Signs of listening are short and few ("continuers",
// Schegloff 1982; Yngve 1970 calls them back channels), so a lexicon finds most of them.

import { languageWords, type LanguageWords } from '../languages/index.js';
import {
  containsPhrase,
  isMadeOf,
  phraseSet,
  wordsOf,
  type PhraseSet,
} from '../languages/tokens.js';
import type { Milliseconds, VoiceCharacter } from '../ports.js';

export interface InterruptionSettings {
  /** Words, beside those of the lexicons, that take the floor. At least 1. */
  readonly minWords: number;
  /** Without any words a voice of this length takes the floor. */
  readonly minVoiceMs: Milliseconds;
  /** A sign of listening is no longer than this; nor do few words with a longer voice stay undecided. */
  readonly maxBackchannelMs: Milliseconds;
  /** Words are waited for so long after a short voice has ended. */
  readonly wordWaitMs: Milliseconds;
  /** A single word with less voice than this was made up from a noise by the recogniser. */
  readonly minWordMs: Milliseconds;
  /** A voice so far below the caller's own level is somebody else's: it needs twice the length. dB, negative */
  readonly farLevelDb: number;
}

export const DEFAULT_INTERRUPTION: InterruptionSettings = {
  minWords: 1,
  minVoiceMs: 300,
  maxBackchannelMs: 1500,
  wordWaitMs: 350,
  minWordMs: 80,
  farLevelDb: -15,
};

/** What is known of a voice that began while the agent spoke. */
export interface HeldVoice {
  /** Voice so far, from its onset; where it ended, without the VAD's hangover. */
  readonly voiceMs: Milliseconds;
  readonly voiceEnded: boolean;
  /** Since the voice ended; 0 while it lasts. */
  readonly silenceMs: Milliseconds;
  /** Interim or final; undefined while nothing came, empty where the final holds no words. */
  readonly words: string | undefined;
  /** Of the voice, relative to the caller's usual speech; undefined where unknown. */
  readonly levelDb: number | undefined;
  /** By its sound, so far; undefined where nobody listened. */
  readonly character: VoiceCharacter | undefined;
  /** BCP 47. Without lexicons of it any words take the floor. */
  readonly language: string;
  /** What was heard of the agent ends in a question: "yes" is its answer then. */
  readonly agentAsked: boolean;
}

export type InterruptionVerdict =
  /** Ask again after so long, or when more is known. Whoever does both is told within `longestHoldMs`. */
  | { readonly verdict: 'undecided'; readonly decideAgainInMs: Milliseconds }
  | { readonly verdict: 'noise' | 'backchannel' | 'interruption' };

interface Lexicon {
  readonly backchannels: PhraseSet;
  readonly newsmarks: PhraseSet;
  readonly hesitations: PhraseSet;
  readonly answers: PhraseSet;
  readonly floorTakers: PhraseSet;
}

const NOISE: InterruptionVerdict = { verdict: 'noise' };
const BACKCHANNEL: InterruptionVerdict = { verdict: 'backchannel' };
const INTERRUPTION: InterruptionVerdict = { verdict: 'interruption' };
/** Times are compared in whole ms: never ask again at once. */
const undecided = (ms: Milliseconds): InterruptionVerdict => ({
  verdict: 'undecided',
  decideAgainInMs: Math.max(1, Math.ceil(ms)),
});

const FAR_FACTOR = 2;
const ASKS = /[?¿]/;

const made = new WeakMap<LanguageWords, Lexicon>();

function lexiconOf(language: LanguageWords): Lexicon {
  let lexicon = made.get(language);
  if (!lexicon) {
    lexicon = {
      backchannels: phraseSet(language.backchannels, language.hesitations),
      newsmarks: phraseSet(language.newsmarks),
      hesitations: phraseSet(language.hesitations),
      answers: phraseSet(language.answers),
      floorTakers: phraseSet(language.floorTakers),
    };
    made.set(language, lexicon);
  }
  return lexicon;
}

/** What is no speech by then, and holds no words, will be none: the agent goes on beside it. */
const longestSoundMs = (settings: InterruptionSettings): Milliseconds =>
  Math.max(settings.maxBackchannelMs, settings.minVoiceMs * FAR_FACTOR);

/** No series of `undecided` lasts longer than this from the onset to a verdict. */
export const longestHoldMs = (settings: InterruptionSettings): Milliseconds =>
  longestSoundMs(settings) + settings.wordWaitMs;

export function classifyInterruption(
  held: HeldVoice,
  settings: InterruptionSettings,
): InterruptionVerdict {
  const words = wordsOf(held.words ?? '');
  return words.length > 0 ? classifyWords(held, words, settings) : classifyVoice(held, settings);
}

function classifyVoice(held: HeldVoice, settings: InterruptionSettings): InterruptionVerdict {
  const { voiceMs, voiceEnded, silenceMs, words, levelDb, character } = held;
  const isFar = levelDb !== undefined && levelDb <= settings.farLevelDb;
  const neededMs = settings.minVoiceMs * (isFar ? FAR_FACTOR : 1);
  if (character === 'sound') return classifySound(held, settings);
  if (voiceMs >= neededMs) return INTERRUPTION;
  // One that is far so far may have begun softly: looked at again when a near one would be long enough.
  const judgedAtMs = voiceMs < settings.minVoiceMs ? settings.minVoiceMs : neededMs;
  if (!voiceEnded) return undecided(judgedAtMs - voiceMs);
  // The recogniser has finished: nothing more will come of it.
  if (words !== undefined || silenceMs >= settings.wordWaitMs) {
    // Speech that nobody understood is no noise, and was given more time for words that did not come.
    const isProtest = character === 'speech' && !isFar && 2 * voiceMs >= settings.minVoiceMs;
    return isProtest ? INTERRUPTION : NOISE;
  }
  return undecided(settings.wordWaitMs - silenceMs);
}

/** A hum, a laugh, a cough, a groan: it never takes the floor by its length. It may still turn into speech. */
function classifySound(held: HeldVoice, settings: InterruptionSettings): InterruptionVerdict {
  const { voiceMs, voiceEnded, silenceMs, words } = held;
  if (voiceEnded) {
    if (words !== undefined || silenceMs >= settings.wordWaitMs) return NOISE;
    return undecided(settings.wordWaitMs - silenceMs);
  }
  const longestMs = longestSoundMs(settings);
  return voiceMs >= longestMs ? NOISE : undecided(longestMs - voiceMs);
}

function classifyWords(
  held: HeldVoice,
  words: readonly string[],
  settings: InterruptionSettings,
): InterruptionVerdict {
  const { voiceMs, voiceEnded, agentAsked } = held;
  const language = languageWords(held.language);
  const lexicon = language && lexiconOf(language);
  const signals = lexicon !== undefined && isSignal(lexicon, held.words ?? '', words);
  if (agentAsked && lexicon && signals && isAnswer(lexicon, words)) return INTERRUPTION;
  if (!signals && takesFloor(lexicon, held, words)) return INTERRUPTION;
  const isMadeUp = words.length === 1 && voiceMs < settings.minWordMs;
  if (!signals && !isMadeUp && words.length >= settings.minWords) return INTERRUPTION;
  // Too few words, or words that may go on: "yeah, but".
  if (voiceMs >= settings.maxBackchannelMs) return INTERRUPTION;
  const isDoubtful = isMadeUp && !signals;
  // A word that came before its voice is long enough for one is judged again as soon as it is.
  const judgedAtMs = isDoubtful ? settings.minWordMs : settings.maxBackchannelMs;
  if (!voiceEnded) return undecided(judgedAtMs - voiceMs);
  return isDoubtful ? NOISE : BACKCHANNEL;
}

/** Signs of listening alone; with a question mark only those that often have one. */
function isSignal(lexicon: Lexicon, text: string, words: readonly string[]): boolean {
  if (ASKS.test(text)) return isMadeOf(lexicon.newsmarks, words);
  return isMadeOf(lexicon.backchannels, words) || isMadeOf(lexicon.newsmarks, words);
}

/** Hesitation alone answers nothing. */
const isAnswer = (lexicon: Lexicon, words: readonly string[]): boolean =>
  containsPhrase(lexicon.answers, words) && !isMadeOf(lexicon.hesitations, words);

function takesFloor(
  lexicon: Lexicon | undefined,
  held: HeldVoice,
  words: readonly string[],
): boolean {
  if (ASKS.test(held.words ?? '')) return true;
  return lexicon !== undefined && containsPhrase(lexicon.floorTakers, words);
}
