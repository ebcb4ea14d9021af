// Twilio's side of a webhook: signed form, 15 s, one more try at connecting, the fallback URL. Control plane.

import { randomUUID } from 'node:crypto';
import { RingmasterError, type ErrorCode } from '../errors.js';
import type { HttpAnswer, PhoneNetwork } from './network.js';
import { twilioSignature } from './twilio-signature.js';
import { parseTwiml, type TwimlVerb } from './twiml.js';

/** Twilio's default connection overrides: ct=5000, tt=15000, rc=1, rp=ct. */
const CONNECT_TIMEOUT_MS = 5000;
const WEBHOOK_TIMEOUT_MS = 15_000;
const CONNECTION_RETRIES = 1;

export type Form = Readonly<Record<string, string>>;
export type Method = 'GET' | 'POST';

export interface WebhookClientOptions {
  readonly network: PhoneNetwork;
  /** Signs requests where given. */
  readonly authToken?: string | undefined;
  /** Asked once with `ErrorCode` and `ErrorUrl` where a voice webhook fails. */
  readonly fallbackUrl?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** A document with the URL it came from, which relative URLs in it refer to. */
export interface TwimlDocument {
  readonly url: string;
  readonly verbs: readonly TwimlVerb[];
}

interface Fault {
  readonly twilioCode: number;
  readonly error: RingmasterError;
}

function fault(twilioCode: number, code: ErrorCode, message: string): Fault {
  const error = new RingmasterError(code, `${message} (Twilio error ${twilioCode})`, {
    retryable: code === 'PHONE_NODE_UNREACHABLE',
  });
  return { twilioCode, error };
}

/** Only origin and path: a query may hold secrets. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function faultOf(answer: HttpAnswer, url: string): Fault | undefined {
  if (answer.ok) {
    if (answer.status >= 200 && answer.status <= 299) return undefined;
    return fault(11_200, 'PHONE_WEBHOOK_FAILED', `${shown(url)} answered ${answer.status}`);
  }
  switch (answer.error) {
    case 'unreachable':
      return fault(
        11_205,
        'PHONE_NODE_UNREACHABLE',
        `nothing answers at ${shown(url)}: ${answer.detail}`,
      );
    case 'too-large':
      return fault(11_750, 'PHONE_WEBHOOK_FAILED', `${shown(url)} answered ${answer.detail}`);
    case 'timeout':
    case 'broken':
      break;
  }
  return fault(11_200, 'PHONE_WEBHOOK_FAILED', `${shown(url)} failed: ${answer.detail}`);
}

export class WebhookClient {
  readonly #options: WebhookClientOptions;

  constructor(options: WebhookClientOptions) {
    this.#options = options;
  }

  /**
   * Ask a voice webhook for TwiML; where that fails, the fallback URL.
   * @throws {RingmasterError} PHONE_NODE_UNREACHABLE, PHONE_WEBHOOK_FAILED, PHONE_TWIML_INVALID
   */
  async fetchTwiml(url: string, method: Method, form: Form): Promise<TwimlDocument> {
    const first = await this.#document(url, method, form);
    if ('verbs' in first) return first;
    const { fallbackUrl } = this.#options;
    if (fallbackUrl === undefined) throw first.error;
    const second = await this.#document(fallbackUrl, 'POST', {
      ...form,
      ErrorCode: String(first.twilioCode),
      ErrorUrl: url,
    });
    if ('verbs' in second) return second;
    throw second.error;
  }

  /** Tell a status callback. What it answers does not matter, and neither does its failure. */
  async notify(url: string, method: Method, form: Form): Promise<void> {
    await this.#request(url, method, form);
  }

  async #document(url: string, method: Method, form: Form): Promise<TwimlDocument | Fault> {
    const answer = await this.#request(url, method, form);
    const failed = faultOf(answer, url);
    if (failed !== undefined) return failed;
    if (!answer.ok) throw new TypeError('an answer is either a document or a fault');
    if (!/xml|text\/html/i.test(answer.contentType)) {
      return fault(12_300, 'PHONE_TWIML_INVALID', `${shown(url)} answered with something not XML`);
    }
    const parsed = parseTwiml(answer.body);
    if ('verbs' in parsed) return { url, verbs: parsed.verbs };
    const { code, message } = parsed.fault;
    return fault(code, 'PHONE_TWIML_INVALID', `${shown(url)}: ${message}`);
  }

  async #request(urlWithFragment: string, method: Method, form: Form): Promise<HttpAnswer> {
    const { network, authToken, timeoutMs = WEBHOOK_TIMEOUT_MS } = this.#options;
    // A fragment holds connection overrides: it is neither sent nor signed.
    const [plain = ''] = urlWithFragment.split('#');
    const encoded = new URLSearchParams(form).toString();
    const joined =
      method === 'GET' ? `${plain}${plain.includes('?') ? '&' : '?'}${encoded}` : plain;
    const request = {
      method,
      url: joined,
      headers: {
        'User-Agent': 'TwilioProxy/1.1',
        Accept: '*/*',
        'I-Twilio-Idempotency-Token': randomUUID(),
        ...(method === 'POST' && {
          'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
        }),
        ...(authToken !== undefined && {
          'X-Twilio-Signature': twilioSignature(authToken, joined, method === 'POST' ? form : {}),
        }),
      },
      body: method === 'POST' ? encoded : '',
      connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
      timeoutMs,
    };
    let answer = await network.request(request);
    for (let retry = 0; retry < CONNECTION_RETRIES; retry += 1) {
      if (answer.ok || answer.error !== 'unreachable') break;
      answer = await network.request(request);
    }
    return answer;
  }
}
