// E-mail addresses, web addresses and telephone numbers as they are said. Pure. Control plane.

import type { Rewrite, SpokenLanguage } from './languages/language.js';
import { sayDigits, sayNumber, sayPhoneGroup } from './numbers.js';

const DOMAIN = String.raw`(?:[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?\.){1,6}`;
const TOP = 'com|org|net|edu|gov|info|io|co|ai|app|dev|biz|eu|de|at|ch|es|mx|ar|fr|be|uk|us|ca|au';

export function addressRewrites(language: SpokenLanguage): Rewrite[] {
  const { dot, at, dash, underscore, plus, slash } = language.signs;
  const names: Readonly<Record<string, string>> = {
    '.': dot,
    '@': at,
    '-': dash,
    _: underscore,
    '+': plus,
    '/': slash,
  };
  const say = (address: string): string =>
    address
      .replace(/www\./gi, `w w w ${dot} `)
      .replace(
        /\d+/g,
        (digits) =>
          ` ${digits.length < 3 ? sayNumber(language, digits) : sayDigits(language, digits).replaceAll(',', '')} `,
      )
      .replace(/[.@_+/-]/g, (sign) => ` ${names[sign]} `)
      .replace(/[^\p{L}\p{M}' ]+/gu, ' ')
      .replace(/ +/g, ' ')
      .trim();
  const path = String.raw`(?:\/[^\s?#<>"'()]{0,200}[^\s?#<>"'().,;:!]|\/)?(?:[?#][^\s<>"'()]{0,300}[^\s<>"'().,;:!?])?`;
  return [
    [/\b(?:mailto|tel):(?=\S)/gi, ''],
    [new RegExp(String.raw`[\p{L}\d._+-]{1,64}@${DOMAIN}\p{L}{2,24}`, 'gu'), say],
    [
      new RegExp(
        String.raw`(?<![\p{L}\d@.-])(?:https?:\/\/(?=\S)(${DOMAIN}\p{L}{2,24}${path})|((?:www\.)${DOMAIN}\p{L}{2,24}${path})|(${DOMAIN}(?:${TOP})(?![\p{L}\d-]|\.\p{L})${path}))`,
        'gu',
      ),
      (_all, linked, named, bare) =>
        say((linked ?? named ?? bare ?? '').replace(/[?#].*$/, '').replace(/\/$/, '')),
    ],
  ];
}

const PHONE =
  /(?<![\p{L}\d.,:#/-])(\+\d{1,3}[ .-]?)?(\(\d{1,5}\)[ .-]?)?(\d{1,8}(?:([ ./-])\d{2,8}(?:\4\d{2,8}){0,6})?)(?!\d|[.,:/-]\d|\p{L}|\s?[%€$£])/gu;
const PHONE_SHAPE = /^(?:3[-.]4|3[- .]3[- .]4|1[- .]3[- .]3[- .]4|3 3 3)$/;

/** A telephone number, or another that is written in groups as one is. */
function isPhone(all: string, hasPrefix: boolean, main: string, mark: string): boolean {
  const digits = all.replace(/\D/g, '').length;
  if (digits < 7 || digits > 15) return false;
  if (hasPrefix || main.startsWith('0')) return true;
  const groups = main.split(/[ ./-]/).map(({ length }) => length);
  return PHONE_SHAPE.test(groups.join(mark)) || (mark === '-' && groups.length > 2);
}

export function phoneRewrite(language: SpokenLanguage): Rewrite {
  const groupsOf = (text: string): string =>
    (text.match(/\d+/g) ?? []).map((group) => sayPhoneGroup(language, group)).join(', ');
  return [
    PHONE,
    (all, country = '', area = '', main = '', mark = '') => {
      if (!isPhone(all, country + area !== '', main, mark)) return all;
      const lead = country === '' ? '' : `${language.signs.plus} `;
      return lead + groupsOf(`${country} ${area} ${main}`);
    },
  ];
}
