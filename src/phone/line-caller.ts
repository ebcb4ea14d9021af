// A caller on a phone line: the script's functions, made of what the line does. Control plane.

import { RingmasterError } from '../errors.js';
import type { CallFacts } from './call-facts.js';
import {
  keyPresses,
  QUIET_MS,
  WAIT_TIMEOUT_MS,
  type Caller,
  type WaitForAgentOptions,
} from './caller.js';
import type { SaidClip } from './caller-line.js';
import type { Clip } from './clip.js';
import type { MediaSession } from './media-session.js';
import type { StreamReport } from './stream-report.js';
import type { Pending } from './pending.js';
import type { PhoneClock } from './phone-clock.js';
import type { PhoneEvent, PhoneEventType } from './phone-events.js';
import type { PhoneLine } from './phone-line.js';

/** What a caller needs of the call around the line. */
export interface CallHandle {
  readonly clock: PhoneClock;
  readonly line: PhoneLine;
  readonly pending: Pending;
  readonly facts: CallFacts;
  end(how: 'hang-up' | 'drop'): void;
  openDuplicate(): MediaSession | undefined;
  /** The stream breaks without a word; the call goes on. */
  loseStream(): void;
}

function failed(what: string): RingmasterError {
  return new RingmasterError('SCENARIO_FAILED', what);
}

export class LineCaller implements Caller {
  readonly #call: CallHandle;

  constructor(call: CallHandle) {
    this.#call = call;
  }

  say(clip: Clip): Promise<SaidClip> {
    const { pending, line } = this.#call;
    return pending.wait((resolve, reject) => {
      if (line.caller.speaking) {
        reject(failed('the caller was told to say two clips at once'));
        return () => {};
      }
      line.caller.say(clip, resolve);
      return () => {};
    });
  }

  wait(ms: number): Promise<void> {
    const { pending, clock } = this.#call;
    return pending.wait((resolve) => clock.setTimer(ms, () => resolve()));
  }

  waitForAgent(options: WaitForAgentOptions = {}): Promise<void> {
    const { quietMs = QUIET_MS, timeoutMs = WAIT_TIMEOUT_MS } = options;
    const { line } = this.#call;
    const isDone = (): boolean => {
      const { speaking, lastHeardMs } = line.ear;
      const spoke = lastHeardMs > this.#call.facts.agentTurnSinceMs;
      return spoke && !speaking && line.nowMs - lastHeardMs >= quietMs;
    };
    return this.#until(isDone, timeoutMs, 'the agent did not finish saying something');
  }

  waitForAgentStart(timeoutMs: number = WAIT_TIMEOUT_MS): Promise<void> {
    const { line } = this.#call;
    return this.#until(() => line.ear.speaking, timeoutMs, 'the agent said nothing');
  }

  async bargeIn(clip: Clip, afterMs: number): Promise<SaidClip> {
    await this.waitForAgentStart();
    await this.wait(afterMs);
    return this.say(clip);
  }

  async dtmf(digits: string): Promise<void> {
    for (const { digit, afterMs } of keyPresses(digits)) {
      if (afterMs > 0) await this.wait(afterMs);
      this.#call.line.session?.dtmf(digit);
    }
  }

  hangUp(): Promise<void> {
    this.#call.end('hang-up');
    return Promise.resolve();
  }

  drop(): Promise<void> {
    this.#call.end('drop');
    return Promise.resolve();
  }

  async loseStream(): Promise<void> {
    const next = this.waitFor('stream.started');
    this.#call.loseStream();
    await next;
  }

  gap(ms: number): void {
    this.#call.line.session?.gap(ms);
  }

  stall(ms: number): void {
    this.#call.line.session?.stall(ms);
  }

  async duplicateStream(ms: number): Promise<StreamReport> {
    const session = this.#call.openDuplicate();
    if (session === undefined) throw failed('there is no stream to duplicate');
    const remove = this.#call.line.addDuplicate(session);
    try {
      await Promise.race([session.ended, this.wait(ms)]);
    } finally {
      remove();
      session.stop();
    }
    await session.ended;
    return session.report();
  }

  waitFor<T extends PhoneEventType>(
    type: T,
    timeoutMs: number = WAIT_TIMEOUT_MS,
  ): Promise<Extract<PhoneEvent, { type: T }>> {
    const { pending, clock } = this.#call;
    return pending.wait((resolve, reject) => {
      const endListening = this.#call.facts.listen((event) => {
        if (event.type === type) resolve(event as Extract<PhoneEvent, { type: T }>);
      });
      const cancel = clock.setTimer(timeoutMs, () =>
        reject(failed(`${type} did not happen within ${timeoutMs} ms`)),
      );
      return () => {
        endListening();
        cancel();
      };
    });
  }

  waitForEnd(timeoutMs: number = WAIT_TIMEOUT_MS): Promise<void> {
    return this.#until(() => false, timeoutMs, 'the node did not end the call');
  }

  #until(holds: () => boolean, timeoutMs: number, problem: string): Promise<void> {
    const { pending, line, clock } = this.#call;
    return pending.wait((resolve, reject) => {
      const forget = line.once(holds, () => resolve());
      const cancel = clock.setTimer(timeoutMs, () =>
        reject(failed(`${problem} within ${timeoutMs} ms`)),
      );
      return () => {
        forget();
        cancel();
      };
    });
  }
}
