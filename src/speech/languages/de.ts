// How German is said. Control plane.

import { toCardinal, toOrdinal } from 'n2words/de-DE';
import { counted, type Gender, type SpokenLanguage } from './language.js';

const MONTHS =
  'Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(' ');

const count = (digits: string, gender: Gender): string =>
  toCardinal(digits).replace(/eins$/, gender === 'feminine' ? 'eine' : 'ein');

/** 1999 is neunzehnhundertneunundneunzig. */
function year(value: number): string {
  if (value < 1100 || value >= 2000) return toCardinal(value);
  const rest = value % 100;
  return `${toCardinal(Math.floor(value / 100))}hundert${rest === 0 ? '' : toCardinal(rest)}`;
}

const DATIVE = /^(?:am|vom|zum|zur|im|beim|dem|den|des|ab|bis|seit|einen|einem|jeden|jedem)$/;
const NOMINATIVE = /^(?:der|die|das|jede|unsere|ihre)$/;

/** Does the word say that an ordinal follows? */
const decides = (word: string): boolean => DATIVE.test(word) || NOMINATIVE.test(word);

/** "am dritten", "der dritte", "dritter". */
function germanOrdinal(digits: string, before: string): string {
  const ordinal = toOrdinal(digits);
  if (DATIVE.test(before)) return `${ordinal}n`;
  return NOMINATIVE.test(before) ? ordinal : `${ordinal}r`;
}

const neuter = (one: string, many = one) => ({ one, many, gender: 'neuter' as const });

export const GERMAN: SpokenLanguage = {
  code: 'de',
  decimalMark: ',',
  monthFirst: false,
  cardinal: (digits) => toCardinal(digits),
  ordinal: (digits) => toOrdinal(digits),
  count,
  year,
  time: ({ hours, minutes }) =>
    `${count(String(hours), 'neuter')} Uhr${minutes === 0 ? '' : ` ${toCardinal(minutes)}`}`,
  date: ({ day, month, year: of, before }) =>
    `${germanOrdinal(String(day), before)} ${MONTHS[month - 1]}${of === undefined ? '' : ` ${year(of)}`}`,
  priceJoint: ' ',
  namesMinor: false,
  pairsInPhones: false,
  signs: {
    point: 'Komma',
    minus: 'minus',
    plus: 'plus',
    times: 'mal',
    equals: 'gleich',
    percent: 'Prozent',
    degrees: 'Grad',
    number: 'Nummer',
    and: 'und',
    to: 'bis',
    dot: 'Punkt',
    at: 'ät',
    dash: 'Bindestrich',
    underscore: 'Unterstrich',
    slash: 'Schrägstrich',
    fractions: { '1/2': 'ein halb', '1/4': 'ein Viertel', '3/4': 'drei Viertel' },
  },
  months: MONTHS,
  weekdays: {
    Mo: 'Montag',
    Di: 'Dienstag',
    Mi: 'Mittwoch',
    Do: 'Donnerstag',
    Fr: 'Freitag',
    Sa: 'Samstag',
    So: 'Sonntag',
  },
  currencies: {
    USD: { ...neuter('Dollar'), minor: neuter('Cent') },
    EUR: { ...neuter('Euro'), minor: neuter('Cent') },
    GBP: { ...neuter('Pfund'), minor: neuter('Penny', 'Pence') },
    CHF: { ...neuter('Franken'), minor: neuter('Rappen') },
    JPY: neuter('Yen'),
  },
  units: counted(`
    km = Kilometer | m = Meter | cm = Zentimeter | mm = Millimeter | kg = Kilogramm | g = Gramm | mg = Milligramm
    l = Liter | ml = Milliliter | km/h = Kilometer pro Stunde | GB = Gigabyte | MB = Megabyte | TB = Terabyte | KB = Kilobyte
    °C = Grad Celsius | ° = Grad | min = f: Minute, Minuten | Min = f: Minute, Minuten | h = f: Stunde, Stunden | Std = f: Stunde, Stunden
    s = f: Sekunde, Sekunden | kWh = f: Kilowattstunde, Kilowattstunden | kW = Kilowatt | W = Watt | V = Volt
    m² = Quadratmeter | qm = Quadratmeter
  `),
  ordinalEnds: {},
  own: [
    // "8.30 Uhr"; a full stop there is no decimal mark.
    [/\b([01]?\d|2[0-3])\.([0-5]\d)(?= Uhr)/g, '$1:$2'],
    [/\b(?:1) Uhr/g, 'ein Uhr'],
    [
      new RegExp(`(\\p{L}+ )?\\b(\\d{1,3})\\. (?=(${MONTHS.join('|')})\\b|\\p{Lu}|und \\d)`, 'gu'),
      (all, before = '', digits = '', month = '') => {
        const word = before.trim().toLowerCase();
        const isOrdinal = Number(digits) > 0 && (month !== '' || decides(word));
        return isOrdinal ? `${before}${germanOrdinal(digits, word)} ` : all;
      },
    ],
  ],
};
