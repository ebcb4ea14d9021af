// Any text as pieces that the local voice can say, each short enough to be rendered quickly. Pure. Control plane.

import { TAG } from '../../speech/markup.js';

/** About 10 s of speech, rendered in about 0.15 s: what a caller may wait for another call's piece. */
const MAX_PIECE = 160;
/** Longer "words" are no words, and cost the engine time that grows with their square. */
const MAX_WORD = 32;

const SENTENCES = /.*?[.!?]+["')\]]*(?=\s|$)|.+$/g;
const SAME_IN_ASCII: readonly (readonly [RegExp, string])[] = [
  [/[\u2018\u2019\u201b\u2032\u02bc]/g, "'"],
  [/[\u201c\u201d\u2033\u00ab\u00bb]/g, '"'],
  [/[\u2013\u2014]/g, ', '],
  [/\u00df/g, 'ss'],
  [/[\u00e6\u00c6]/g, 'ae'],
  [/[\u00f8\u00d8]/g, 'o'],
  [/[\u0153\u0152]/g, 'oe'],
];

/** Printable ASCII: letters lose their accents; what the voice has no sound for becomes a space. */
function toAscii(text: string): string {
  let ascii = text.replace(TAG, ' ');
  for (const [written, spoken] of SAME_IN_ASCII) ascii = ascii.replace(written, spoken);
  return ascii
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x21-\x7e]+/g, ' ')
    .replace(/[.!?]{2,}/g, (marks) => marks.slice(-1))
    .trim();
}

/** The longest beginning of `text` that is a piece: to a comma, else to a space. */
function cutAt(text: string): number {
  const head = text.slice(0, MAX_PIECE);
  const comma = head.search(/[,;:]\s[^,;:]*$/);
  // Words are shorter than a piece, so that there is a space.
  return comma > MAX_PIECE / 3 ? comma + 1 : head.lastIndexOf(' ');
}

/** @returns printable ASCII, at most 160 characters each, in order; none where there is no word */
export function speakablePieces(text: string): string[] {
  const ascii = toAscii(text).replace(new RegExp(`[^ ]{${MAX_WORD}}(?=[^ ])`, 'g'), '$& ');
  const pieces: string[] = [];
  for (const sentence of ascii.match(SENTENCES) ?? []) {
    let rest = sentence.trim();
    while (rest.length > MAX_PIECE) {
      const end = cutAt(rest);
      pieces.push(rest.slice(0, end));
      rest = rest.slice(end).trim();
    }
    pieces.push(rest);
  }
  return pieces.filter((piece) => /[a-z0-9]/i.test(piece));
}
