// One simulated call from its webhook to its end: what Twilio and a person do together. Control plane.

import { toRingmasterError } from '../errors.js';
import { CallFacts } from './call-facts.js';
import {
  completedForm,
  newSid,
  voiceForm,
  type CallIdentity,
  type CallStatus,
} from './call-form.js';
import type { CallReport, PlaceCallOptions } from './call-options.js';
import { reportCall, type Ending } from './call-report.js';
import { runScript } from './caller.js';
import { LineCaller } from './line-caller.js';
import { machineNetwork } from './machine-network.js';
import { CallOver, Pending } from './pending.js';
import { machineClock, type PhoneClock } from './phone-clock.js';
import type { PhoneEvent, TellFact } from './phone-events.js';
import { PhoneLine } from './phone-line.js';
import { Recorder } from './recorder.js';
import { seededRandom } from './seeded-random.js';
import { StreamLeg } from './stream-leg.js';
import type { CallerTurn } from './turn-timing.js';
import { followTwiml, type TwimlHost, type TwimlOutcome } from './twiml-client.js';
import { WebhookClient, type Form, type Method, type TwimlDocument } from './webhook-client.js';

/** Numbers that the North American plan reserves for fiction. */
const FICTIONAL_FROM = '+15550100';
const FICTIONAL_TO = '+15550199';
const STREAM_TIMEOUT_MS = 10_000;
const TIME_LIMIT_MS = 600_000;

export class PhoneCall {
  /**
   * How the call went. Rejects where it could not be held: PHONE_NODE_UNREACHABLE,
   * PHONE_WEBHOOK_FAILED, PHONE_TWIML_INVALID, PHONE_STREAM_REFUSED (no stream could be opened),
   * SCENARIO_FAILED (the script threw), WAV_NOT_WRITABLE (the recording failed).
   */
  readonly finished: Promise<CallReport>;
  readonly #options: PlaceCallOptions;
  readonly #identity: CallIdentity;
  readonly #clock: PhoneClock;
  readonly #webhooks: WebhookClient;
  readonly #facts: CallFacts;
  readonly #pending = new Pending();
  readonly #recorder: Recorder | undefined;
  readonly #line: PhoneLine;
  readonly #leg: StreamLeg;
  readonly #over: Promise<void>;
  #settleOver: () => void = () => {};
  #status: CallStatus = 'ringing';
  #ending: Ending | undefined;
  #dialled: readonly string[] | undefined;
  #script: Promise<void> | undefined;
  #scriptCompleted = false;
  #scriptError: unknown;
  #cancelTimeLimit: (() => void) | undefined;

  constructor(options: PlaceCallOptions) {
    const { authToken, line: conditions = {}, recording } = options;
    const network = options.network ?? machineNetwork({ connectTo: options.connectTo });
    const tell: TellFact = (fact, atMs) => this.#tell(fact, atMs);
    const random = seededRandom(conditions.seed ?? 1);
    this.#options = options;
    this.#clock = options.clock ?? machineClock;
    this.#facts = new CallFacts(options.keepEvents ?? true);
    this.#identity = {
      accountSid: options.accountSid ?? newSid('AC'),
      callSid: newSid('CA'),
      from: options.from ?? FICTIONAL_FROM,
      to: options.to ?? FICTIONAL_TO,
    };
    this.#webhooks = new WebhookClient({
      network,
      authToken,
      fallbackUrl: options.fallbackUrl,
      timeoutMs: options.webhookTimeoutMs,
    });
    this.#recorder = recording === undefined ? undefined : new Recorder(recording);
    this.#line = new PhoneLine({
      clock: this.#clock,
      tell,
      recorder: this.#recorder,
      clockDriftPpm: conditions.clockDriftPpm ?? 0,
      lossProbability: conditions.lossProbability ?? 0,
      random,
    });
    this.#leg = new StreamLeg({
      identity: this.#identity,
      authToken,
      network,
      clock: this.#clock,
      webhooks: this.#webhooks,
      line: this.#line,
      tell,
      connectTimeoutMs: options.streamTimeoutMs ?? STREAM_TIMEOUT_MS,
      check: options.check ?? 'full',
      jitterMs: conditions.jitterMs ?? 0,
      random,
    });
    this.#over = new Promise((resolve) => {
      this.#settleOver = resolve;
    });
    this.finished = this.#run();
    // Whoever looks at `finished` sees the failure; nobody has to.
    this.finished.catch(() => {});
  }

  get callSid(): string {
    return this.#identity.callSid;
  }

  /** Facts so far, oldest first. */
  get events(): readonly PhoneEvent[] {
    return this.#facts.events;
  }

  /** The caller's turns so far, oldest first; the last one may still change. */
  get turns(): readonly CallerTurn[] {
    return this.#facts.timing.turns;
  }

  /** Milliseconds since the call was answered; 0 before. */
  get nowMs(): number {
    return this.#line.nowMs;
  }

  /**
   * Hear every fact from now on, as it happens; a listener must not throw.
   * @returns a function that ends it, idempotent
   */
  onEvent(listener: (event: PhoneEvent) => void): () => void {
    return this.#facts.listen(listener);
  }

  /** The caller hangs up, whatever the script is doing. Idempotent; works at any time. */
  hangUp(): void {
    this.#end('hang-up');
  }

  /** The connection breaks without a word. Idempotent; works at any time. */
  drop(): void {
    this.#end('drop');
  }

  #tell(...[fact, atMs]: Parameters<TellFact>): void {
    this.#facts.add(fact, atMs ?? this.#line.nowMs, this.#line.ear.speaking);
    // Before there is a stream nothing that a caller does gets anywhere.
    if (fact.type === 'stream.started') this.#script ??= this.#runScript();
  }

  #end(how: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = how;
    this.#line.caller.stop();
    this.#leg.end(how === 'drop' ? 'drop' : 'stop');
    this.#settleOver();
    this.#pending.end();
  }

  async #run(): Promise<CallReport> {
    // The caller of `placeCall` gets the call before its first fact.
    await Promise.resolve();
    let outcome: TwimlOutcome | undefined;
    let failure: unknown;
    try {
      outcome = await followTwiml(this.#options.webhookUrl, this.#twimlHost());
    } catch (error) {
      failure = error;
    }
    const durationMs = this.#line.nowMs;
    await this.#close(durationMs, outcome);
    await this.#recorder?.finish().catch((error: unknown) => {
      failure ??= error;
    });
    if (failure !== undefined) throw toRingmasterError(failure, 'SCENARIO_FAILED');
    if (outcome === undefined) throw new TypeError('a call ends in an outcome or a failure');
    if (this.#scriptError !== undefined) {
      throw toRingmasterError(this.#scriptError, 'SCENARIO_FAILED');
    }
    return reportCall({
      callSid: this.callSid,
      outcome,
      ending: this.#ending,
      dialled: this.#dialled,
      scriptCompleted: this.#scriptCompleted,
      durationMs,
      streams: this.#leg.reports,
      facts: this.#facts,
    });
  }

  #twimlHost(): TwimlHost {
    const isOver = (): boolean => this.#ending !== undefined;
    return {
      fetch: (url, method, more) => this.#fetch(url, method, more),
      answered: () => this.#answered(),
      began: ({ verb }) => this.#tell({ type: 'twiml.began', verb }),
      stream: (verb) => this.#leg.run(verb),
      dial: ({ to }) => {
        this.#dialled = to;
        return this.#options.dialStatus;
      },
      pass: (ms) => this.#pass(ms),
      get over() {
        return isOver();
      },
    };
  }

  #fetch(url: string, method: Method, more: Form = {}): Promise<TwimlDocument> {
    const { webhookForm } = this.#options;
    const form = { ...voiceForm(this.#identity, this.#status), ...webhookForm, ...more };
    return Promise.race([
      this.#webhooks.fetchTwiml(url, method, form),
      this.#over.then(() => ({ url, verbs: [] })),
    ]);
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(ms, resolve);
      void this.#over.then(() => {
        cancel();
        resolve();
      });
    });
  }

  #answered(): void {
    if (this.#status !== 'ringing') return;
    this.#status = 'in-progress';
    this.#line.start();
    this.#tell({ type: 'call.answered' });
    const timeLimitMs = this.#options.timeLimitMs ?? TIME_LIMIT_MS;
    this.#cancelTimeLimit = this.#clock.setTimer(timeLimitMs, () => this.#end('time-limit'));
  }

  async #runScript(): Promise<void> {
    const caller = new LineCaller({
      clock: this.#clock,
      line: this.#line,
      pending: this.#pending,
      facts: this.#facts,
      openDuplicate: () => this.#leg.openDuplicate(),
      loseStream: () => this.#leg.end('drop'),
      end: (how) => this.#end(how),
    });
    try {
      await runScript(this.#options.script, caller);
      this.#scriptCompleted = true;
    } catch (error) {
      if (!(error instanceof CallOver)) this.#scriptError = error;
    }
    this.#end('hang-up');
  }

  async #close(durationMs: number, outcome: TwimlOutcome | undefined): Promise<void> {
    this.#cancelTimeLimit?.();
    this.#pending.end();
    await this.#script;
    this.#line.stop();
    this.#tell({ type: 'call.ended' }, durationMs);
    const { statusCallbackUrl } = this.#options;
    if (statusCallbackUrl === undefined) return;
    const rejected = outcome?.how === 'rejected';
    const status = rejected ? (outcome.reason === 'busy' ? 'busy' : 'no-answer') : 'completed';
    const form = completedForm(this.#identity, status, durationMs);
    await this.#webhooks.notify(statusCallbackUrl, 'POST', form);
  }
}

/**
 * Call a node as Twilio would for a caller: webhook, TwiML, media stream, a person who follows a
 * script. Returns at once; see `finished`.
 */
export function placeCall(options: PlaceCallOptions): PhoneCall {
  return new PhoneCall(options);
}
