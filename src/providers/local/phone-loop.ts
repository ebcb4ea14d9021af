// The grammar of everything that can be spoken: any phone after any phone. Control plane.

import type { Pronunciation } from './pronunciations.js';

/** ARPAbet, as the acoustic model has it. */
const PHONES =
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH'.split(
    ' ',
  );

const wordOf = (phone: string): string => `phone_${phone.toLowerCase()}`;

/** Each phone is a word of its own. */
export const PHONE_WORDS: readonly Pronunciation[] = PHONES.map((phone) => [wordOf(phone), phone]);

export const PHONE_LOOP = `#JSGF V1.0;
grammar phones;
public <sound> = ( ${PHONES.map(wordOf).join(' | ')} )+;
`;
