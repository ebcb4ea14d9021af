// Undoes what a start has done, in reverse order: every step, though one throws or hangs. Control plane.

import { RingmasterError } from './errors.js';
import { within } from './foreign-call.js';

/** A step that takes longer is left behind: pools and servers close within a second. */
const STEP_TIMEOUT_MS = 5000;

interface Step {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

export class Closers {
  readonly #steps: Step[] = [];
  readonly #onFault: (step: string, thrown: unknown) => void;
  readonly #timeoutMs: number;
  #closing: Promise<void> | undefined;

  /** @param onFault a step failed or took too long; must not throw */
  constructor(onFault: (step: string, thrown: unknown) => void, timeoutMs = STEP_TIMEOUT_MS) {
    this.#onFault = onFault;
    this.#timeoutMs = timeoutMs;
  }

  add(name: string, run: () => Promise<void> | void): void {
    this.#steps.push({ name, run });
  }

  /** Never rejects. Idempotent: all who ask wait for the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await within(this.#timeoutMs, step.run, () => this.#timedOut(step));
      } catch (thrown) {
        this.#onFault(step.name, thrown);
      }
    }
  }

  #timedOut({ name }: Step): RingmasterError {
    return new RingmasterError('CLOSE_TIMEOUT', `${name} did not close in ${this.#timeoutMs} ms`);
  }
}
