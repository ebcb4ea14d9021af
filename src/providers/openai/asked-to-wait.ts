// A server that asked to be left alone for a while is: by all calls of a node. Control plane.

import { RingmasterError } from '../../errors.js';
import { toFailure, type Operation } from './server-error.js';

/** A wait this short is waited by whoever asked. */
const MIN_WAIT_MS = 2000;
/** Longer waits are a mistake of the server's, or of its clock. */
const MAX_WAIT_MS = 60_000;

export class AskedToWait {
  readonly #untilMs = new Map<Operation, number>();

  /**
   * `send`, unless the server's last answer asked to wait and the time is not over.
   * @throws {RingmasterError} PROVIDER_RATE_LIMITED without a request; else what `send` throws
   */
  async heeded<Answer>(operation: Operation, send: () => Promise<Answer>): Promise<Answer> {
    const leftMs = (this.#untilMs.get(operation) ?? 0) - performance.now();
    if (leftMs > 0) {
      const text = `${operation}: not asked, the server wants to be left alone for ${Math.ceil(leftMs / 1000)} s more`;
      throw new RingmasterError('PROVIDER_RATE_LIMITED', text);
    }
    try {
      return await send();
    } catch (thrown) {
      const { retryAfterMs = 0 } = toFailure(thrown, operation);
      if (retryAfterMs > MIN_WAIT_MS) {
        this.#untilMs.set(operation, performance.now() + Math.min(retryAfterMs, MAX_WAIT_MS));
      }
      throw thrown;
    }
  }
}
