// What Twilio sends down a media stream, byte for byte: field order, counters as strings. Media plane.

export interface StreamIdentity {
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
  readonly customParameters: Readonly<Record<string, string>>;
}

/** The first message of every stream. */
export const CONNECTED_MESSAGE = '{"event":"connected","protocol":"Call","version":"1.0.0"}';

/**
 * The messages of one bidirectional stream (Twilio, "Media Streams - WebSocket Messages"). One
 * counter numbers all messages from `start` on, a second one the media messages; both are decimal
 * texts on the wire. Every call returns the next message, so each result must be sent, in order.
 */
export class StreamMessages {
  readonly #identity: StreamIdentity;
  readonly #afterSequence: string;
  #sequence = 0;
  #chunk = 0;

  constructor(identity: StreamIdentity) {
    this.#identity = identity;
    this.#afterSequence = `","streamSid":"${identity.streamSid}",`;
  }

  /** Messages so far. */
  get count(): number {
    return this.#sequence;
  }

  /** Media messages so far. */
  get chunks(): number {
    return this.#chunk;
  }

  start(): string {
    const { accountSid, callSid, streamSid, customParameters } = this.#identity;
    const start = {
      streamSid,
      accountSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters,
    };
    return `${this.#head('start')}"start":${JSON.stringify(start)}}`;
  }

  /**
   * @param payload base64 of mu-law; not escaped, as base64 needs none
   * @param timestampMs presentation time since the stream's start
   */
  media(payload: string, timestampMs: number): string {
    this.#chunk += 1;
    return `${this.#head('media')}"media":{"track":"inbound","chunk":"${this.#chunk}","timestamp":"${timestampMs}","payload":"${payload}"}}`;
  }

  dtmf(digit: string): string {
    return `${this.#head('dtmf')}"dtmf":{"track":"inbound_track","digit":${JSON.stringify(digit)}}}`;
  }

  mark(name: string): string {
    return `${this.#head('mark')}"mark":{"name":${JSON.stringify(name)}}}`;
  }

  stop(): string {
    const { accountSid, callSid } = this.#identity;
    return `${this.#head('stop')}"stop":${JSON.stringify({ accountSid, callSid })}}`;
  }

  #head(event: string): string {
    this.#sequence += 1;
    return `{"event":"${event}","sequenceNumber":"${this.#sequence}${this.#afterSequence}`;
  }
}
