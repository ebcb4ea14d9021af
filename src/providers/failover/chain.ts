// The engines of one role in the order in which they are asked, each behind its breaker. Control plane.

import { RingmasterError, toRingmasterError } from '../../errors.js';
import {
  Breaker,
  DEFAULT_BREAKER,
  type BreakerOptions,
  type BreakerState,
  type Ticket,
} from './breaker.js';

export interface Engine<Provider> {
  readonly provider: Provider;
  readonly breaker: Breaker;
}

/** A request's turn at one engine. */
export interface EngineTurn<Provider> extends Engine<Provider> {
  readonly ticket: Ticket;
  /** Another engine could answer in its place: it need not be waited for long. */
  readonly hasNext: boolean;
  /**
   * It failed: the breaker is told, and this call asks it last for a while.
   * @returns the failure, coded and with the engine's name
   */
  readonly fail: (thrown: unknown) => RingmasterError;
}

export interface ChainOptions {
  /** What is told of every failure of an engine that has another behind it. */
  readonly onFailure?: (engine: string, error: RingmasterError) => void;
  readonly breaker?: BreakerOptions;
}

export interface EngineReport {
  readonly engine: string;
  readonly state: BreakerState;
  readonly failures: number;
  readonly refused: number;
}

/** A caller bears so much before an apology is better. */
const MAX_WAIT_MS = 1500;
/** An engine that failed in a call is asked last in it for so long: a voice must not change to and fro. */
const AVOIDED_MS = 30_000;
const MAX_AVOIDED = 4096;

interface NamedProvider {
  readonly name: string;
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/** Several engines share a child's name for them: which one failed must be said. */
function named(error: RingmasterError, engine: string): RingmasterError {
  const { code, message, retryable, status, retryAfterMs } = error;
  const details = { cause: error, retryable, status, retryAfterMs, engine: error.engine ?? engine };
  return new RingmasterError(code, message, details);
}

export class FailoverChain<Provider extends NamedProvider> {
  readonly #engines: readonly Engine<Provider>[];
  readonly #options: ChainOptions;
  readonly #nowMs: () => number;
  /** Until when an engine is asked last in a call, by engine and CallSid. */
  readonly #avoided = new Map<string, number>();

  /** @param providers at least one, the preferred one first */
  constructor(providers: readonly Provider[], options: ChainOptions = {}) {
    const breaker = options.breaker ?? DEFAULT_BREAKER;
    this.#engines = providers.map((provider) => ({
      provider,
      breaker: new Breaker(provider.name, breaker),
    }));
    this.#options = options;
    this.#nowMs = breaker.nowMs ?? (() => performance.now());
  }

  get preferred(): Provider {
    const [first] = this.#engines;
    if (!first) throw new RingmasterError('CONFIG_INVALID', 'a role needs at least one engine');
    return first.provider;
  }

  get name(): string {
    return this.#engines.map(({ provider }) => provider.name).join(',');
  }

  /**
   * The engines that may be asked, one after the other: whoever takes the next one says by that that
   * the last one failed. Where none may be asked now, the preferred one is waited for.
   * @throws {RingmasterError} PROVIDER_UNAVAILABLE
   */
  async *turns(callSid: string, signal: AbortSignal): AsyncGenerator<EngineTurn<Provider>> {
    const order = this.#order(callSid);
    let wasAsked = false;
    for (const [index, engine] of order.entries()) {
      if (signal.aborted) return;
      const ticket = engine.breaker.enter();
      if (!ticket) continue;
      wasAsked = true;
      // One that failed in this call already is a last resort, and no reason to wait less for this one.
      const hasNext = order
        .slice(index + 1)
        .some((next) => next.breaker.isPassable && !this.#isAvoided(next, callSid));
      yield this.#turn(engine, ticket, callSid, hasNext);
    }
    const [first] = order;
    if (wasAsked || !first || signal.aborted) return;
    const ticket = await first.breaker.enterWithin(MAX_WAIT_MS, signal);
    yield this.#turn(first, ticket, callSid, false);
  }

  /** Ready once one engine is; those that are not are asked all the same, behind their breakers. */
  async warmUp(timeoutMs: number): Promise<void> {
    const results = await Promise.all(
      this.#engines.map(({ provider }) => this.#warmUpOne(provider, timeoutMs)),
    );
    const [first] = results;
    if (first && results.every((error) => error !== undefined)) throw first;
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map(async ({ provider }) => provider.close()));
  }

  report(): readonly EngineReport[] {
    return this.#engines.map(({ provider, breaker }) => ({
      engine: provider.name,
      state: breaker.state,
      failures: breaker.failures,
      refused: breaker.refused,
    }));
  }

  /** The preferred ones first, but for those that failed in this call. */
  #order(callSid: string): readonly Engine<Provider>[] {
    const rank = (engine: Engine<Provider>): number => Number(this.#isAvoided(engine, callSid));
    return this.#engines.toSorted((one, other) => rank(one) - rank(other));
  }

  #isAvoided({ provider }: Engine<Provider>, callSid: string): boolean {
    return (this.#avoided.get(`${provider.name} ${callSid}`) ?? 0) > this.#nowMs();
  }

  #turn(
    engine: Engine<Provider>,
    ticket: Ticket,
    callSid: string,
    hasNext: boolean,
  ): EngineTurn<Provider> {
    const fail = (thrown: unknown): RingmasterError => {
      const error = toRingmasterError(thrown, 'PROVIDER_FAILED');
      ticket.failed(error.retryAfterMs);
      if (this.#engines.length === 1) return error;
      this.#avoid(engine.provider.name, callSid);
      this.#tell(engine.provider.name, error);
      return named(error, engine.provider.name);
    };
    return { ...engine, ticket, hasNext, fail };
  }

  #avoid(engine: string, callSid: string): void {
    const key = `${engine} ${callSid}`;
    this.#avoided.delete(key);
    this.#avoided.set(key, this.#nowMs() + AVOIDED_MS);
    for (const oldest of this.#avoided.keys()) {
      if (this.#avoided.size <= MAX_AVOIDED) break;
      this.#avoided.delete(oldest);
    }
  }

  async #warmUpOne(provider: Provider, timeoutMs: number): Promise<RingmasterError | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const isAlone = this.#engines.length === 1;
    const late = new Promise<never>((_, reject) => {
      // A lone engine has the time that its node gives it.
      if (isAlone) return;
      timer = setTimeout(() => {
        const message = `${provider.name} was not ready within ${timeoutMs} ms`;
        reject(new RingmasterError('PROVIDER_TIMEOUT', message, { retryable: true }));
      }, timeoutMs);
    });
    try {
      await Promise.race([provider.warmUp(), late]);
      return undefined;
    } catch (thrown) {
      const error = toRingmasterError(thrown, 'PROVIDER_FAILED');
      if (!isAlone) this.#tell(provider.name, error);
      return error;
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(engine: string, error: RingmasterError): void {
    try {
      this.#options.onFailure?.(engine, error);
    } catch {
      // Whoever listens does not decide what becomes of the call.
    }
  }
}
