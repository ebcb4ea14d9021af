// What of a text is markup and pictures, which nobody says. Pure. Control plane.

/** Emojis, their joints and variants. */
const PICTURES = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f\u20e3`;
const PICTURE = new RegExp(`(?![©®™])[${PICTURES}]`, 'gu');
/** Asterisks and backticks are markup in writing and words in speech. */
const SIGN = new RegExp('[*`]', 'g');
const HEADING = /(^|\n)#{1,6} /g;

/** For text that comes in pieces of any length: what can be told to be no speech sign by sign. */
export const withoutSigns = (text: string): string =>
  text.replace(HEADING, '$1').replace(SIGN, '').replace(PICTURE, '');

/** Of HTML or SSML. */
export const TAG = /<\/?[a-z][^<>]{0,200}>/gi;
const LINK =
  /!?\[([^[\]]{0,300})\](?:\(\s*<?[^()\s]{0,500}>?(?:\s+(?:"[^"]{0,200}"|'[^']{0,200}'))?\s*\)|\[[^[\]]{0,100}\])/g;
/** [^1] */
const FOOTNOTE = /\[\^[^[\]]{1,20}\]:?/g;
/** <https://example.com>, <mailto:help@example.com> */
const AUTOLINK =
  /<((?:https?:\/\/|mailto:|tel:)?[^<>\s]{1,300}(?:@|:\/\/)[^<>\s]{1,300}|(?:mailto|tel):[^<>\s]{1,300})>/gi;
const SCHEME = /\b(?:https?:\/\/|mailto:|tel:)(?=\S)/gi;
/** [x] of a task. */
const TASK = /^[ \t]*\[[ xX]\][ \t]+/gm;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  '#39': "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  euro: '€',
  pound: '£',
};
const LINE_MARK = /^[ \t]*(?:[-*•+][ \t]+|>[ \t]*|(?:[-*_=~][ \t]*){3,}$)/gm;
const EMPHASIS = /(?<![\p{L}\p{N}])_{1,3}(?=\S)([^_\n]{1,300}?)_{1,3}(?![\p{L}\p{N}])|~~/gu;
const TABLE_RULE = /^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+[ \t:|-]*$/gm;
const TABLE_CELL = /[ \t]*\|[ \t]*/g;

/** A whole text without Markdown, HTML tags and pictures; what links say stays. */
export function withoutMarkup(text: string): string {
  const plain = text
    .replace(AUTOLINK, '$1')
    .replace(TAG, ' ')
    .replace(LINK, '$1')
    .replace(FOOTNOTE, '')
    .replace(TABLE_RULE, '')
    .replace(LINE_MARK, '')
    .replace(TASK, '')
    .replace(/&([a-z]{2,6}|#39);/gi, (all, name: string) => ENTITIES[name.toLowerCase()] ?? all)
    .replace(TABLE_CELL, ', ')
    .replace(EMPHASIS, '$1')
    // Between numbers it is a word.
    .replace(/(\d\s?)\*(?=\s?\d)/g, '$1×');
  return withoutSigns(plain);
}

/** A whole text for a voice that says numbers and signs well by itself. */
export function plainText(text: string): string {
  return withoutMarkup(text)
    .replace(SCHEME, '')
    .replace(/[ \t]{2,}/g, ' ')
    .trim();
}

/** Of dots, dashes and pictures alone nobody hears anything. */
export const isSpeakable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
