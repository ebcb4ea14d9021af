// How French is said. Control plane.

import { toCardinal, toOrdinal } from 'n2words/fr-FR';
import { counted, type Gender, type SpokenLanguage } from './language.js';

const MONTHS =
  'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' ');

const count = (digits: string, gender: Gender): string =>
  gender === 'feminine' ? toCardinal(digits).replace(/un$/, 'une') : toCardinal(digits);

const masculine = (one: string, many = `${one}s`) => ({ one, many, gender: 'masculine' as const });

export const FRENCH: SpokenLanguage = {
  code: 'fr',
  decimalMark: ',',
  monthFirst: false,
  cardinal: (digits) => toCardinal(digits),
  ordinal: (digits, gender) =>
    digits === '1' && gender === 'feminine' ? 'première' : toOrdinal(digits),
  count,
  year: (year) => toCardinal(year),
  time: ({ hours, minutes }) =>
    `${count(String(hours), 'feminine')} ${hours < 2 ? 'heure' : 'heures'}${minutes === 0 ? '' : ` ${toCardinal(minutes)}`}`,
  date: ({ day, month, year: of }) =>
    `${day === 1 ? 'premier' : toCardinal(day)} ${MONTHS[month - 1]}${of === undefined ? '' : ` ${toCardinal(of)}`}`,
  priceJoint: ' ',
  namesMinor: false,
  pairsInPhones: true,
  signs: {
    point: 'virgule',
    minus: 'moins',
    plus: 'plus',
    times: 'fois',
    equals: 'égale',
    percent: 'pour cent',
    degrees: 'degrés',
    number: 'numéro',
    and: 'et',
    to: 'à',
    dot: 'point',
    at: 'arobase',
    dash: 'tiret',
    underscore: 'tiret bas',
    slash: 'barre oblique',
    fractions: { '1/2': 'un demi', '1/4': 'un quart', '3/4': 'trois quarts' },
  },
  months: MONTHS,
  weekdays: {
    lun: 'lundi',
    mar: 'mardi',
    mer: 'mercredi',
    jeu: 'jeudi',
    ven: 'vendredi',
    sam: 'samedi',
    dim: 'dimanche',
  },
  currencies: {
    USD: { ...masculine('dollar'), minor: masculine('cent') },
    EUR: { ...masculine('euro'), minor: masculine('centime') },
    GBP: { one: 'livre', many: 'livres', gender: 'feminine', minor: masculine('penny', 'pence') },
    CHF: { ...masculine('franc suisse', 'francs suisses'), minor: masculine('centime') },
    JPY: masculine('yen'),
  },
  units: counted(`
    km = kilomètre, kilomètres | m = mètre, mètres | cm = centimètre, centimètres | mm = millimètre, millimètres
    kg = kilogramme, kilogrammes | g = gramme, grammes | mg = milligramme, milligrammes | l = litre, litres | ml = millilitre, millilitres
    km/h = kilomètre par heure, kilomètres par heure | Go = gigaoctet, gigaoctets | GB = gigaoctet, gigaoctets | Mo = mégaoctet, mégaoctets
    °C = degré Celsius, degrés Celsius | ° = degré, degrés | min = f: minute, minutes | s = f: seconde, secondes
    kWh = kilowattheure, kilowattheures | kW = kilowatt, kilowatts | W = watt, watts | V = volt, volts | m² = mètre carré, mètres carrés
  `),
  ordinalEnds: {
    er: 'masculine',
    re: 'feminine',
    ère: 'feminine',
    e: 'masculine',
    ème: 'masculine',
    nd: 'masculine',
    nde: 'feminine',
  },
  own: [
    [/\b([01]?\d|2[0-3])\s?h\s?([0-5]\d)\b/g, '$1:$2'],
    [/\b([01]?\d|2[0-3])\s?h(?![\p{L}\d])/gu, '$1:00'],
  ],
};
