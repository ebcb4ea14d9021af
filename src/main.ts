// Composition root of the media node: the only module that sees every room. Control plane.

import type { InspectionEvent } from 'xstate';
import { callMachine, type CallSettings } from './actors/call.js';
import { spokenWords } from './actors/languages/index.js';
import type { CallStore } from './actors/ports.js';
import { DEFAULT_RESTART_POLICY } from './actors/supervision.js';
import { ApologyKeeper } from './apology.js';
import type { CallEnding } from './call-endings.js';
import { CallHost, type DrainReport, type Unfinished } from './call-host.js';
import { Closers } from './closers.js';
import { DEFAULT_TIMEOUTS, type Config } from './config.js';
import { defaultShards } from './dsp/engine-choice.js';
import { createDspPool, type DspCounters, type DspPool } from './dsp/pool.js';
import { TurnModel, type TurnModelCounters } from './dsp/turn-model/turn-model.js';
import { errorDetails } from './error-details.js';
import { toRingmasterError, type ErrorCode } from './errors.js';
import { missingWords } from './language-support.js';
import { LoadMeter, type NodeLoad } from './load-meter.js';
import { droppedLogLines } from './log-output.js';
import { containedLogger, createLogger, type Logger } from './log.js';
import {
  chooseProviders,
  type Choice,
  type EngineReports,
  type Providers,
} from './provider-choice.js';
import { GuardedCallStore } from './stores/guarded-call-store.js';
import { RefusalLog, type Explain } from './refusal-log.js';
import { createMemoryCallStore } from './stores/memory-call-store.js';
import type { StoreCounts } from './stores/store-health.js';
import type { PlaybackCounts } from './transports/agent-audio.js';
import type { Caller } from './transports/caller.js';
import { createClientAddress } from './transports/client-address.js';
import { createRoutes } from './transports/http-routes.js';
import { DEFAULT_PENDING_LIMITS, PendingConnections } from './transports/pending-connections.js';
import { createPublicUrl, listeningUrl } from './transports/public-url.js';
import { isLocalCaller } from './transports/remote-address.js';
import { chooseServer } from './transports/server-choice.js';
import { createTwilioSignature } from './transports/twilio/signature.js';
import { ResumeTickets } from './transports/twilio/resume-url.js';
import { createStreamEndpoint } from './transports/twilio/stream-endpoint.js';
import { StreamTokens } from './transports/twilio/stream-token.js';
import type { NextStep } from './transports/twilio/voice-routes.js';
import { turnSettings } from './turn-settings.js';
import { WarmUps, type WarmUpEngine } from './warm-ups.js';

export interface NodeOptions {
  readonly config: Config;
  /** The call machine, or one with children replaced through `provide`. */
  readonly machine?: typeof callMachine;
  /** Engines of your own; the config chooses the others. */
  readonly providers?: Partial<Providers>;
  readonly store?: CallStore;
  /** An audio pool that the caller made, and closes. */
  readonly pool?: DspPool;
  /**
   * Refuse new calls while the measured load is too high. Default true; for a process that does other
   * work on the same event loop, whose load says nothing of calls.
   */
  readonly refusesByLoad?: boolean;
  readonly logger?: Logger;
  /** Sees every event of every actor. */
  readonly inspect?: (event: InspectionEvent) => void;
}

export interface NodeStats {
  readonly calls: number;
  readonly totalCalls: number;
  readonly failedCalls: number;
  /** Streams that took over from lost ones. */
  readonly resumedCalls: number;
  /** Calls, calls in their setup, and ended calls that Twilio has still to ask about. */
  readonly unfinished: Unfinished;
  readonly sockets: number;
  /** Requests and streams that were refused since the start, by code. */
  readonly refusals: Partial<Record<ErrorCode, number>>;
  /** Audio slots in use. */
  readonly openSlots: number;
  readonly workerRestarts: number;
  /** How much the node has to do; what it does without is in `frames`. */
  readonly load: NodeLoad;
  /** Agent audio, of all calls since the start. */
  readonly playback: Readonly<PlaybackCounts>;
  /** Engines whose warm-up has not succeeded yet; they are tried again, and calls ask them anyhow. */
  readonly notReady: readonly {
    readonly role: string;
    readonly name: string;
    readonly code: ErrorCode;
  }[];
  /** Lines that standard output did not take: a full disk, a reader that is gone or asleep. */
  readonly droppedLogLines: number;
  /** How the store of call records does. */
  readonly store: StoreCounts;
  /** The engines of each role: whether they are asked just now, and how often they failed. */
  readonly engines: EngineReports;
  /** Questions to the turn model, where there is one. */
  readonly turnModel?: TurnModelCounters;
  readonly frames: Omit<DspCounters, 'workerRestarts'> & {
    readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  };
}

export interface MediaNode {
  /** `http://host:port` as bound. */
  readonly url: string;
  readonly implementation: string;
  readonly serverReason: string;
  readonly choices: readonly Choice[];
  /** Audio engine, and why. */
  readonly engine: Pick<DspPool, 'engine' | 'engineReason' | 'shards'>;
  /** Call records; a read rejects with STORE_FAILED or STORE_TIMEOUT where the store does not answer. */
  readonly store: Pick<CallStore, 'get' | 'list'>;
  stats(): NodeStats;
  /**
   * No new calls; those that run or are in their setup may end, at most for `timeoutMs`, then are told
   * to. Resolves once Twilio has asked how the last one goes on, or the time for that is over.
   */
  drain(timeoutMs: number): Promise<DrainReport>;
  /** End everything. Idempotent. */
  close(): Promise<void>;
}

function callSettings(config: Config, { stt }: Providers): CallSettings {
  const { turn, providers } = config;
  return {
    turn: turnSettings(config, stt.capabilities.interims),
    agentTimeoutMs: providers.agentTimeoutMs ?? DEFAULT_TIMEOUTS.agentMs,
    sttTimeoutMs: providers.sttTimeoutMs ?? DEFAULT_TIMEOUTS.sttMs,
    ttsTimeoutMs: providers.ttsTimeoutMs ?? DEFAULT_TIMEOUTS.ttsMs,
    maxCallMs: turn.maxCallMs,
    restart: DEFAULT_RESTART_POLICY,
  };
}

/** Shown to callers over the node's life: what is not in order right now. */
type Phase = 'starting' | 'ready' | 'closing';

/**
 * Half a frame: a frame waits 5 ms in the mean before a worker takes it, and the work of a full node comes in
 * halves that leave the main thread's turn between them. Calls keep their phase, so that octets stay full.
 */
const POOL_TICK_MS = 10;
/** Longest goodbye of a call that is told to end. */
const GOODBYE_MS = 12_000;
/** What an HTTP body may hold: Twilio's webhooks have a few kilobytes. */
const MAX_BODY_BYTES = 65_536;
/** All bodies that are being read: some 2,000 webhooks at once, or 64 that are as long as can be. */
const MAX_BODIES_BYTES = 4_194_304;
/** Beside a stream and a webhook of each call: status callbacks, health checks, whoever reads `/calls`. */
const SPARE_CONNECTIONS = 256;
/** A call lasts longer than its limit by its goodbye and its losses. */
const TICKET_SPARE_MS = 600_000;
/** One more answer in turn would come too late. */
const TURN_QUESTIONS_WAITING = 8;
/** Before an engine that is not ready is tried again; doubles up to a minute. */
const WARM_UP_BACKOFF_MS = 2000;
/** How long a node that closes waits for its store. */
const STORE_FLUSH_MS = 3000;
/** Half a second of agent audio a call, were it all unsent. */
const SEND_HIGH_WATER_BYTES = 16_384;
/** A peer that reads nothing for so much is gone. */
const SEND_LIMIT_BYTES = 1_048_576;

/**
 * Start a media node: listen at once (so that a port in use is told before models are loaded), load,
 * then take calls.
 * @throws {RingmasterError} PORT_IN_USE, CONFIG_INVALID, INTENTS_INVALID, DSP_MODEL_MISSING,
 * DSP_MODEL_NOT_FOUND and DSP_MODEL_INVALID of the turn model
 */
export async function startNode(options: NodeOptions): Promise<MediaNode> {
  const logger = containedLogger(options.logger ?? createLogger(options.config.log.level));
  const closers = new Closers((step, thrown) => {
    const { code } = toRingmasterError(thrown, 'INTERNAL_ERROR');
    logger.error({ code, step, error: errorDetails(thrown) }, 'a part of the node did not close');
  });
  try {
    return await start(options, closers, logger);
  } catch (thrown) {
    await closers.close();
    throw thrown;
  }
}

async function start(options: NodeOptions, closers: Closers, logger: Logger): Promise<MediaNode> {
  const { config } = options;
  const { server: settings, twilio } = config;
  const fault = (thrown: unknown): void => {
    const { code } = toRingmasterError(thrown, 'INTERNAL_ERROR');
    logger.error({ code, error: errorDetails(thrown) }, 'a defect');
  };
  const { providers, choices, engines } = chooseProviders(
    config,
    options.providers ?? {},
    (role, engine, { code, status, message }) => {
      logger.warn(
        { role, engine, code, status, cause: message },
        'an engine failed: the next is asked',
      );
    },
  );
  const missing = missingWords(config);
  if (missing) logger.warn(missing);
  for (const [role, provider] of Object.entries(providers)) {
    closers.add(role, () => provider.close());
  }
  const store = guardStore(options.store ?? createMemoryCallStore(), config, logger);
  closers.add('store', () => store.close(STORE_FLUSH_MS));
  let phase: Phase = 'starting';
  let host: CallHost | undefined;
  let meter: LoadMeter | undefined;
  let warmUps: WarmUps | undefined;
  let publicUrl = createPublicUrl(settings.publicUrl ?? 'http://127.0.0.1');

  const refusal = (): ErrorCode | undefined => {
    if (phase === 'starting') return 'NODE_STARTING';
    return phase === 'closing' ? 'NODE_DRAINING' : host?.refusal;
  };
  const refusals = new RefusalLog(logger);
  closers.add('refusals', () => refusals.close());
  const refused = (code: ErrorCode, explain?: Explain): void => refusals.note(code, explain);
  const tokens = new StreamTokens(
    twilio.streamTokenSecret === undefined ? {} : { secret: twilio.streamTokenSecret },
  );
  const authTokens = [twilio.authToken, twilio.previousAuthToken].filter(
    (token) => token !== undefined,
  );
  // With a public URL strangers come through a proxy or tunnel on this machine: nobody is local then.
  const isLocal = (caller: Caller): boolean =>
    settings.publicUrl === undefined && settings.trustLoopback === 'on' && isLocalCaller(caller);
  const tickets = new ResumeTickets({
    secrets: [twilio.streamTokenSecret, ...authTokens].filter((secret) => secret !== undefined),
    lifeMs: config.turn.maxCallMs + TICKET_SPARE_MS,
  });
  const signature = createTwilioSignature({ authTokens, publicUrl: () => publicUrl, isLocal });
  const { twilio: language, ...texts } = spokenWords(config.turn.language);
  const routes = createRoutes({
    texts: { language, ...texts },
    publicUrl: () => publicUrl,
    signature,
    tokens,
    tickets,
    admit: (callSid) => (host ? host.admit(callSid) : refusal()),
    refusal,
    onRefused: (code) => {
      if (code === 'NODE_OVERLOADED' && meter) meter.refusedCalls += 1;
    },
    nextFor: (callSid) => nextStep(host?.nextOf(callSid)),
    abandon: (callSid) => host?.abandon(callSid),
    onTerminalStatus: (callSid) => host?.terminated(callSid),
    fault,
    maxResumeAttempts: twilio.resumeLimit,
    ...(twilio.sipDomain !== undefined && { sipDomain: twilio.sipDomain }),
    calls: store,
    isLocal,
    refused,
    notReady: () => [refusal()].filter((code) => code !== undefined),
    degraded: () => [
      ...(warmUps?.codes ?? []),
      ...(store.counts.degraded ? (['STORE_FAILED'] as const) : []),
    ],
    ...(settings.apiToken !== undefined && { bearerToken: settings.apiToken }),
  });
  const endpoint = createStreamEndpoint({
    publicUrl: () => publicUrl,
    signature,
    tokens,
    onStart: (call, sender) => host?.start(call, sender) ?? { refuse: 'NODE_STARTING' },
    limits: { startTimeoutMs: settings.startTimeoutMs },
    pending: new PendingConnections({
      ...DEFAULT_PENDING_LIMITS,
      perAddress: settings.pendingPerAddress ?? settings.maxCalls,
    }),
    clientAddress: createClientAddress(settings.trustedProxies ?? []),
    onRefused: refused,
  });

  const choice = await chooseServer(settings.implementation);
  const server = await choice.listen({
    host: settings.host,
    port: settings.port,
    maxMessageBytes: settings.maxMessageBytes,
    idleTimeoutMs: settings.idleTimeoutMs,
    maxRequestBodyBytes: MAX_BODY_BYTES,
    maxBufferedBodyBytes: MAX_BODIES_BYTES,
    maxConnections: settings.maxConnections ?? settings.maxCalls * 2 + SPARE_CONNECTIONS,
    requestTimeoutMs: settings.requestTimeoutMs,
    readsBody: routes.readsBody,
    refused: (code, hint) => refused(code, hint === undefined ? undefined : () => ({ hint })),
    descriptorsExhausted: (exhausted) => {
      if (exhausted) refused('DESCRIPTORS_EXHAUSTED');
      else logger.info('file descriptors are free again');
    },
    sendHighWaterBytes: SEND_HIGH_WATER_BYTES,
    sendLimitBytes: SEND_LIMIT_BYTES,
    fetch: (request, peer) => routes.fetch(request, peer),
    upgrade: endpoint.upgrade,
    fault,
  });
  closers.add('server', () => server.close());
  if (settings.publicUrl === undefined) publicUrl = listeningUrl(settings.host, server.port);

  const pool = options.pool ?? (await makePool(config, logger));
  if (!options.pool) closers.add('audio pool', () => pool.close());
  const turnModel = makeTurnModel(config, logger);
  if (turnModel) closers.add('turn model', () => turnModel.close());
  const apology = new ApologyKeeper({
    tts: providers.tts,
    logger,
    language: config.turn.language,
  });
  warmUps = new WarmUps({
    timeoutMs: config.providers.warmUpTimeoutMs,
    backoffMs: WARM_UP_BACKOFF_MS,
    onCold: ({ role, name, error }, retryInMs) => {
      const { code, status } = error;
      const fields = { code, role, engine: name, status, retryInMs, error: errorDetails(error) };
      logger.error(fields, 'an engine is not ready: calls are taken and it is tried again');
    },
    onWarm: ({ role, name }) => {
      logger.info({ role, engine: name }, 'an engine that was not ready is ready');
      if (role === 'text to speech') void apology.prepare();
    },
  });
  closers.add('warm-up', () => warmUps.close());
  await warmUps.start(enginesOf(providers, turnModel));
  // A voice that is not ready would only keep the node from listening.
  const preparing = apology.prepare();
  if (warmUps.cold.every(({ role }) => role !== 'text to speech')) await preparing;

  const load = new LoadMeter(pool);
  meter = load;
  const calls = new CallHost({
    machine: options.machine ?? callMachine,
    pool,
    providers,
    store,
    settings: callSettings(config, providers),
    vad: {
      onsetMs: config.turn.vadOnsetMs,
      hangoverMs: config.turn.vadHangoverMs,
      echoGuard: config.vad.echoGuard === 'on',
    },
    turnModel: turnModel && { model: turnModel, windowMs: config.turn.modelWindowMs },
    maxCalls: settings.maxCalls,
    resumeWindowMs: twilio.resumeWindowMs,
    reservationMs: twilio.reservationMs,
    endingAskMs: twilio.endingAskMs,
    isOverloaded: () => options.refusesByLoad !== false && load.isOverloaded,
    apology: (reason) => apology.get(reason),
    logger,
    ...(options.inspect && { inspect: options.inspect }),
  });
  host = calls;
  // One timer for all calls: the pool takes what arrived, and every other time the pacers send what is due.
  let isFrameOver = false;
  const timer = setInterval(() => {
    pool.tick();
    isFrameOver = !isFrameOver;
    if (!isFrameOver) return;
    const nowMs = performance.now();
    calls.tick(nowMs);
    load.tick(nowMs);
  }, POOL_TICK_MS);
  closers.add('timer', () => clearInterval(timer));
  closers.add('calls', () => calls.endAll());
  phase = 'ready';

  return {
    url: listeningUrl(settings.host, server.port).base,
    implementation: server.implementation,
    serverReason: choice.reason,
    choices,
    engine: pool,
    store,
    stats: () => {
      const { workerRestarts, ...frames } = pool.counters();
      return {
        calls: calls.size,
        totalCalls: calls.totalCalls,
        failedCalls: calls.failedCalls,
        resumedCalls: calls.resumedCalls,
        unfinished: calls.unfinished,
        sockets: server.sockets,
        refusals: refusals.counts,
        workerRestarts,
        openSlots: pool.openSlots,
        playback: { ...calls.playback },
        notReady: warmUps.cold.map(({ role, name, error: { code } }) => ({ role, name, code })),
        droppedLogLines: droppedLogLines(),
        store: store.counts,
        load: load.report(),
        engines: engines(),
        ...(turnModel && { turnModel: turnModel.counters }),
        frames: { ...frames, latencyMs: pool.latencyPercentiles() },
      };
    },
    drain: async (timeoutMs) => {
      phase = 'closing';
      return calls.drain(timeoutMs, GOODBYE_MS);
    },
    close: () => {
      phase = 'closing';
      return closers.close();
    },
  };
}

function enginesOf(providers: Providers, turnModel: TurnModel | undefined): WarmUpEngine[] {
  const { stt, agent, tts } = providers;
  const engine = (role: string, of: { name: string; warmUp(): Promise<void> }): WarmUpEngine => ({
    role,
    name: of.name,
    warmUp: () => of.warmUp(),
  });
  return [
    engine('speech to text', stt),
    engine('agent', agent),
    engine('text to speech', tts),
    ...(turnModel ? [{ role: 'turn', name: 'turn model', warmUp: () => turnModel.warmUp() }] : []),
  ];
}

function makePool({ dsp, server }: Config, logger: Logger): Promise<DspPool> {
  const shards = Math.min(dsp.shards ?? defaultShards(dsp.engine), server.maxCalls);
  return createDspPool({
    shards,
    callsPerShard: Math.ceil(server.maxCalls / shards),
    denoise: dsp.denoise,
    vad: 'silero',
    engine: dsp.engine,
    onWorkerLost: ({ code }) => logger.error({ code }, 'an audio worker was replaced'),
  });
}

function guardStore(store: CallStore, config: Config, logger: Logger): GuardedCallStore {
  return new GuardedCallStore({
    store,
    timeoutMs: config.store.timeoutMs,
    maxQueued: config.store.maxQueued,
    onFault: ({ operation, callSid, thrown, words }) => {
      const error = errorDetails(thrown, words);
      logger.error({ code: thrown.code, operation, callSid, error }, 'the call store fails');
    },
    onRecovered: () => logger.info('the call store works again'),
  });
}

function makeTurnModel({ turn }: Config, logger: Logger): TurnModel | undefined {
  if (turn.model === undefined) return undefined;
  return new TurnModel({
    modelPath: turn.model,
    output: turn.modelOutput,
    windowMs: turn.modelWindowMs,
    timeoutMs: turn.modelTimeoutMs,
    maxQueue: TURN_QUESTIONS_WAITING,
    onFault: ({ code }) => logger.error({ code }, 'the turn model fails'),
  });
}

/** What `/twilio/voice/resume` answers for a call whose stream is over. */
function nextStep(ending: CallEnding | 'resume' | undefined): NextStep {
  if (!ending) return undefined;
  if (ending === 'resume') return { type: 'resume' };
  if (ending.next) return ending.next;
  switch (ending.reason) {
    // The call has ended: a new one would greet the caller anew and know nothing.
    case 'line-lost':
      return { type: 'failed' };
    // What the call has heard of it comes with `next`: then there is nothing left to say.
    case 'failed':
    case 'drained':
    case 'time-limit':
      return { type: 'failed', reason: ending.reason };
    case 'caller-hangup':
    case 'agent-hangup':
    case 'transferred':
    case 'idle':
      return { type: 'hangup' };
  }
}
