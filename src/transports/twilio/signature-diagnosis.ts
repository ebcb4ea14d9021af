// Why a signature does not fit: what Twilio must have signed instead, found by trying. Control plane.

import { timingSafeEqual } from 'node:crypto';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import type { Caller } from '../caller.js';
import type { FormFields } from './webhook-form.js';

export interface Suspect {
  readonly caller: Caller;
  readonly authTokens: readonly string[];
  /** What was signed as far as the node knows, with its query. */
  readonly url: string;
  /** Path with query as received, and without the prefix of the public URL. */
  readonly paths: readonly string[];
  readonly fields: FormFields;
}

export interface Diagnosis {
  /** Without its query. */
  readonly url: string;
  readonly hint: string;
}

/** Longer forms are not tried: this is for the log, and one request a minute must not be dear. */
const MAX_FORM_LENGTH = 8192;

const NOT_TWILIO =
  'no usual variant of this URL fits either: the token is not the one of the account that sent it, PUBLIC_URL is not what Twilio was told, or the request is not from Twilio';

/** Computes some dozens of hashes; for the log alone. */
export function diagnose(suspect: Suspect): Diagnosis {
  const url = withoutQuery(suspect.url);
  const signature = suspect.caller.header('x-twilio-signature');
  if (signature === undefined) {
    return { url, hint: 'there is no X-Twilio-Signature: not Twilio, or a proxy drops the header' };
  }
  if (lengthOf(suspect.fields) > MAX_FORM_LENGTH) return { url, hint: NOT_TWILIO };
  const given = Buffer.from(signature);
  const signed = variants(suspect).find((variant) =>
    suspect.authTokens.some((token) => {
      const expected = webhooks.getExpectedTwilioSignature(token, variant, suspect.fields);
      return expected.length === given.length && timingSafeEqual(Buffer.from(expected), given);
    }),
  );
  if (signed === undefined) return { url, hint: NOT_TWILIO };
  // Its signature proves that Twilio knows this URL, so it may stand in the log.
  return { url, hint: `Twilio signed ${withoutQuery(signed)}: ${mendingOf(suspect.url, signed)}` };
}

function mendingOf(expected: string, signed: string): string {
  const ours = new URL(expected);
  const theirs = new URL(signed);
  if (ours.protocol !== theirs.protocol) return 'PUBLIC_URL must begin with the same scheme';
  if (ours.host !== theirs.host) return 'PUBLIC_URL must name the same host and port';
  if (withoutSlash(ours.pathname) === withoutSlash(theirs.pathname)) {
    return "take the slash at the end off the URL in Twilio's console";
  }
  return 'PUBLIC_URL must have the same path before /twilio';
}

/** Other schemes, hosts, prefixes, and a slash at the end. */
function variants({ caller, url, paths }: Suspect): string[] {
  const { protocol, host } = new URL(url);
  const secure = protocol === 'wss:' || protocol === 'ws:' ? ['wss:', 'ws:'] : ['https:', 'http:'];
  const hosts = [host, caller.header('x-forwarded-host'), caller.header('host')];
  const slashed = [...paths, new URL(url).pathname + new URL(url).search].flatMap((path) => [
    path,
    withSlash(path),
  ]);
  const all = secure.flatMap((scheme) =>
    hosts
      .filter((each): each is string => each !== undefined && /^[\w.:[\]-]{1,253}$/.test(each))
      .flatMap((each) => slashed.map((path) => `${scheme}//${each}${path}`)),
  );
  return [...new Set(all)].filter((each) => URL.canParse(each));
}

function withSlash(path: string): string {
  const [pathname = '', ...query] = path.split('?');
  const toggled = pathname.endsWith('/') ? pathname.slice(0, -1) : `${pathname}/`;
  return [toggled, ...query].join('?');
}

const withoutSlash = (path: string): string => path.replace(/\/$/, '');
const withoutQuery = (url: string): string => url.split('?', 1)[0] ?? '';

function lengthOf(fields: FormFields): number {
  let length = 0;
  for (const [name, value] of Object.entries(fields))
    length += name.length + [value].flat().join('').length;
  return length;
}
