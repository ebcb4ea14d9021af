// Dates and times of day as they are said. Pure. Control plane.

import { anyOf } from './any-of.js';
import type { Rewrite, SpokenLanguage } from './languages/language.js';

export function dateRewrites(language: SpokenLanguage): Rewrite[] {
  const say = (
    all: string,
    before: string,
    year: string | undefined,
    month: number,
    day: number,
  ) => {
    const isDate = month >= 1 && month <= 12 && day >= 1 && day <= 31;
    if (!isDate) return all;
    const full = year === undefined ? undefined : Number(year.length === 2 ? `20${year}` : year);
    return (
      before +
      language.date({
        day,
        month,
        before: before.trim().toLowerCase(),
        ...(full !== undefined && { year: full }),
      })
    );
  };
  const before = String.raw`(\p{L}+\s)?(?<![\d.,/:-])`;
  const rewrites: Rewrite[] = [
    [
      new RegExp(`${before}(\\d{4})-(\\d{2})-(\\d{2})(?![\\d-])`, 'gu'),
      (all, lead = '', year = '', month = '', day = '') =>
        say(all, lead, year, Number(month), Number(day)),
    ],
    [
      new RegExp(
        `${before}(\\d{1,2})\\.\\s?(\\d{1,2})\\.(?:\\s?(\\d{4}|\\d{2}(?!\\d)))?(?![\\d.])`,
        'gu',
      ),
      (all, lead = '', day = '', month = '', year) =>
        say(all, lead, year, Number(month), Number(day)),
    ],
    [
      new RegExp(`${before}(\\d{1,2})\\/(\\d{1,2})\\/(\\d{4}|\\d{2})(?![\\d/])`, 'gu'),
      (all, lead = '', one = '', other = '', year) =>
        language.monthFirst
          ? say(all, lead, year, Number(one), Number(other))
          : say(all, lead, year, Number(other), Number(one)),
    ],
  ];
  const months = anyOf(language.months);
  if (language.monthFirst) {
    // Behind a month's name the day is an ordinal.
    rewrites.push([
      new RegExp(
        `\\b(${months}) (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?(?![\\d:.,]\\d|\\d)`,
        'g',
      ),
      (all, name = '', day = '', year) =>
        say(all, '', year, language.months.indexOf(name) + 1, Number(day)),
    ]);
  }
  rewrites.push([
    new RegExp(`\\b(${months})((?: de)? )([12]\\d{3})(?!\\d|[.,]\\d)`, 'gi'),
    (_all, name = '', joint = '', year = '') => name + joint + language.year(Number(year)),
  ]);
  return rewrites;
}

export function timeRewrites(language: SpokenLanguage): Rewrite[] {
  const half = String.raw`(?:\s?([ap])\.?\s?m\b)?`;
  const say = (
    all: string,
    hours: string,
    minutes: string,
    noon: string | undefined,
    unit: string | undefined,
  ): string => {
    if (Number(hours) > 24 || Number(minutes) > 59) return all;
    return language.time({
      hours: Number(hours),
      minutes: Number(minutes),
      hasUnit: unit !== undefined,
      ...(noon !== undefined && { half: noon.toLowerCase() === 'a' ? 'am' : 'pm' }),
    });
  };
  return [
    [
      new RegExp(
        `(?<![\\d:.,])(\\d{1,2}):(\\d{2})${half}( (?:Uhr|horas?|hrs?|h)\\b)?(?![\\d:])`,
        'gi',
      ),
      (all, hours = '', minutes = '', noon, unit) => say(all, hours, minutes, noon, unit),
    ],
    [
      /(?<![\d:.,])(\d{1,2})\s?([ap])\s?m\b/gi,
      (all, hours = '', noon) => say(all, hours, '0', noon, undefined),
    ],
  ];
}
