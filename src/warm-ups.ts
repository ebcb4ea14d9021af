// Warms the engines of a node up: within a time, and again in the background where one is not ready. Control plane.

import { RingmasterError, toRingmasterError, type ErrorCode } from './errors.js';
import { within } from './foreign-call.js';

export interface WarmUpEngine {
  readonly role: string;
  /** As its provider calls itself. */
  readonly name: string;
  warmUp(): Promise<void>;
}

/** An engine that is not ready. */
export interface ColdEngine {
  readonly role: string;
  readonly name: string;
  /** Why the last attempt failed. */
  readonly error: RingmasterError;
}

export interface WarmUpOptions {
  readonly timeoutMs: number;
  /** Before the second attempt; doubles up to a minute. */
  readonly backoffMs: number;
  /** Told after every attempt that failed. */
  readonly onCold: (engine: ColdEngine, retryInMs: number) => void;
  /** Told of an engine that was cold. */
  readonly onWarm: (engine: WarmUpEngine) => void;
}

/** What hangs is not stopped by our giving it up, and one more a minute is no load. */
const MAX_BACKOFF_MS = 60_000;

/** The node cannot do what it is told to: no use in waiting. */
const isFinal = ({ code }: RingmasterError): boolean =>
  code.startsWith('DSP_MODEL') || code === 'CONFIG_INVALID' || code === 'INTENTS_INVALID';

export class WarmUps {
  readonly #options: WarmUpOptions;
  readonly #cold = new Map<WarmUpEngine, ColdEngine>();
  readonly #timers = new Map<WarmUpEngine, NodeJS.Timeout>();
  #closed = false;

  constructor(options: WarmUpOptions) {
    this.#options = options;
  }

  get cold(): readonly ColdEngine[] {
    return [...this.#cold.values()];
  }

  /** Codes of what is not ready, each once. */
  get codes(): readonly ErrorCode[] {
    return [...new Set(this.cold.map(({ error }) => error.code))];
  }

  /**
   * Resolves once each engine is warm or was given up for the moment.
   * @throws {RingmasterError} CONFIG_INVALID, INTENTS_INVALID, DSP_MODEL_...: trying again is of no use
   */
  async start(engines: readonly WarmUpEngine[]): Promise<void> {
    const { backoffMs } = this.#options;
    const errors = await Promise.all(engines.map((engine) => this.#attempt(engine, backoffMs)));
    const final = errors.find((error) => error && isFinal(error));
    if (final) throw final;
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #attempt(engine: WarmUpEngine, backoffMs: number): Promise<RingmasterError | undefined> {
    const { timeoutMs } = this.#options;
    try {
      await within(
        timeoutMs,
        () => this.#warmUp(engine),
        () => timedOut(engine, timeoutMs),
      );
      return undefined;
    } catch (thrown) {
      const error = toRingmasterError(thrown, 'PROVIDER_FAILED');
      if (!this.#closed && !isFinal(error)) this.#retry(engine, error, backoffMs);
      return error;
    }
  }

  /** One that is warm after its time is warm. */
  async #warmUp(engine: WarmUpEngine): Promise<void> {
    await engine.warmUp();
    this.#warm(engine);
  }

  #warm(engine: WarmUpEngine): void {
    clearTimeout(this.#timers.get(engine));
    this.#timers.delete(engine);
    if (this.#cold.delete(engine) && !this.#closed) this.#options.onWarm(engine);
  }

  #retry(engine: WarmUpEngine, error: RingmasterError, backoffMs: number): void {
    const { role, name } = engine;
    const cold = { role, name, error };
    this.#cold.set(engine, cold);
    const timer = setTimeout(() => {
      void this.#attempt(engine, Math.min(MAX_BACKOFF_MS, backoffMs * 2));
    }, backoffMs);
    this.#timers.set(engine, timer.unref());
    this.#options.onCold(cold, backoffMs);
  }
}

function timedOut({ name }: WarmUpEngine, timeoutMs: number): RingmasterError {
  const message = `${name} was not ready in ${timeoutMs} ms`;
  return new RingmasterError('PROVIDER_TIMEOUT', message, { retryable: true });
}
