// The TwiML documents of the node, by Twilio's own builder. Control plane.

import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

/** What is said by Twilio's voice where no agent is there to say it. */
export interface SpokenTexts {
  /** BCP 47, e.g. `en-US`. */
  readonly language: string;
  /** A voice name of Twilio's; its default where left out. */
  readonly voice?: string;
  /** The node takes no call now. */
  readonly unavailable: string;
  /** The call cannot go on. */
  readonly failed: string;
  /** The longest call is over. */
  readonly timeLimit: string;
  /** The node is being stopped. */
  readonly drained: string;
  /** The transfer was not answered. */
  readonly transferFailed: string;
}

export const DEFAULT_TEXTS: SpokenTexts = {
  language: 'en-US',
  unavailable: 'Sorry, all lines are busy. Please call again in a few minutes.',
  failed: 'Sorry, something went wrong on our side. Please call again later.',
  timeLimit: 'The longest time for a call is over. Thank you for calling. Goodbye.',
  drained: 'Sorry, our service is being restarted. Please call again in a few minutes.',
  transferFailed: 'Sorry, nobody could take your call. Please call again later.',
};

export interface StreamTwiml {
  readonly streamUrl: string;
  /** Become `start.customParameters`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Where Twilio asks how to go on once the stream ended, for whatever reason. */
  readonly resumeUrl: string;
}

/** Name and value of a `<Parameter>` together have to stay below 500 characters. */
const MAX_PARAMETER_CHARACTERS = 499;

/** Connect the call to the media stream; ask for more TwiML after it. */
export function streamTwiml(options: StreamTwiml): string {
  const response = new VoiceResponse();
  const stream = response.connect().stream({ url: options.streamUrl });
  for (const [name, value] of Object.entries(options.parameters)) {
    const legal = legalXml(value);
    if (legal === '' || name.length + legal.length > MAX_PARAMETER_CHARACTERS) continue;
    stream.parameter({ name, value: legal });
  }
  response.redirect({ method: 'POST' }, options.resumeUrl);
  return response.toString();
}

/** Refuse a ringing call with the busy tone: the caller pays nothing and may simply try again. */
export function busyTwiml(): string {
  const response = new VoiceResponse();
  response.reject({ reason: 'busy' });
  return response.toString();
}

export function hangupTwiml(): string {
  const response = new VoiceResponse();
  response.hangup();
  return response.toString();
}

export function sayAndHangupTwiml(text: string, texts: SpokenTexts): string {
  const response = new VoiceResponse();
  const { language, voice } = texts;
  const attributes = { language, ...(voice === undefined ? {} : { voice }) };
  // The builder types languages as a list of those known when it was made.
  response.say(attributes as Parameters<VoiceResponse['say']>[0], legalXml(text));
  response.hangup();
  return response.toString();
}

export interface DialTarget {
  readonly kind: 'number' | 'sip' | 'client';
  readonly value: string;
}

/**
 * What `<Dial>` can do with a transfer's destination: an E.164 number (spaces and punctuation are
 * taken out), a `sip:` or `client:` address, or, where a SIP domain is configured, an extension.
 * `undefined` for anything else.
 */
export function dialTarget(to: string, sipDomain?: string): DialTarget | undefined {
  const text = to.trim();
  if (/^sips?:[^\s<>"']{1,250}$/i.test(text)) return { kind: 'sip', value: text };
  const client = /^client:([\w.@+-]{1,120})$/i.exec(text);
  if (client?.[1] !== undefined) return { kind: 'client', value: client[1] };
  const number = text.replace(/[\s().-]/g, '');
  if (/^\+[1-9]\d{4,14}$/.test(number)) return { kind: 'number', value: number };
  if (sipDomain !== undefined && /^\d{1,10}$/.test(number)) {
    return { kind: 'sip', value: `sip:${number}@${sipDomain}` };
  }
  return undefined;
}

/** @param afterUrl where Twilio reports how the dialled call went */
export function dialTwiml(target: DialTarget, afterUrl: string): string {
  const response = new VoiceResponse();
  const dial = response.dial({ action: afterUrl, method: 'POST' });
  if (target.kind === 'number') dial.number(target.value);
  else if (target.kind === 'sip') dial.sip(target.value);
  else dial.client({}, target.value);
  return response.toString();
}

/** Without the characters that XML 1.0 (section 2.2) has no way to write; the builder throws on them. */
function legalXml(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
}
