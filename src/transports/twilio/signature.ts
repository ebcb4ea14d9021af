// X-Twilio-Signature on webhooks and on the stream's upgrade. Control plane.

import { createHash, timingSafeEqual } from 'node:crypto';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import type { ErrorCode } from '../../errors.js';
import type { PublicUrl } from '../public-url.js';
import type { Caller } from '../caller.js';
import { isForeignOrigin } from '../foreign-origin.js';
import { isLocalCaller } from '../remote-address.js';
import { diagnose, type Diagnosis } from './signature-diagnosis.js';
import type { FormFields } from './webhook-form.js';

export interface SignatureOptions {
  /**
   * The account's auth token, or the old and the new one while they are rotated. Without any, only
   * callers of this machine are accepted, and nothing is checked of them.
   */
  readonly authTokens: readonly string[];
  /** What Twilio was told to call; asked for at each request, since a free port is known late. */
  readonly publicUrl: () => PublicUrl;
  /** Who is served without an auth token. `isLocalCaller` where it is left out. */
  readonly isLocal?: (caller: Caller) => boolean;
}

export type SignatureProblem = Extract<
  ErrorCode,
  'SIGNATURE_INVALID' | 'NOT_LOOPBACK' | 'ORIGIN_FOREIGN'
>;

/** Each method gives what is wrong, or `undefined` where the caller is Twilio. */
export interface TwilioSignature {
  /**
   * What can be told before anything of the request is read: the page it comes from, and whether
   * there is a signature at all. Part of each method below.
   */
  readonly caller: (caller: Caller) => SignatureProblem | undefined;
  /** @param path of this node with its query, exactly as received */
  readonly form: (caller: Caller, path: string, fields: FormFields) => SignatureProblem | undefined;
  /** A JSON body: Twilio signs the URL, and the URL holds the body's hash. */
  readonly json: (caller: Caller, path: string, body: Uint8Array) => SignatureProblem | undefined;
  readonly upgrade: (caller: Caller, path: string) => SignatureProblem | undefined;
  /** Why a form's signature is invalid, for the log. Dear: asked for now and then. */
  readonly explainForm: (caller: Caller, path: string, fields: FormFields) => Diagnosis;
  readonly explainUpgrade: (caller: Caller, path: string) => Diagnosis;
}

/** Base64 of an HMAC-SHA1; anything else needs no computing. */
const SIGNATURE_FORMAT = /^[A-Za-z0-9+/]{27}=$/;

export function createTwilioSignature(options: SignatureOptions): TwilioSignature {
  const { authTokens, publicUrl, isLocal = isLocalCaller } = options;

  const signatureOf = (caller: Caller): string => caller.header('x-twilio-signature') ?? '';

  const precheck = (caller: Caller): SignatureProblem | undefined => {
    if (isForeignOrigin(caller, [new URL(publicUrl().base).origin])) return 'ORIGIN_FOREIGN';
    if (authTokens.length === 0) return isLocal(caller) ? undefined : 'NOT_LOOPBACK';
    return SIGNATURE_FORMAT.test(signatureOf(caller)) ? undefined : 'SIGNATURE_INVALID';
  };

  const check = (
    caller: Caller,
    urls: readonly string[],
    fields: FormFields,
  ): SignatureProblem | undefined => {
    const problem = precheck(caller);
    if (problem !== undefined || authTokens.length === 0) return problem;
    const signature = signatureOf(caller);
    const valid = authTokens.some((token) =>
      urls.some((url) => isSigned(token, signature, url, fields)),
    );
    return valid ? undefined : 'SIGNATURE_INVALID';
  };

  const webhookUrl = (path: string): string => {
    const url = publicUrl();
    return url.http(url.localPath(path));
  };

  return {
    caller: precheck,
    form: (caller, path, fields) => check(caller, [webhookUrl(path)], fields),
    json: (caller, path, body) => {
      const url = webhookUrl(path);
      const problem = check(caller, [url], {});
      if (problem !== undefined || authTokens.length === 0) return problem;
      const claimed = Buffer.from(new URL(url).searchParams.get('bodySHA256') ?? '', 'hex');
      const actual = createHash('sha256').update(body).digest();
      const same = claimed.length === actual.length && timingSafeEqual(claimed, actual);
      return same ? undefined : 'SIGNATURE_INVALID';
    },
    explainForm: (caller, path, fields) =>
      diagnose({
        caller,
        authTokens,
        url: webhookUrl(path),
        paths: [path, publicUrl().localPath(path)],
        fields,
      }),
    explainUpgrade: (caller, path) => {
      const url = publicUrl();
      const local = url.localPath(path);
      return diagnose({
        caller,
        authTokens,
        url: url.stream(local),
        paths: [path, local],
        fields: {},
      });
    },
    upgrade: (caller, path) => {
      const url = publicUrl();
      return check(caller, streamUrls(url.stream(url.localPath(path))), {});
    },
  };
}

function isSigned(token: string, signature: string, url: string, fields: FormFields): boolean {
  try {
    return webhooks.validateRequest(token, signature, url, fields);
  } catch {
    // A request line that makes no URL (absolute-form, say) was not signed by Twilio.
    return false;
  }
}

/**
 * The spellings under which a stream's URL has been signed: with and without a slash at its end,
 * with and without the port that its scheme implies (a proxy may add it). validateRequest tries each
 * without its port as well, and knows the implied port of `https:` alone.
 */
function streamUrls(url: string): string[] {
  const withoutSlash = url.replace(/\/+$/, '');
  const plain = [withoutSlash, `${withoutSlash}/`];
  const { port, protocol } = new URL(url);
  if (port !== '' || protocol !== 'wss:') return plain;
  return plain.map((each) => each.replace(/^wss:\/\/([^/]+)/, 'wss://$1:443'));
}
