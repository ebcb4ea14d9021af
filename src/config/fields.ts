// Kinds of settings: what a duration, an address, a secret or a language may be. Control plane.

import { isIP } from 'node:net';
import { z } from 'zod';
import { canonicalLanguage } from './language-setting.js';

export const milliseconds = (least: number, most: number) => z.number().int().min(least).max(most);
/** In the environment a comma stands between. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
    z.array(item).min(1),
  );
export const httpUrl = z.url({ protocol: /^https?$/ });
/** Paths are put behind it: a slash, question mark or user name of its own would break every one of them. */
export const baseAddress = httpUrl
  .refine((url) => !/[?#]/.test(url), 'must have no question mark and no #')
  .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'must have no user name or password')
  .transform((url) => url.replace(/\/+$/, ''));
/** Twilio's paths are put behind it. */
export const publicAddress = baseAddress.refine(
  (url) => !/\/twilio\/[\w/]+$/.test(url),
  'must end before /twilio/voice',
);
/** Sent and compared byte by byte. */
export const secret = (least: number) =>
  z
    .string()
    .min(least)
    .regex(/^[\x21-\x7e]+$/, 'must have no blanks, line breaks or letters beyond ASCII')
    // As `docker --env-file` leaves them.
    .refine((value) => !/^(["']).*\1$/.test(value), 'must not be in quotation marks');
/** Where to listen. */
export const listenHost = z
  .string()
  .refine(
    (host) => isIP(host) !== 0 || /^\w[\w-]*(\.\w[\w-]*)*\.?$/.test(host),
    'must be an address or a host name alone, without port, brackets or http://',
  );
export const language = z
  .string()
  .refine(
    (tag) => canonicalLanguage(tag) !== undefined,
    'is no language; take a BCP 47 tag such as en, de or pt-BR',
  )
  .transform((tag) => canonicalLanguage(tag) ?? tag);
