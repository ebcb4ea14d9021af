// Running calls: one root actor and one media path each, freed together whatever ends first. Control plane.

import { createActor, type Actor, type InspectionEvent } from 'xstate';
import { callMachine, type CallSettings } from './actors/call.js';
import { orphanWatch, stopOrphans } from './actors/orphans.js';
import type { FailureReport } from './actors/failure-report.js';
import type {
  AgentProvider,
  ApologyReason,
  CallEndReason,
  CallInfo,
  CallLog,
  SttProvider,
  TtsChunk,
  TtsProvider,
} from './actors/ports.js';
import { CallEndings, type CallEnding } from './call-endings.js';
import { ExpiringMap, realAfter } from './expiring-map.js';
import type { DspPool } from './dsp/pool.js';
import { errorDetails } from './error-details.js';
import { toRingmasterError, type ErrorCode } from './errors.js';
import { contained } from './foreign-call.js';
import { IdleWait } from './idle-wait.js';
import type { Logger } from './log.js';
import { OpenSessions, ownedEngines } from './owned-engines.js';
import { PausableClock } from './pausable-clock.js';
import { Reservations } from './reservations.js';
import type { PlaybackCounts } from './transports/agent-audio.js';
import { MediaPath } from './transports/media-path.js';
import { StreamLink } from './transports/stream-link.js';
import type { TurnModelUse } from './transports/turn-question.js';
import type { StreamSender, StreamSink } from './transports/twilio/stream-sink.js';

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
  /** A webhook's place waits so long for its stream. */
  readonly reservationMs: number;
  /** A call whose stream was lost waits so long for the next one; 0 ends it at once. */
  readonly resumeWindowMs: number;
  /** While draining: how long Twilio may take to ask how an ended call goes on. */
  readonly endingAskMs: number;
  /** Whether a further call would be at the cost of those that run. */
  readonly isOverloaded: () => boolean;
  /** As it can be played now; undefined while none could be prepared. */
  readonly apology: (
    reason: ApologyReason,
  ) => { readonly chunk: TtsChunk; readonly text: string } | undefined;
  readonly logger: Logger;
  /** Sees every event of every actor; a throw in it is contained and logged. */
  readonly inspect?: (event: InspectionEvent) => void;
}

/** What a node waits for before it can go. */
export interface Unfinished {
  readonly calls: number;
  /** Webhooks that were answered with a stream which is not here yet. */
  readonly inSetup: number;
  /** Ended calls that Twilio has still to ask about. */
  readonly unasked: number;
}

export interface DrainReport {
  /** Calls that did not end in time and were told to. */
  readonly toldToEnd: number;
  /** Ended calls that Twilio did not ask about in time. */
  readonly unasked: number;
}

/** All that one call holds. */
interface RunningCall {
  /** Undefined where its machine could not even be created. */
  actor: Actor<typeof callMachine> | undefined;
  readonly path: MediaPath;
  readonly log: CallLog;
  readonly sessions: OpenSessions;
  readonly fault: (thrown: unknown, message: string) => void;
  limit?: NodeJS.Timeout;
  /** Stands still while the line is lost, so that the floor waits. */
  readonly clock: PausableClock;
  /** What the newest stream tells. */
  link: StreamLink;
}

/** The call machine ends itself at the limit, with words. */
const LIMIT_GRACE_MS = 30_000;

/** What is known of the caller, and stays out of the log. */
const privateWords = ({ from, to, parameters }: CallInfo): readonly string[] =>
  [from, to, ...Object.values(parameters)].filter((word) => word !== undefined);

export class CallHost {
  readonly #options: CallHostOptions;
  readonly #calls = new Map<string, RunningCall>();
  readonly #endings: CallEndings;
  readonly #reservations: Reservations;
  /** Calls without a line, until the next stream or the end of their window. */
  readonly #lost: ExpiringMap<true>;
  readonly #noCalls = new IdleWait(() => this.#calls.size === 0);
  readonly #nothingLeft = new IdleWait(() => {
    const { calls, inSetup, unasked } = this.unfinished;
    return calls + inSetup + unasked === 0;
  });
  #draining = false;
  #inspectorFaults = 0;
  /** Calls that ended by an error, since the node's start. */
  failedCalls = 0;
  totalCalls = 0;
  /** Streams that took over from lost ones. */
  resumedCalls = 0;
  readonly playback: PlaybackCounts = { framesSent: 0, marksLost: 0 };

  constructor(options: CallHostOptions) {
    this.#options = options;
    const onLess = (): void => this.#nothingLeft.check();
    this.#endings = new CallEndings({ askTimeoutMs: options.endingAskMs, onAsked: onLess });
    this.#reservations = new Reservations({ lifeMs: options.reservationMs, onFreed: onLess });
    this.#lost = new ExpiringMap(realAfter, (callSid, _lost, expired) => {
      if (expired) this.#calls.get(callSid)?.path.hangUp('line-lost');
    });
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Why no further call is taken, if so. */
  get refusal(): 'NODE_DRAINING' | 'NODE_FULL' | 'NODE_OVERLOADED' | undefined {
    if (this.#draining) return 'NODE_DRAINING';
    if (this.#isFull) return 'NODE_FULL';
    return this.#options.isOverloaded() ? 'NODE_OVERLOADED' : undefined;
  }

  get unfinished(): Unfinished {
    const { size: inSetup } = this.#reservations;
    return { calls: this.#calls.size, inSetup, unasked: this.#endings.unasked };
  }

  /** Calls in their setup have their places already. */
  get #isFull(): boolean {
    return this.#calls.size + this.#reservations.size >= this.#options.maxCalls;
  }

  /**
   * A webhook asks for a stream: keep a place for it, or say why there is none. A webhook that Twilio
   * repeats changes nothing: the call is in already.
   */
  admit(callSid: string): ErrorCode | undefined {
    if (this.#calls.has(callSid)) return undefined;
    // Whoever redirects a call back here has it answered anew.
    this.#endings.forget(callSid);
    const refusal = this.#reservations.has(callSid) ? undefined : this.refusal;
    if (refusal === undefined) this.#reservations.reserve(callSid);
    return refusal;
  }

  /** A media stream has started: the call begins, goes on where its last stream was lost, or is refused. */
  start(call: CallInfo, sender: StreamSender): StreamSink | { readonly refuse: ErrorCode } {
    const { callSid } = call;
    const running = this.#calls.get(callSid);
    if (running) return this.#goOn(callSid, running, sender);
    // It ended while Twilio connected: Twilio is told how it goes on when it asks again.
    if (this.#endings.has(callSid)) return { refuse: 'STREAM_CALL_ENDED' };
    // While draining or overloaded too: the webhook let this call in, and it is in the middle of its setup.
    const isExpected = this.#reservations.release(callSid);
    if (!isExpected && this.#isFull) return { refuse: 'NODE_FULL' };
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
        onFault: (thrown) => {
          this.#calls.get(callSid)?.fault(thrown, 'a listener or sink of the line threw');
        },
        onLost: () => this.#lose(callSid),
        onHangUp: (reason, next) => this.#endings.note(callSid, { reason, next }),
        onEnded: (reason) => this.#free(callSid, reason),
      });
    } catch (thrown) {
      const { code } = toRingmasterError(thrown, 'DSP_WORKER_FAILED');
      logger.warn({ callSid, code }, 'call refused');
      return { refuse: code };
    }
    this.totalCalls += 1;
    return this.#run(call, path);
  }

  /**
   * Twilio asks how a call goes on whose stream is over: as it ended, or with a next stream where it did
   * not end or never had one; undefined for calls that this node knows nothing of.
   */
  nextOf(callSid: string): CallEnding | 'resume' | undefined {
    // It knows before the socket does that a stream is dead.
    this.#calls.get(callSid)?.link.giveUp();
    const ending = this.#endings.ask(callSid);
    if (ending) return ending;
    const isOn = this.#calls.has(callSid) || this.#reservations.has(callSid);
    return isOn ? 'resume' : undefined;
  }

  /** No further stream of this call will come. */
  abandon(callSid: string): void {
    this.#reservations.release(callSid);
    this.#calls.get(callSid)?.path.hangUp('line-lost');
  }

  /** Twilio says that the call is over, maybe before the stream does, or before there is one. */
  terminated(callSid: string): void {
    this.#reservations.release(callSid);
    this.#endings.over(callSid);
    const path = this.#calls.get(callSid)?.path;
    path?.hangUp(path.isDetached ? 'line-lost' : 'caller-hangup');
  }

  /** From the node's one timer, every 20 ms. */
  tick(nowMs: number): void {
    for (const { path } of this.#calls.values()) path.tick(nowMs);
  }

  /**
   * Take no new calls and wait for the running ones, for those in their setup, and until Twilio has
   * asked how the ended ones go on. Calls left after `timeoutMs` are told to end.
   */
  async drain(timeoutMs: number, goodbyeMs: number): Promise<DrainReport> {
    const { logger, endingAskMs } = this.#options;
    this.#draining = true;
    logger.info(this.unfinished, 'draining');
    if (await this.#nothingLeft.within(timeoutMs)) return { toldToEnd: 0, unasked: 0 };
    const toldToEnd = this.#calls.size;
    logger.warn(this.unfinished, 'the time to drain is over: calls are told to end');
    for (const { actor } of this.#calls.values()) actor?.send({ type: 'call.drain' });
    await this.#noCalls.within(goodbyeMs);
    this.endAll();
    await this.#nothingLeft.within(endingAskMs);
    const { unasked } = this.unfinished;
    if (unasked > 0) logger.warn({ unasked }, 'Twilio did not ask how these calls go on');
    return { toldToEnd, unasked };
  }

  /** End what is left at once. */
  endAll(): void {
    this.#draining = true;
    this.#reservations.clear();
    for (const { path } of this.#calls.values()) path.hangUp('drained');
  }

  /** True: the call waits for its next stream, and its actors with it. */
  #lose(callSid: string): boolean {
    const running = this.#calls.get(callSid);
    const { resumeWindowMs, logger } = this.#options;
    if (!running || resumeWindowMs === 0) return false;
    running.clock.pause();
    this.#lost.set(callSid, true, resumeWindowMs);
    logger.warn({ callSid, resumeWindowMs }, 'line lost: the call waits for its next stream');
    return true;
  }

  #goOn(
    callSid: string,
    running: RunningCall,
    sender: StreamSender,
  ): StreamSink | { readonly refuse: ErrorCode } {
    running.link.giveUp();
    // Without a window the call has just ended.
    if (this.#calls.get(callSid) !== running || this.#endings.has(callSid)) {
      return { refuse: 'STREAM_CALL_ENDED' };
    }
    this.#lost.delete(callSid);
    this.resumedCalls += 1;
    running.link = new StreamLink(running.path);
    running.path.attach(sender);
    running.clock.resume();
    running.actor?.send({ type: 'line.resumed' });
    this.#options.logger.info({ callSid }, 'line resumed');
    return running.link;
  }

  #run(call: CallInfo, path: MediaPath): StreamLink {
    const { callSid } = call;
    const { machine, providers, store, settings, logger } = this.#options;
    const log = store.open(call);
    const fault = this.#faultOf(call);
    const sessions = new OpenSessions((thrown) => fault(thrown, 'an engine did not close'));
    const inspect = this.#inspector(fault);
    const clock = new PausableClock();
    const link = new StreamLink(path);
    const running: RunningCall = { path, log, sessions, fault, clock, link, actor: undefined };
    this.#calls.set(callSid, running);
    logger.info({ callSid }, 'call started');
    try {
      const actor = createActor(machine, {
        input: {
          call,
          line: path,
          ...ownedEngines(providers, sessions),
          log,
          clock: { nowMs: () => performance.now() },
          settings,
          onFailure: (failure) => this.#logFailure(call, failure),
        },
        clock,
        inspect,
      });
      running.actor = actor;
      actor.subscribe({
        complete: () => {
          const { output } = actor.getSnapshot();
          if (output?.error) this.failedCalls += 1;
          logger.info({ callSid, reason: output?.reason, code: output?.error?.code }, 'call ended');
          path.hangUp(output?.reason ?? 'failed');
        },
        error: (thrown) => this.#fail(running, thrown),
      });
      actor.start();
    } catch (thrown) {
      this.#fail(running, thrown);
    }
    if (this.#calls.get(callSid) !== running) return link;
    // A machine of somebody else's may know no limit.
    running.limit = setTimeout(
      () => path.hangUp('time-limit'),
      settings.maxCallMs + LIMIT_GRACE_MS,
    );
    running.limit.unref();
    return link;
  }

  /** The backstop for what a machine must not do: throw. Twilio says the apology. */
  #fail({ actor, path, log, fault }: RunningCall, thrown: unknown): void {
    this.failedCalls += 1;
    fault(thrown, 'call actor failed');
    log.end('failed', toRingmasterError(thrown, 'PROVIDER_FAILED').code);
    if (actor) stopOrphans(actor, (thrown) => fault(thrown, 'a child did not stop'));
    contained(
      () => actor?.stop(),
      (thrown) => fault(thrown, 'call actor did not stop'),
    );
    path.hangUp('failed');
  }

  /** Logs what somebody's code threw, without what is known of the caller. */
  #faultOf(call: CallInfo): RunningCall['fault'] {
    const { callSid } = call;
    const words = privateWords(call);
    return (thrown, message) => {
      const { code } = toRingmasterError(thrown, 'PROVIDER_FAILED');
      this.#options.logger.error({ callSid, code, error: errorDetails(thrown, words) }, message);
    };
  }

  /** Which child failed, of which engine and why; never the caller's words. */
  #logFailure(call: CallInfo, failure: FailureReport): void {
    const { error, words, goesOn, ...facts } = failure;
    const known = [...privateWords(call), ...words];
    const fields = { callSid: call.callSid, ...facts, error: errorDetails(error, known) };
    this.#options.logger.warn(fields, goesOn ? 'a child failed' : 'a child is given up');
  }

  /** A throwing inspector would wedge its actor for good. */
  #inspector(fault: RunningCall['fault']): (event: InspectionEvent) => void {
    const { inspect } = this.#options;
    const watch = orphanWatch((thrown) => fault(thrown, 'a child did not stop'));
    if (!inspect) return watch;
    return (event) => {
      watch(event);
      contained(() => inspect(event), this.#inspectorThrew);
    };
  }

  readonly #inspectorThrew = (thrown: unknown): void => {
    this.#inspectorFaults += 1;
    // It sees every event: the first throw says what there is to say, then one of each thousand.
    if (this.#inspectorFaults % 1000 !== 1) return;
    const fields = { faults: this.#inspectorFaults, error: errorDetails(thrown) };
    this.#options.logger.warn(fields, 'the inspector threw');
  };

  #free(callSid: string, reason: CallEndReason): void {
    const running = this.#calls.get(callSid);
    this.#calls.delete(callSid);
    this.#lost.delete(callSid);
    this.#noCalls.check();
    this.#nothingLeft.check();
    if (!running) return;
    const { actor, log, sessions, fault } = running;
    clearTimeout(running.limit);
    const isActive = (): boolean => actor?.getSnapshot().status === 'active';
    contained(
      // Told again, since its transport child may just be in backoff.
      () => isActive() && actor?.send({ type: 'call.stopped', reason }),
      (thrown) => fault(thrown, 'call actor did not hear of the end'),
    );
    // Not now: this may run inside one of its transitions.
    setImmediate(() => {
      contained(
        // A replaced machine may not end by itself.
        () => isActive() && actor?.stop(),
        (thrown) => fault(thrown, 'call actor did not stop'),
      );
      sessions.close();
      log.end(reason);
    });
  }
}
