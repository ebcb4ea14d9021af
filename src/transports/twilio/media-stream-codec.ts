// Parses Twilio Media Streams messages: tolerant, and fast where they look as usual. Media plane.

import type { StreamSid } from '../../actors/ports.js';
import type { InboundMessage, InvalidMessage, UnknownMessage } from './media-stream-messages.js';
import { isCallSid, isStreamSid } from './sids.js';

type Fields = Record<string, unknown>;

const UNKNOWN: UnknownMessage = { event: 'unknown' };

const KNOWN_TOP = new Set(['event', 'sequenceNumber', 'streamSid']);
const KNOWN_CONNECTED = new Set(['event', 'protocol', 'version']);
const KNOWN_INNER: Record<string, ReadonlySet<string>> = {
  start: new Set([
    'streamSid',
    'accountSid',
    'callSid',
    'tracks',
    'mediaFormat',
    'customParameters',
  ]),
  media: new Set(['track', 'chunk', 'timestamp', 'payload']),
  dtmf: new Set(['track', 'digit']),
  mark: new Set(['name']),
  stop: new Set(['accountSid', 'callSid']),
};

/** The beginning of a media message as Twilio writes it. */
const MEDIA_HEAD = '{"event":"media","sequenceNumber":"';
const MEDIA_INNER = '"media":{"track":"inbound","chunk":"';
const SID_LAST = `",${MEDIA_INNER}`;
const TIMESTAMP = '","timestamp":"';
const PAYLOAD = '","payload":"';

/**
 * Parses the messages of one stream. Never throws: what makes no sense comes back as `invalid`.
 * Media messages that look exactly as Twilio writes them, in either of the field orders seen, are
 * taken apart without JSON.parse; the result is the same.
 */
export class InboundParser {
  /** Fields that the documentation does not name, of all messages so far. */
  unknownFields = 0;
  readonly #media = {
    event: 'media' as const,
    sequence: 0,
    streamSid: '',
    track: '',
    timestampMs: 0,
    payload: '',
  };
  #streamSid = '';
  #sidFirst = '';
  #sidLastTail = '';
  /** Where the last `#digits` ended. */
  #position = 0;

  /** After `start`: media messages of this stream may take the short way. */
  bind(streamSid: StreamSid): void {
    this.#streamSid = streamSid;
    this.#sidFirst = `","streamSid":"${streamSid}",${MEDIA_INNER}`;
    this.#sidLastTail = `"},"streamSid":"${streamSid}"}`;
  }

  parse(text: string): InboundMessage {
    if (this.#streamSid !== '' && this.#scanMedia(text)) return this.#media;
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return invalid('not JSON');
    }
    if (!isFields(message)) return invalid('not a JSON object');
    return this.#interpret(message);
  }

  /** False where the text is anything but a media message of the usual form. */
  #scanMedia(text: string): boolean {
    if (!text.startsWith(MEDIA_HEAD)) return false;
    const sequence = this.#digits(text, MEDIA_HEAD.length);
    let at = this.#position;
    let tail: string;
    if (text.startsWith(this.#sidFirst, at)) {
      at += this.#sidFirst.length;
      tail = '"}}';
    } else if (text.startsWith(SID_LAST, at)) {
      at += SID_LAST.length;
      tail = this.#sidLastTail;
    } else return false;
    const chunk = this.#digits(text, at);
    at = this.#position;
    if (!text.startsWith(TIMESTAMP, at)) return false;
    const timestampMs = this.#digits(text, at + TIMESTAMP.length);
    at = this.#position;
    if (!text.startsWith(PAYLOAD, at) || sequence < 0 || chunk < 0 || timestampMs < 0) return false;
    at += PAYLOAD.length;
    const end = text.length - tail.length;
    // A quote or an escape within the payload is not for here.
    if (text.indexOf('"', at) !== end || !text.endsWith(tail)) return false;
    if (text.indexOf('\\', at) !== -1) return false;
    this.#setMedia(sequence, this.#streamSid, 'inbound', timestampMs, text.slice(at, end));
    return true;
  }

  /** The number at `from`, -1 where there is none or a longer one than a count can be. */
  #digits(text: string, from: number): number {
    let at = from;
    let value = 0;
    for (; ; at += 1) {
      const code = text.charCodeAt(at);
      if (!(code >= 48 && code <= 57)) break;
      value = value * 10 + code - 48;
    }
    this.#position = at;
    return at === from || at - from > 15 ? -1 : value;
  }

  #setMedia(
    sequence: number,
    streamSid: string,
    track: string,
    timestampMs: number,
    payload: string,
  ): void {
    const media = this.#media;
    media.sequence = sequence;
    media.streamSid = streamSid;
    media.track = track;
    media.timestampMs = timestampMs;
    media.payload = payload;
  }

  #interpret(message: Fields): InboundMessage {
    const { event } = message;
    if (typeof event !== 'string') return invalid('event is missing');
    if (event === 'connected') return this.#connected(message);
    if (!Object.hasOwn(KNOWN_INNER, event)) return UNKNOWN;
    const inner = message[event];
    const sequence = count(message['sequenceNumber']);
    const { streamSid } = message;
    if (!isFields(inner)) return invalid(`${event} is missing`);
    if (sequence < 0) return invalid('sequenceNumber is missing or no count');
    if (typeof streamSid !== 'string') return invalid('streamSid is missing');
    this.#countUnknown(message, KNOWN_TOP, event);
    this.#countUnknown(inner, KNOWN_INNER[event] ?? KNOWN_TOP);
    switch (event) {
      case 'start':
        return this.#start(sequence, streamSid, inner);
      case 'media':
        return this.#mediaOf(sequence, streamSid, inner);
      case 'dtmf':
        return dtmf(sequence, streamSid, inner['digit']);
      case 'mark':
        return mark(sequence, streamSid, inner['name']);
      default:
        return { event: 'stop', sequence, streamSid };
    }
  }

  #connected(message: Fields): InboundMessage {
    this.#countUnknown(message, KNOWN_CONNECTED);
    const { protocol, version } = message;
    if (typeof protocol !== 'string') return invalid('protocol is missing');
    return { event: 'connected', protocol, version: typeof version === 'string' ? version : '' };
  }

  #start(sequence: number, streamSid: string, start: Fields): InboundMessage {
    const { callSid, mediaFormat, tracks, customParameters } = start;
    if (!isStreamSid(streamSid)) return invalid('streamSid is none');
    if (start['streamSid'] !== undefined && start['streamSid'] !== streamSid) {
      return invalid('start names two streams');
    }
    if (!isCallSid(callSid)) return invalid('callSid is missing or none');
    if (!isFields(mediaFormat)) return invalid('mediaFormat is missing');
    const sampleRateHz = count(mediaFormat['sampleRate']);
    const channels = count(mediaFormat['channels']);
    const { encoding } = mediaFormat;
    if (typeof encoding !== 'string' || sampleRateHz < 0 || channels < 0) {
      return invalid('mediaFormat is incomplete');
    }
    if (customParameters !== undefined && !isFields(customParameters)) {
      return invalid('customParameters is no object');
    }
    return {
      event: 'start',
      sequence,
      streamSid,
      callSid,
      tracks: Array.isArray(tracks) ? tracks.filter((track) => typeof track === 'string') : [],
      mediaFormat: { encoding, sampleRateHz, channels },
      parameters: this.#parameters(customParameters ?? {}),
    };
  }

  #parameters(custom: Fields): Record<string, string> {
    const texts = Object.entries(custom).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    this.unknownFields += Object.keys(custom).length - texts.length;
    return Object.fromEntries(texts);
  }

  #mediaOf(sequence: number, streamSid: string, media: Fields): InboundMessage {
    const { payload, track } = media;
    const timestampMs = count(media['timestamp']);
    if (typeof payload !== 'string') return invalid('payload is missing');
    if (timestampMs < 0) return invalid('timestamp is missing or no count');
    if (typeof track !== 'string') return invalid('track is missing');
    this.#setMedia(sequence, streamSid, track, timestampMs, payload);
    return this.#media;
  }

  #countUnknown(fields: Fields, known: ReadonlySet<string>, alsoKnown = ''): void {
    for (const name in fields) {
      if (!known.has(name) && name !== alsoKnown) this.unknownFields += 1;
    }
  }
}

function invalid(problem: string): InvalidMessage {
  return { event: 'invalid', code: 'STREAM_MESSAGE_INVALID', problem };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A count as Twilio writes it, a decimal string, or as a number; -1 for anything else. */
function count(value: unknown): number {
  if (typeof value === 'string') return /^\d{1,15}$/.test(value) ? Number(value) : -1;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : -1;
}

function dtmf(sequence: number, streamSid: string, digit: unknown): InboundMessage {
  // The sixteen keys of ITU-T Q.23; anything else is no digit.
  if (typeof digit !== 'string' || !/^[0-9*#A-D]$/i.test(digit)) return invalid('digit is none');
  return { event: 'dtmf', sequence, streamSid, digit: digit.toUpperCase() };
}

function mark(sequence: number, streamSid: string, name: unknown): InboundMessage {
  if (typeof name !== 'string') return invalid('mark has no name');
  return { event: 'mark', sequence, streamSid, name };
}

/** Bytes that a base64 text stands for, without decoding it; of invalid text an estimate. */
export function base64Bytes(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return ((length * 3) >> 2) - padding;
}
