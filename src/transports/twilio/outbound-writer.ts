// Writes Twilio Media Streams messages exactly as Twilio demands them. Media plane.

import type { StreamSid } from '../../actors/ports.js';

/**
 * Writes the messages of one stream. Twilio ignores a message with a missing or an extra field, so
 * each is a fixed text around its one value; no object is built.
 */
export class OutboundWriter {
  readonly #mediaHead: string;
  readonly #markHead: string;
  readonly #clear: string;

  constructor(streamSid: StreamSid) {
    const sid = JSON.stringify(streamSid);
    this.#mediaHead = `{"event":"media","streamSid":${sid},"media":{"payload":"`;
    this.#markHead = `{"event":"mark","streamSid":${sid},"mark":{"name":`;
    this.#clear = `{"event":"clear","streamSid":${sid}}`;
  }

  /** @param payloadBase64 mu-law, 8000 Hz, mono, without any header; base64 needs no escaping */
  media(payloadBase64: string): string {
    return `${this.#mediaHead}${payloadBase64}"}}`;
  }

  mark(name: string): string {
    return `${this.#markHead}${JSON.stringify(name)}}}`;
  }

  clear(): string {
    return this.#clear;
  }
}
