// The closed grammars of the local recogniser, in JSGF. Control plane.

/** Stands for spoken digits in a phrase: `"extension {digits}"`. */
export const DIGITS_SLOT = '{digits}';

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

export interface Grammars {
  /** JSGF for `expect('anything')`. */
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
  besideDigits: readonly string[] = phrases,
): Grammars {
  return {
    anything: jsgf('<phrase>', phrases),
    digits: jsgf(besideDigits.length > 0 ? '<digits> | <phrase>' : '<digits>', besideDigits),
    words: new Set([
      ...DIGIT_WORDS,
      ...phrases.flatMap((phrase) => phrase.split(' ').filter((token) => token !== DIGITS_SLOT)),
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
