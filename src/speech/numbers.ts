// Numbers, digits, prices and units as words. Pure. Control plane.

import type { Counted, SpokenLanguage } from './languages/language.js';

/** What is longer is read digit by digit. */
const MAX_NUMBER = 15;
/** A number without marks between its thousands is no quantity from here on. */
const MIN_SERIAL = 7;

/** A written number of any language: with marks between thousands, with decimals. */
export const NUMBER = String.raw`(?:\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)`;

export interface WrittenNumber {
  /** Digits. */
  readonly integer: string;
  /** Digits behind the decimal mark; empty where there is none. */
  readonly fraction: string;
  readonly hasGroups: boolean;
}

/** `1,000.50`, `1.000,50`, `3.50`: which mark is which. */
export function readNumber(written: string, { decimalMark }: SpokenLanguage): WrittenNumber {
  const text = written.replace(/[\s'’\u00a0\u202f]/g, '');
  const marks = [...text.matchAll(/[.,]/g)];
  const last = marks.at(-1);
  const hadSpaces = text !== written;
  if (!last) return { integer: text, fraction: '', hasGroups: hadSpaces };
  const isSame = marks.every(([mark]) => mark === last[0]);
  const behind = text.length - last.index - 1;
  // "1.000" is a thousand where the point is no decimal mark; "1.000.000" is a million everywhere.
  const isGroup = isSame && behind === 3 && (marks.length > 1 || last[0] !== decimalMark);
  const end = isGroup ? text.length : last.index;
  return {
    integer: text.slice(0, end).replace(/[.,]/g, ''),
    fraction: isGroup ? '' : text.slice(last.index + 1),
    hasGroups: isGroup || marks.length > 1 || hadSpaces,
  };
}

const spaced = (language: SpokenLanguage, digits: string): string =>
  Array.from(digits, (digit) => language.cardinal(digit)).join(' ');

/** Groups of three, the last one of two to four. */
function grouped(digits: string): string[] {
  if (digits.length <= 4) return [digits];
  return [digits.slice(0, 3), ...grouped(digits.slice(3))];
}

/** Digit by digit, in groups with a pause between. */
export const sayDigits = (language: SpokenLanguage, digits: string): string =>
  grouped(digits)
    .map((group) => spaced(language, group))
    .join(', ');

/** A group of a telephone number. */
export function sayPhoneGroup(language: SpokenLanguage, digits: string): string {
  if (!language.pairsInPhones || digits.length !== 2) return sayDigits(language, digits);
  return digits.startsWith('0') ? spaced(language, digits) : language.cardinal(digits);
}

function sayInteger(language: SpokenLanguage, integer: string, hasGroups: boolean): string {
  const isSerial =
    integer.length > MAX_NUMBER ||
    (integer.length > 1 && integer.startsWith('0')) ||
    (!hasGroups && integer.length >= MIN_SERIAL);
  return isSerial ? sayDigits(language, integer) : language.cardinal(integer);
}

/** Decimals digit by digit: "three point five zero". */
export function sayNumber(language: SpokenLanguage, written: string): string {
  const { integer, fraction, hasGroups } = readNumber(written, language);
  const whole =
    fraction !== '' && integer === '0'
      ? language.cardinal('0')
      : sayInteger(language, integer, hasGroups);
  return fraction === '' ? whole : `${whole} ${language.signs.point} ${spaced(language, fraction)}`;
}

/** A number and what it counts. */
export function sayCounted(language: SpokenLanguage, written: string, noun: Counted): string {
  const { integer, fraction } = readNumber(written, language);
  if (fraction !== '' || integer.length > MAX_NUMBER || /^0\d/.test(integer)) {
    return `${sayNumber(language, written)} ${noun.many}`;
  }
  const number = language.count(integer, noun.gender);
  // "un millón de euros", "un million d'euros".
  const of = /ill(?:ón|ones|ions?|iards?)$/.test(number) && /^(?:es|fr)$/.test(language.code);
  const name = integer === '1' ? noun.one : noun.many;
  return `${number} ${of ? (language.code === 'fr' && /^[eéy]/.test(name) ? "d'" : 'de ') : ''}${name}`;
}

type CurrencyCode = keyof SpokenLanguage['currencies'];
const SIGNS: Readonly<Record<string, CurrencyCode>> = {
  $: 'USD',
  US$: 'USD',
  '€': 'EUR',
  '£': 'GBP',
  '¥': 'JPY',
};

/** @param sign or code, or the currency's name; undefined where it is unknown */
export function currencyOf(language: SpokenLanguage, sign: string): CurrencyCode | undefined {
  const { currencies } = language;
  if (Object.hasOwn(SIGNS, sign)) return SIGNS[sign];
  if (Object.hasOwn(currencies, sign)) return sign as CurrencyCode;
  const name = sign.toLowerCase();
  return (Object.keys(currencies) as CurrencyCode[]).find((code) =>
    [currencies[code].one, currencies[code].many].some((known) => known.toLowerCase() === name),
  );
}

/** @param scale "million" and the like, empty for none */
export function sayPrice(
  language: SpokenLanguage,
  written: string,
  code: CurrencyCode,
  scale: string,
): string {
  const currency = language.currencies[code];
  if (scale !== '') return `${sayNumber(language, written)} ${scale} ${currency.many}`;
  const { integer, fraction } = readNumber(written, language);
  const { minor } = currency;
  if (fraction === '' || fraction.length > 2 || !minor) {
    return sayCounted(language, written, currency);
  }
  const cents = String(Number(fraction.padEnd(2, '0')));
  if (cents === '0') return sayCounted(language, integer, currency);
  if (integer === '0') return sayCounted(language, cents, minor);
  const rest = language.namesMinor ? sayCounted(language, cents, minor) : language.cardinal(cents);
  return `${sayCounted(language, integer, currency)}${language.priceJoint}${rest}`;
}
