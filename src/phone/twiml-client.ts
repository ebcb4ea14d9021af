// Follows TwiML as Twilio does, verb by verb and document by document, until the call is over. Control plane.

import { RingmasterError } from '../errors.js';
import type { StreamVerb, TwimlVerb } from './twiml.js';
import type { Form, Method, TwimlDocument } from './webhook-client.js';

/** What following TwiML needs of the call that it is followed for. */
export interface TwimlHost {
  /** Ask for the next document, with the call's state and `more` as form fields. */
  fetch(url: string, method: Method, more?: Form): Promise<TwimlDocument>;
  /** The first verb that answers the call is about to run. */
  answered(): void;
  /** A verb begins. */
  began(verb: TwimlVerb): void;
  /** Run a media stream until the server closes it or it fails. */
  stream(verb: StreamVerb): Promise<void>;
  /** How a dialled call ended, if it did and the caller's own call goes on. */
  dial(verb: DialVerb): DialStatus | undefined;
  /** Let time pass while a verb speaks or waits. */
  pass(ms: number): Promise<void>;
  /** True once the caller hung up or the call ended otherwise. */
  readonly over: boolean;
}

type DialVerb = Extract<TwimlVerb, { verb: 'dial' }>;

/** As Twilio says it in `DialCallStatus`. */
export type DialStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

export type TwimlOutcome =
  | { readonly how: 'ended' }
  | { readonly how: 'over' }
  | { readonly how: 'rejected'; readonly reason: string }
  | { readonly how: 'transferred' };

/** More documents than this in one call are a loop. */
const MAX_DOCUMENTS = 30;
/** About how fast Twilio's voices speak. */
const SAY_MS_PER_CHARACTER = 65;

type VerbResult =
  | TwimlOutcome
  | { readonly how: 'next' }
  | { readonly how: 'document'; readonly document: TwimlDocument };

const NEXT: VerbResult = { how: 'next' };

/** URLs in a document are relative to it. */
function resolveUrl(url: string, documentUrl: string): string {
  if (URL.canParse(url, documentUrl)) return new URL(url, documentUrl).href;
  throw new RingmasterError('PHONE_TWIML_INVALID', 'a URL in the TwiML is malformed');
}

async function runDial(verb: DialVerb, documentUrl: string, host: TwimlHost): Promise<VerbResult> {
  const status = host.dial(verb);
  if (status === undefined) return { how: 'transferred' };
  if (verb.action === undefined) return NEXT;
  const url = resolveUrl(verb.action, documentUrl);
  const document = await host.fetch(url, verb.method, { DialCallStatus: status });
  return { how: 'document', document };
}

async function runVerb(verb: TwimlVerb, documentUrl: string, host: TwimlHost): Promise<VerbResult> {
  switch (verb.verb) {
    case 'stream':
      await host.stream(verb);
      return NEXT;
    case 'say':
      await host.pass(verb.text.length * SAY_MS_PER_CHARACTER);
      return NEXT;
    case 'pause':
      await host.pass(verb.seconds * 1000);
      return NEXT;
    case 'play':
      return NEXT;
    case 'redirect': {
      const url = resolveUrl(verb.url, documentUrl);
      return { how: 'document', document: await host.fetch(url, verb.method) };
    }
    case 'dial':
      return runDial(verb, documentUrl, host);
    case 'hangup':
      return { how: 'ended' };
    case 'reject':
      break;
  }
  return { how: 'rejected', reason: verb.reason };
}

async function runDocument(document: TwimlDocument, host: TwimlHost): Promise<VerbResult> {
  for (const verb of document.verbs) {
    if (verb.verb !== 'reject' && verb.verb !== 'redirect') host.answered();
    if (host.over) return { how: 'over' };
    host.began(verb);
    const result = await runVerb(verb, document.url, host);
    if (host.over) return { how: 'over' };
    if (result.how !== 'next') return result;
  }
  return { how: 'ended' };
}

/**
 * Run a call's TwiML from its voice webhook to its end. A call whose TwiML runs out is hung up, as
 * Twilio does.
 * @throws {RingmasterError} what `host.fetch` throws; PHONE_TWIML_INVALID for an endless redirect
 */
export async function followTwiml(url: string, host: TwimlHost): Promise<TwimlOutcome> {
  let document = await host.fetch(url, 'POST');
  for (let count = 1; count <= MAX_DOCUMENTS; count += 1) {
    if (host.over) return { how: 'over' };
    const result = await runDocument(document, host);
    if (result.how === 'next') throw new TypeError('a document ends in an outcome');
    if (result.how !== 'document') return result;
    document = result.document;
  }
  throw new RingmasterError(
    'PHONE_TWIML_INVALID',
    `the TwiML of one call redirected more than ${MAX_DOCUMENTS} times`,
  );
}
