// The closed grammars of the local recogniser, in JSGF. Control plane.

import { DIGITS_SLOT } from './spoken-words.js';
import { YES_AND_NO } from './yes-and-no.js';

/**
 * The spoken digits. "Oh" is not among them: on a telephone line the recogniser hears it between
 * other digits where nobody said it.
 */
const DIGIT_WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
];

/**
 * What people say before and after what they want, in JSGF: "um, can you tell me your ...", "... please".
 * Short on purpose: every word more is one that a noise may be taken for.
 */
const SAID = '/1/ <phrase> <behind> | /0.000001/ <before> <phrase> <behind> | /0.0001/ <answer>';
const LEAD_IN = `
<hesitation> = um | uh | well | okay | hello | yes;
<asking> = ( can you | could you ) [ please ] tell me | please tell me | tell me
  | ( can | could | may ) i ( have | get ) | i want | i need | i would like | i'd like | what about;
<link> = the | your | a | an | to | about;
<before> = <hesitation> [ please ] | [ <hesitation> ] <asking> [ <link> ] | please;
<after> = please | thanks | thank you | now;
<behind> = /1/ <NULL> | /0.05/ <after>;
`;
const LEAD_IN_WORDS = LEAD_IN.split('\n')
  .flatMap((line) =>
    line
      .replace(/^<[a-z]+> =/, '')
      .replaceAll(/<[a-z]+>/g, ' ')
      .split(/[^a-z']+/),
  )
  .filter((word) => word !== '');

/** Said by nobody who wants something, but like many noises: so that these are not taken for a phrase. */
const NOISE_LIKE = ["don't", 'sure', 'wait', "no i don't"];
const HESITATIONS = ['um', 'uh'];

/** What the caller wants of a text of the grammar: empty for what only stands for noises. */
export function meantWords(text: string): string {
  if (NOISE_LIKE.includes(text)) return '';
  const words = text.split(' ');
  return words.filter((word) => !HESITATIONS.includes(word)).join(' ');
}

/** True for a text of spoken digits alone. */
export function isDigits(text: string): boolean {
  return text.split(' ').every((word) => DIGIT_WORDS.includes(word));
}

const ANSWERS = `<answer> = ${[...new Set([...YES_AND_NO, ...NOISE_LIKE])].join(' | ')};\n`;

export interface Grammars {
  /** JSGF for `expect('anything')`: the phrases, words around them, and yes and no. */
  readonly anything: string;
  /** JSGF for `expect('digits')`: digit strings, and what else may then be said. */
  readonly digits: string;
  /** Every word that either uses. */
  readonly words: ReadonlySet<string>;
}

/**
 * The grammars of a set of phrases.
 * @param phrases words of `a-z` and `'` in lower case with single spaces, and `{digits}`; validated
 *   where they were read, so that no phrase can hold JSGF syntax
 * @param besideDigits those that are also understood where digits are expected
 */
export function createGrammars(
  phrases: readonly string[],
  // Words as short as digits are too easily heard in them.
  besideDigits: readonly string[] = phrases.filter((phrase) => phrase.length >= 5),
): Grammars {
  return {
    anything: jsgf(SAID, phrases) + LEAD_IN + ANSWERS,
    digits: jsgf(besideDigits.length > 0 ? '<digits> | <phrase>' : '<digits>', besideDigits),
    words: new Set([
      ...DIGIT_WORDS,
      ...LEAD_IN_WORDS,
      ...[...phrases, ...YES_AND_NO, ...NOISE_LIKE].flatMap((phrase) =>
        phrase.split(' ').filter((token) => token !== DIGITS_SLOT),
      ),
    ]),
  };
}

function jsgf(utterance: string, phrases: readonly string[]): string {
  const lines = [
    '#JSGF V1.0;',
    'grammar ringmaster;',
    `public <utterance> = ${utterance};`,
    `<digits> = ( ${DIGIT_WORDS.join(' | ')} )+;`,
  ];
  if (phrases.length > 0) {
    const alternatives = [...new Set(phrases)].map((phrase) =>
      phrase.replaceAll(DIGITS_SLOT, '<digits>'),
    );
    lines.push(`<phrase> = ${alternatives.join(' | ')};`);
  }
  return `${lines.join('\n')}\n`;
}
