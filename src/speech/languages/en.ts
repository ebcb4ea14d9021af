// How English is said. Control plane.

import { toCardinal, toOrdinal } from 'n2words/en-US';
import { counted, type SpokenLanguage, type WrittenTime } from './language.js';

const cardinal = (digits: string): string => toCardinal(digits);

const MONTHS =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

/** 2026 is twenty twenty-six, 2005 two thousand five, 1905 nineteen oh five, 1900 nineteen hundred. */
function year(value: number): string {
  const [century, rest] = [Math.floor(value / 100), value % 100];
  if (value < 1100 || value >= 2100 || (century === 20 && rest < 10)) return toCardinal(value);
  if (rest === 0) return `${toCardinal(century)} hundred`;
  return `${toCardinal(century)} ${rest < 10 ? 'oh ' : ''}${toCardinal(rest)}`;
}

function time({ hours, minutes, half }: WrittenTime): string {
  const after = half === undefined ? '' : half === 'am' ? ' a m' : ' p m';
  const hour = toCardinal(hours);
  if (minutes > 0) return `${hour} ${minutes < 10 ? 'oh ' : ''}${toCardinal(minutes)}${after}`;
  if (after !== '') return hour + after;
  return hours > 12 || hours === 0 ? `${hour} hundred` : `${hour} o'clock`;
}

export const ENGLISH: SpokenLanguage = {
  code: 'en',
  decimalMark: '.',
  monthFirst: true,
  cardinal,
  ordinal: (digits) => toOrdinal(digits),
  count: cardinal,
  year,
  time,
  date: ({ day, month, year: of }) =>
    `${MONTHS[month - 1]} ${toOrdinal(day)}${of === undefined ? '' : `, ${year(of)}`}`,
  priceJoint: ' and ',
  namesMinor: true,
  pairsInPhones: false,
  signs: {
    point: 'point',
    minus: 'minus',
    plus: 'plus',
    times: 'times',
    equals: 'equals',
    percent: 'percent',
    degrees: 'degrees',
    number: 'number',
    and: 'and',
    to: 'to',
    dot: 'dot',
    at: 'at',
    dash: 'dash',
    underscore: 'underscore',
    slash: 'slash',
    fractions: { '1/2': 'one half', '1/4': 'one quarter', '3/4': 'three quarters' },
  },
  months: MONTHS,
  weekdays: {
    Mon: 'Monday',
    Tue: 'Tuesday',
    Tues: 'Tuesday',
    Wed: 'Wednesday',
    Thu: 'Thursday',
    Thurs: 'Thursday',
    Fri: 'Friday',
    Sat: 'Saturday',
    Sun: 'Sunday',
  },
  currencies: {
    USD: {
      one: 'dollar',
      many: 'dollars',
      gender: 'masculine',
      minor: { one: 'cent', many: 'cents', gender: 'masculine' },
    },
    EUR: {
      one: 'euro',
      many: 'euros',
      gender: 'masculine',
      minor: { one: 'cent', many: 'cents', gender: 'masculine' },
    },
    GBP: {
      one: 'pound',
      many: 'pounds',
      gender: 'masculine',
      minor: { one: 'penny', many: 'pence', gender: 'masculine' },
    },
    CHF: {
      one: 'Swiss franc',
      many: 'Swiss francs',
      gender: 'masculine',
      minor: { one: 'centime', many: 'centimes', gender: 'masculine' },
    },
    JPY: { one: 'yen', many: 'yen', gender: 'masculine' },
  },
  units: counted(`
    km = kilometer, kilometers | m = meter, meters | cm = centimeter, centimeters | mm = millimeter, millimeters
    mi = mile, miles | ft = foot, feet | yd = yard, yards | lb = pound, pounds | lbs = pound, pounds | oz = ounce, ounces
    kg = kilogram, kilograms | g = gram, grams | mg = milligram, milligrams | l = liter, liters | L = liter, liters
    ml = milliliter, milliliters | km/h = kilometer per hour, kilometers per hour | mph = mile per hour, miles per hour
    GB = gigabyte, gigabytes | MB = megabyte, megabytes | TB = terabyte, terabytes | KB = kilobyte, kilobytes | Mbps = megabit per second, megabits per second
    °C = degree Celsius, degrees Celsius | °F = degree Fahrenheit, degrees Fahrenheit | ° = degree, degrees
    min = minute, minutes | mins = minute, minutes | h = hour, hours | hr = hour, hours | hrs = hour, hours | sec = second, seconds
    ms = millisecond, milliseconds | kWh = kilowatt hour, kilowatt hours | kW = kilowatt, kilowatts | W = watt, watts | V = volt, volts
    m² = square meter, square meters | sqm = square meter, square meters | sq ft = square foot, square feet | ft² = square foot, square feet
  `),
  ordinalEnds: { st: 'masculine', nd: 'masculine', rd: 'masculine', th: 'masculine' },
  own: [
    [/\b24\/7\b/g, 'twenty-four seven'],
    [
      /\b(1[1-9]|20)?([2-9]0)s\b/g,
      (_all, century = '', decade = '') =>
        `${century === '' ? '' : `${cardinal(century)} `}${cardinal(decade).replace(/y$/, 'ies')}`,
    ],
    [
      /\b((?:in|since|until|year|early|late) |\p{L}+ 20\d\d (?:and|or|to) )((?:19|20)\d\d)\b(?![.,:/-]\d|\s?[%$€£])/giu,
      (_all, before = '', digits = '') => before + year(Number(digits)),
    ],
    [/(\d+ (?:\p{Lu}\p{L}+ ){1,3})St\.?(?![\p{L}.])/gu, '$1Street'],
    [/(\p{Lu}\p{L}+ )St\.(?=[,;]|\s*$|\s\p{Ll})/gu, '$1Street'],
    [/(\d+ (?:\p{Lu}\p{L}+ ){1,3})Dr\.?(?![\p{L}.])/gu, '$1Drive'],
    [/\bw\/o\b/g, 'without'],
    [/\bw\/(?=\s)/g, 'with'],
  ],
};
