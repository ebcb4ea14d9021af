// What is written in digits and signs, found in a text and said in words. Pure. Control plane.

import { phoneRewrite } from './addresses.js';
import { anyOf } from './any-of.js';
import { dateRewrites, timeRewrites } from './dates-and-times.js';
import type { Rewrite, SpokenLanguage } from './languages/language.js';
import { currencyOf, NUMBER, sayCounted, sayDigits, sayNumber, sayPrice } from './numbers.js';

function priceRewrites(language: SpokenLanguage): Rewrite[] {
  const names = Object.values(language.currencies).flatMap(({ one, many }) => [one, many]);
  const codes = 'USD|EUR|GBP|CHF|JPY';
  const scale = String.raw`(?:\s(thousand|million|billion|Tausend|Millionen|Milliarden|mil|millones|mille|millions|milliards)\b)?`;
  const say = (all: string, sign = '', written = '', scaled = ''): string => {
    const code = currencyOf(language, sign);
    return code === undefined ? all : sayPrice(language, written, code, scaled);
  };
  return [
    [
      new RegExp(`(US\\$|[$€£¥]|\\b(?:${codes}))\\s?(${NUMBER})(?!\\d)${scale}`, 'gu'),
      (all, sign, written, scaled) => say(all, sign, written, scaled),
    ],
    [
      new RegExp(
        `(?<![\\p{L}\\d.,])(${NUMBER})${scale}\\s?([$€£¥]|(?:${codes}|${anyOf(names)})(?!\\p{L}))`,
        'giu',
      ),
      (all, written, scaled, sign) => say(all, sign, written, scaled),
    ],
  ];
}

function quantityRewrites(language: SpokenLanguage): Rewrite[] {
  const { units, signs, ordinalEnds } = language;
  const { fractions } = signs;
  return [
    [
      /(?<![\d/.,])(1\/2|1\/4|3\/4)(?![\d/])/g,
      (_all, part) => fractions[part as keyof typeof fractions],
    ],
    // Versions and the like: more than one point.
    [
      /(?<![\d.,])\d+(?:\.\d+){2,8}(?![\d.]?\d)/g,
      (all) =>
        all
          .split('.')
          .map((part) => sayNumber(language, part))
          .join(` ${signs.dot} `),
    ],
    [
      new RegExp(
        `(?<![\\d.,])(\\d{1,6})(${anyOf(Object.keys(ordinalEnds)) || '(?!)'})(?![\\p{L}\\d])`,
        'gu',
      ),
      (all, digits = '', end = '') =>
        Number(digits) === 0 ? all : language.ordinal(String(Number(digits)), ordinalEnds[end]),
    ],
    [
      new RegExp(
        `(?<![\\p{L}\\d.,])(${NUMBER})\\s?(${anyOf(Object.keys(units))})(?![\\p{L}\\d²³/])`,
        'gu',
      ),
      (all, written = '', symbol = '') => {
        const unit = units[symbol];
        return unit ? sayCounted(language, written, unit) : all;
      },
    ],
    [
      /(?:#|№|[Nn]\.?[°º])\s?(\d+)/g,
      (_all, digits = '') =>
        `${signs.number} ${digits.length > 3 ? sayDigits(language, digits) : sayNumber(language, digits)}`,
    ],
  ];
}

/** "8-4-1" has three parts and so is no range: a code, said digit by digit. */
function codeRewrite(language: SpokenLanguage): Rewrite {
  return [
    /(?<![\p{L}\d.,:/-])\d{1,4}(?:[-–]\d{1,4}){2,9}(?![\p{L}\d]|[-–.,:/]\d)/gu,
    (all) => {
      const parts = all
        .split(/[-–]/)
        .map((part) => Array.from(part, (d) => language.cardinal(d)).join(' '));
      return parts.join(/\d\d/.test(all) ? ', ' : ' ');
    },
  ];
}

/** Signs between numbers, while these are digits yet. */
function betweenNumbers({ signs, weekdays, decimalMark }: SpokenLanguage): Rewrite[] {
  const days = anyOf(Object.keys(weekdays));
  const day = (name = ''): string => weekdays[name] ?? name;
  const spacedThousands: Rewrite = [
    /(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?!\d)/g,
    (all) => all.replaceAll(' ', '\u202f'),
  ];
  return [
    ...(decimalMark === ',' ? [spacedThousands] : []),
    [
      new RegExp(`(?<!\\p{L})(${days})\\.?\\s?[-–—]\\s?(${days})(?!\\p{L})\\.?`, 'gu'),
      (_all, from, to) => `${day(from)} ${signs.to} ${day(to)}`,
    ],
    [/(\d(?:\s?(?:[%€$£°]|[ap]\.?\s?m|Uhr|h))?)\s?[-–—]\s?(?=[$€£]?\d)/g, `$1 ${signs.to} `],
    [/(^|[\s(])[-−](?=[$€£]?\d)/g, `$1${signs.minus} `],
    [/(^|[\s(])\+(?=\d)/g, `$1${signs.plus} `],
    [/(\d)\s?[x×]\s?(?=\d)/g, `$1 ${signs.times} `],
  ];
}

function signRewrites({ signs, currencies }: SpokenLanguage): Rewrite[] {
  const alone = (sign: RegExp, word: string): Rewrite => [sign, ` ${word} `];
  return [
    alone(/%/g, signs.percent),
    alone(/&/g, signs.and),
    alone(/@/g, signs.at),
    alone(/\+/g, signs.plus),
    alone(/=/g, signs.equals),
    alone(/°/g, signs.degrees),
    alone(/€/g, currencies.EUR.one),
    alone(/£/g, currencies.GBP.one),
    alone(/\$/g, currencies.USD.one),
    [/[~≈^]/g, ''],
    [/(?<=[\p{L}])\/(?=[\p{L}])/gu, ' '],
    [/\s*\n\s*/g, ' '],
    [/ +(?=[,.;:!?](?:\s|$))/g, ''],
    [/\s{2,}/g, ' '],
  ];
}

function numberRewrites(language: SpokenLanguage): Rewrite[] {
  // "X200", "5G": letters and digits are said apart.
  const apart: Rewrite = [/(?<=\p{L})(?=\d)|(?<=\d)(?=\p{L})/gu, ' '];
  return [apart, [new RegExp(NUMBER, 'g'), (written) => sayNumber(language, written)]];
}

/** In the order in which they must be made, those with the most context first. */
export const rewritesOf = (language: SpokenLanguage): readonly Rewrite[] => [
  ...dateRewrites(language),
  phoneRewrite(language),
  codeRewrite(language),
  ...betweenNumbers(language),
  ...timeRewrites(language),
  ...priceRewrites(language),
  ...quantityRewrites(language),
  ...numberRewrites(language),
  ...signRewrites(language),
];
