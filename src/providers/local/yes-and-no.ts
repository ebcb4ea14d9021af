// Yes and no as callers say them to a question. Pure. Control plane.

import { wordsOf } from './spoken-words.js';

const YES = [
  'yes',
  'yes please',
  'yes i do',
  'yes i did',
  'yes thank you',
  'yeah',
  'yes you can',
  'please do',
  "that's right",
  'correct',
  'okay',
];
const NO = [
  'no',
  'no thanks',
  'no thank you',
  "no i didn't",
  'no not yet',
  'not yet',
  'please wait',
];

/** For the recogniser's grammar. */
export const YES_AND_NO: readonly string[] = [...YES, ...NO];

const YES_WORDS = new Set(
  'yes yeah yep yup sure correct okay ok right exactly absolutely certainly do please'.split(' '),
);
const NO_WORDS = new Set("no nope nah not don't didn't wait never stop cancel".split(' '));
/** Beside these, words of assent mean assent: "yes, I did, thank you". */
const NEUTRAL = new Set(
  "i you i'd we it it's that that's can could would will did is am was like love want to a the thank thanks very much of course so um uh well oh er go ahead and me now all".split(
    ' ',
  ),
);

/**
 * Whether `text` is an answer to a question of yes or no. Anything else that is in it makes it none:
 * "yes, but what are your hours" is about the hours. Doubt means no.
 */
export function yesOrNo(text: string): 'yes' | 'no' | undefined {
  const words = wordsOf(text);
  if (words.some((word) => NO_WORDS.has(word))) return 'no';
  if (!words.some((word) => YES_WORDS.has(word))) return undefined;
  return words.every((word) => YES_WORDS.has(word) || NEUTRAL.has(word)) ? 'yes' : undefined;
}
