// Twilio's side of a stream, as texts; and a sink that remembers.

import type { CallSid, StreamSid } from '../../../src/actors/ports.js';
import type { StreamEnd, StreamSink } from '../../../src/transports/twilio/stream-sink.js';

let last = 0;

function nextSid(prefix: string): string {
  last += 1;
  return `${prefix}${last.toString(16).padStart(32, '0')}`;
}

/** 20 ms of mu-law silence in base64. */
export const SILENCE = Buffer.alloc(160, 0xff).toString('base64');

/** Writes the messages of one stream as Twilio does, numbered. */
export class FarEnd {
  readonly callSid: CallSid;
  readonly streamSid = nextSid('MZ') as StreamSid;
  #sequence = 1;
  #chunk = 0;
  #timestampMs = 0;

  constructor(callSid = nextSid('CA') as CallSid) {
    this.callSid = callSid;
  }

  /** A new stream of the same call. */
  resumed(): FarEnd {
    return new FarEnd(this.callSid);
  }

  connected(): string {
    return '{"event":"connected","protocol":"Call","version":"1.0.0"}';
  }

  start(
    customParameters: Record<string, string>,
    format: Record<string, unknown> = {},
    tracks: string[] = ['inbound'],
  ): string {
    return JSON.stringify({
      event: 'start',
      sequenceNumber: '1',
      start: {
        accountSid: `AC${'0'.repeat(32)}`,
        streamSid: this.streamSid,
        callSid: this.callSid,
        tracks,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1, ...format },
        customParameters,
      },
      streamSid: this.streamSid,
    });
  }

  media(payload = SILENCE, track = 'inbound'): string {
    this.#chunk += 1;
    this.#timestampMs += 20;
    const media = {
      track,
      chunk: String(this.#chunk),
      timestamp: String(this.#timestampMs),
      payload,
    };
    return this.#numbered('media', media);
  }

  /** So many media messages never arrive. */
  lose(count: number): void {
    for (let index = 0; index < count; index += 1) this.media();
  }

  mark(name: string): string {
    return this.#numbered('mark', { name });
  }

  dtmf(digit: string): string {
    return this.#numbered('dtmf', { track: 'inbound_track', digit });
  }

  stop(): string {
    return this.#numbered('stop', { accountSid: 'AC', callSid: this.callSid });
  }

  #numbered(event: string, inner: object): string {
    this.#sequence += 1;
    return JSON.stringify({
      event,
      sequenceNumber: String(this.#sequence),
      [event]: inner,
      streamSid: this.streamSid,
    });
  }
}

export class RecordingSink implements StreamSink {
  readonly log: string[] = [];
  readonly payloads: string[] = [];
  readonly arrivals: number[] = [];
  onMedia: (payload: string) => boolean = () => true;
  onEnded: (how: StreamEnd) => void = () => undefined;

  media(payload: string, timestampMs: number, arrivedAtMs: number): boolean {
    this.log.push(`media ${timestampMs}`);
    this.payloads.push(payload);
    this.arrivals.push(arrivedAtMs);
    return this.onMedia(payload);
  }
  gap(frames: number): void {
    this.log.push(`gap ${frames}`);
  }
  mark(name: string): void {
    this.log.push(`mark ${name}`);
  }
  dtmf(digit: string): void {
    this.log.push(`dtmf ${digit}`);
  }
  drain(): void {
    this.log.push('drain');
  }
  ended(how: StreamEnd): void {
    this.log.push(`ended ${how}`);
    this.onEnded(how);
  }
}
