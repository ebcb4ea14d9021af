// X-Twilio-Signature on webhooks and on the stream's upgrade. Control plane.

import { createHash, timingSafeEqual } from 'node:crypto';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import type { ErrorCode } from '../../errors.js';
import type { PublicUrl } from '../public-url.js';
import { isLocalCaller } from '../remote-address.js';

export interface SignatureOptions {
  /**
   * The account's auth token, or the old and the new one while they are rotated. Without any, only
   * callers of this machine are accepted, and nothing is checked of them.
   */
  readonly authTokens: readonly string[];
  /** What Twilio was told to call; asked for at each request, since a free port is known late. */
  readonly publicUrl: () => PublicUrl;
}

/** Who asks, as both an HTTP request and an upgrade can say. */
export interface Caller {
  readonly remoteAddress: string;
  header(name: string): string | undefined;
}

export type SignatureProblem = Extract<ErrorCode, 'SIGNATURE_INVALID' | 'NOT_LOOPBACK'>;

/** Each method gives what is wrong, or `undefined` where the caller is Twilio. */
export interface TwilioSignature {
  /** @param path of this node with its query, exactly as received */
  readonly form: (
    caller: Caller,
    path: string,
    form: URLSearchParams,
  ) => SignatureProblem | undefined;
  /** A JSON body: Twilio signs the URL, and the URL holds the body's hash. */
  readonly json: (caller: Caller, path: string, body: Uint8Array) => SignatureProblem | undefined;
  readonly upgrade: (caller: Caller, path: string) => SignatureProblem | undefined;
}

/** Base64 of an HMAC-SHA1; anything else needs no computing. */
const SIGNATURE_FORMAT = /^[A-Za-z0-9+/]{27}=$/;

export function createTwilioSignature(options: SignatureOptions): TwilioSignature {
  const { authTokens, publicUrl } = options;

  const check = (
    caller: Caller,
    urls: readonly string[],
    params: Record<string, string | string[]>,
  ): SignatureProblem | undefined => {
    if (authTokens.length === 0) {
      const local = isLocalCaller(caller.remoteAddress, (name) => caller.header(name));
      return local ? undefined : 'NOT_LOOPBACK';
    }
    const signature = caller.header('x-twilio-signature') ?? '';
    if (!SIGNATURE_FORMAT.test(signature)) return 'SIGNATURE_INVALID';
    const valid = authTokens.some((token) =>
      urls.some((url) => isSigned(token, signature, url, params)),
    );
    return valid ? undefined : 'SIGNATURE_INVALID';
  };

  const webhookUrl = (path: string): string => {
    const url = publicUrl();
    return url.http(url.localPath(path));
  };

  return {
    form: (caller, path, form) => check(caller, [webhookUrl(path)], formParams(form)),
    json: (caller, path, body) => {
      const url = webhookUrl(path);
      const problem = check(caller, [url], {});
      if (problem !== undefined || authTokens.length === 0) return problem;
      const claimed = Buffer.from(new URL(url).searchParams.get('bodySHA256') ?? '', 'hex');
      const actual = createHash('sha256').update(body).digest();
      const same = claimed.length === actual.length && timingSafeEqual(claimed, actual);
      return same ? undefined : 'SIGNATURE_INVALID';
    },
    upgrade: (caller, path) => {
      const url = publicUrl();
      return check(caller, streamUrls(url.stream(url.localPath(path))), {});
    },
  };
}

function isSigned(
  token: string,
  signature: string,
  url: string,
  params: Record<string, string | string[]>,
): boolean {
  try {
    return webhooks.validateRequest(token, signature, url, params);
  } catch {
    // A request line that makes no URL (absolute-form, say) was not signed by Twilio.
    return false;
  }
}

/** A repeated field is an array, as Twilio signs it. */
function formParams(form: URLSearchParams): Record<string, string | string[]> {
  const params = Object.create(null) as Record<string, string | string[]>;
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    params[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return params;
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
