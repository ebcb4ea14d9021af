// The media streams of a call: opened as TwiML says, signed, with their status callbacks. Control plane.

import { newSid, streamForm, type CallIdentity, type StreamEventName } from './call-form.js';
import { MediaSession } from './media-session.js';
import type { StreamReport } from './stream-report.js';
import type { PhoneNetwork } from './network.js';
import type { PhoneClock } from './phone-clock.js';
import type { TellFact } from './phone-events.js';
import type { PhoneLine } from './phone-line.js';
import type { MessageCheck } from './server-message.js';
import type { StreamVerb } from './twiml.js';
import { twilioSignature } from './twilio-signature.js';
import type { WebhookClient } from './webhook-client.js';

export interface StreamLegOptions {
  readonly identity: CallIdentity;
  readonly authToken: string | undefined;
  readonly network: PhoneNetwork;
  readonly clock: PhoneClock;
  readonly webhooks: WebhookClient;
  readonly line: PhoneLine;
  readonly tell: TellFact;
  readonly connectTimeoutMs: number;
  readonly check: MessageCheck;
  readonly jitterMs: number;
  readonly random: () => number;
}

export class StreamLeg {
  readonly #options: StreamLegOptions;
  readonly #reports: StreamReport[] = [];
  #verb: StreamVerb | undefined;
  #session: MediaSession | undefined;

  constructor(options: StreamLegOptions) {
    this.#options = options;
  }

  /** Of the streams that ended, oldest first. */
  get reports(): readonly StreamReport[] {
    return this.#reports;
  }

  /** Run `<Connect><Stream>`: resolves when the stream ended, also where it could not be opened. */
  async run(verb: StreamVerb): Promise<void> {
    const { line, tell } = this.#options;
    const session = this.#open(verb, tell, {
      onAudio: (mulaw) => line.queued(mulaw),
      onCleared: () => line.ear.cleared(line.nowMs),
    });
    this.#verb = verb;
    this.#session = session;
    line.attach(session);
    await session.ended;
    line.attach(undefined);
    this.#session = undefined;
    const report = session.report();
    this.#reports.push(report);
    if (report.opened) this.#notify(verb, report.streamSid, 'stream-stopped');
    else this.#notify(verb, report.streamSid, 'stream-error', report.error?.message);
  }

  /** End the stream that runs, if one does. */
  end(how: 'stop' | 'drop'): void {
    if (how === 'stop') this.#session?.stop();
    else this.#session?.drop();
  }

  /** A second stream to where the one that runs goes; its facts are its own. */
  openDuplicate(): MediaSession | undefined {
    if (this.#verb === undefined || this.#session === undefined) return undefined;
    const ignore = (): void => {};
    return this.#open(this.#verb, ignore, { onAudio: ignore, onCleared: ignore });
  }

  #open(
    verb: StreamVerb,
    tell: TellFact,
    hear: Pick<ConstructorParameters<typeof MediaSession>[0], 'onAudio' | 'onCleared'>,
  ): MediaSession {
    const { identity, authToken, clock, network, connectTimeoutMs, check, jitterMs, random } =
      this.#options;
    const streamSid = newSid('MZ');
    return new MediaSession({
      ...hear,
      clock,
      network,
      url: verb.url,
      headers:
        authToken === undefined
          ? {}
          : { 'X-Twilio-Signature': twilioSignature(authToken, verb.url, {}) },
      identity: {
        accountSid: identity.accountSid,
        callSid: identity.callSid,
        streamSid,
        customParameters: verb.parameters,
      },
      connectTimeoutMs,
      check,
      jitterMs,
      random,
      tell: (fact, atMs) => {
        tell(fact, atMs);
        if (fact.type === 'stream.started') this.#notify(verb, streamSid, 'stream-started');
      },
    });
  }

  #notify(verb: StreamVerb, streamSid: string, event: StreamEventName, error?: string): void {
    if (verb.statusCallback === undefined) return;
    const form = streamForm(this.#options.identity, {
      streamSid,
      name: verb.name,
      event,
      ...(error !== undefined && { error }),
    });
    void this.#options.webhooks.notify(verb.statusCallback, verb.statusCallbackMethod, form);
  }
}
