// Running calls: one root actor and one media path each, freed together whatever ends first. Control plane.

import { createActor, type Actor, type InspectionEvent } from 'xstate';
import { callMachine, type CallSettings } from './actors/call.js';
import type {
  AgentProvider,
  CallAction,
  CallEndReason,
  CallInfo,
  CallLog,
  SttProvider,
  TtsChunk,
  TtsProvider,
} from './actors/ports.js';
import type { DspPool } from './dsp/pool.js';
import { toRingmasterError, type ErrorCode } from './errors.js';
import type { Logger } from './log.js';
import type { PlaybackCounts } from './transports/agent-audio.js';
import { MediaPath } from './transports/media-path.js';
import type { TurnModelUse } from './transports/turn-question.js';
import type { StreamSender } from './transports/twilio/stream-sink.js';

export interface CallHostOptions {
  readonly machine: typeof callMachine;
  readonly pool: DspPool;
  readonly providers: {
    readonly stt: SttProvider;
    readonly tts: TtsProvider;
    readonly agent: AgentProvider;
  };
  /** Opens the log of a call; never throws, and its logs never do. */
  readonly store: { open(call: CallInfo): CallLog };
  readonly settings: CallSettings;
  readonly vad: {
    readonly onsetMs: number;
    readonly hangoverMs: number;
    readonly echoGuard: boolean;
  };
  /** Says by the sound whether a turn is complete; undefined: nobody is asked. */
  readonly turnModel: TurnModelUse | undefined;
  readonly maxCalls: number;
  /** Whether a further call would be at the cost of those that run. */
  readonly isOverloaded: () => boolean;
  readonly apology: { readonly chunk: TtsChunk; readonly text: string } | undefined;
  readonly logger: Logger;
  /** Sees every event of every actor; a throw in it is contained and logged. */
  readonly inspect?: (event: InspectionEvent) => void;
}

/** What Twilio is to do with a call whose stream is over. */
export interface CallEnding {
  readonly reason: CallEndReason;
  readonly next: CallAction | undefined;
}

interface RunningCall {
  readonly actor: Actor<typeof callMachine>;
  readonly path: MediaPath;
}

/** Twilio asks for the TwiML after `<Connect>` within seconds of the stream's end. */
const ENDING_KEPT_MS = 300_000;
const ENDINGS_KEPT = 10_000;

export class CallHost {
  readonly #options: CallHostOptions;
  readonly #calls = new Map<string, RunningCall>();
  readonly #endings = new Map<string, CallEnding & { readonly untilMs: number }>();
  #waiting: (() => void)[] = [];
  #draining = false;
  /** Calls that ended by an error, since the node's start. */
  failedCalls = 0;
  totalCalls = 0;
  readonly playback: PlaybackCounts = { framesSent: 0, marksLost: 0 };

  constructor(options: CallHostOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Why no further call is taken, if so. */
  get refusal(): 'NODE_DRAINING' | 'NODE_FULL' | 'NODE_OVERLOADED' | undefined {
    if (this.#draining) return 'NODE_DRAINING';
    if (this.#calls.size >= this.#options.maxCalls) return 'NODE_FULL';
    return this.#options.isOverloaded() ? 'NODE_OVERLOADED' : undefined;
  }

  /** A media stream has started: the call begins, or is refused with a code. */
  start(call: CallInfo, sender: StreamSender): MediaPath | { readonly refuse: ErrorCode } {
    const { callSid } = call;
    if (this.#calls.has(callSid)) return { refuse: 'STREAM_CALL_DUPLICATE' };
    // While draining or overloaded too: the webhook let this call in, and it is in the middle of its setup.
    if (this.#calls.size >= this.#options.maxCalls) return { refuse: 'NODE_FULL' };
    const { pool, vad, turnModel, apology, logger } = this.#options;
    let path: MediaPath;
    try {
      path = new MediaPath({
        pool,
        sender,
        vadOnsetMs: vad.onsetMs,
        vadHangoverMs: vad.hangoverMs,
        echoGuard: vad.echoGuard,
        turnModel,
        counts: this.playback,
        apology,
        onHangUp: (reason, next) => this.#noteEnding(callSid, { reason, next }),
        onEnded: (reason) => this.#free(callSid, reason),
      });
    } catch (thrown) {
      const { code } = toRingmasterError(thrown, 'DSP_WORKER_FAILED');
      logger.warn({ callSid, code }, 'call refused');
      return { refuse: code };
    }
    this.totalCalls += 1;
    this.#run(call, path);
    return path;
  }

  /** What the ended call wants next; undefined for calls this node knows nothing of. */
  endingOf(callSid: string): CallEnding | undefined {
    const ending = this.#endings.get(callSid);
    return ending && ending.untilMs > performance.now() ? ending : undefined;
  }

  /** Twilio says that the call is over, maybe before the stream does. */
  terminated(callSid: string): void {
    this.#calls.get(callSid)?.path.hangUp('caller-hangup');
  }

  /** From the node's one timer, every 20 ms. */
  tick(nowMs: number): void {
    for (const { path } of this.#calls.values()) path.tick(nowMs);
  }

  /** Take no new calls and wait for the running ones; those left after `timeoutMs` are told to end. */
  async drain(timeoutMs: number, goodbyeMs: number): Promise<void> {
    this.#draining = true;
    await this.#emptyWithin(timeoutMs);
    for (const { actor } of this.#calls.values()) actor.send({ type: 'call.drain' });
    await this.#emptyWithin(goodbyeMs);
    for (const { path } of this.#calls.values()) path.hangUp('drained');
  }

  #run(call: CallInfo, path: MediaPath): void {
    const { callSid } = call;
    const { machine, providers, store, settings, logger } = this.#options;
    const log = store.open(call);
    const inspect = this.#inspector();
    const actor = createActor(machine, {
      input: {
        call,
        line: path,
        ...providers,
        log,
        clock: { nowMs: () => performance.now() },
        settings,
      },
      ...(inspect && { inspect }),
    });
    this.#calls.set(callSid, { actor, path });
    actor.subscribe({
      complete: () => {
        const { output } = actor.getSnapshot();
        if (output?.error) this.failedCalls += 1;
        logger.info({ callSid, reason: output?.reason, code: output?.error?.code }, 'call ended');
        path.hangUp(output?.reason ?? 'failed');
      },
      // The backstop for what a machine must not do: its children are orphans now.
      error: (thrown) => {
        const { code } = toRingmasterError(thrown, 'PROVIDER_FAILED');
        this.failedCalls += 1;
        logger.error({ callSid, code }, 'call actor failed');
        log.end('failed', code);
        actor.stop();
        path.hangUp('failed');
      },
    });
    logger.info({ callSid }, 'call started');
    actor.start();
  }

  /** A throwing inspector would wedge its actor for good. */
  #inspector(): ((event: InspectionEvent) => void) | undefined {
    const { inspect, logger } = this.#options;
    if (!inspect) return undefined;
    return (event) => {
      try {
        inspect(event);
      } catch {
        logger.warn('the inspector threw');
      }
    };
  }

  #noteEnding(callSid: string, ending: CallEnding): void {
    const nowMs = performance.now();
    for (const [oldest, { untilMs }] of this.#endings) {
      if (untilMs > nowMs && this.#endings.size < ENDINGS_KEPT) break;
      this.#endings.delete(oldest);
    }
    this.#endings.delete(callSid);
    this.#endings.set(callSid, { ...ending, untilMs: nowMs + ENDING_KEPT_MS });
  }

  #free(callSid: string, reason: CallEndReason): void {
    const running = this.#calls.get(callSid);
    this.#calls.delete(callSid);
    if (this.#calls.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    if (!running) return;
    const { actor } = running;
    const isActive = (): boolean => actor.getSnapshot().status === 'active';
    // Told again, since its transport child may just be in backoff.
    if (isActive()) actor.send({ type: 'call.stopped', reason });
    // A replaced machine may not end by itself. Not now: this may run inside one of its transitions.
    setImmediate(() => isActive() && actor.stop());
  }

  #emptyWithin(timeoutMs: number): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
