// Where Twilio's media streams come in: who may, who is refused, and which call each belongs to. Media plane.

import type { CallInfo, CallSid } from '../../actors/ports.js';
import type { ErrorCode } from '../../errors.js';
import { errorText, type Refusal } from '../http-errors.js';
import { PendingConnections } from '../pending-connections.js';
import type { PublicUrl } from '../public-url.js';
import type { MediaServerOptions, MediaSocket, UpgradeRequest } from '../server-contract.js';
import type { TwilioSignature } from './signature.js';
import { countRefusal, emptyStreamCounts, type StreamCounts } from './stream-counts.js';
import { STREAM_PATH } from './stream-parameters.js';
import {
  StreamSession,
  type SessionClock,
  type SessionLimits,
  type SessionOwner,
} from './stream-session.js';
import type { StreamSender, StreamSink } from './stream-sink.js';
import type { TokenVerdict } from './stream-token.js';

export interface StreamEndpointOptions {
  readonly publicUrl: () => PublicUrl;
  readonly signature: TwilioSignature;
  readonly tokens: { redeem(token: string, callSid: CallSid): TokenVerdict };
  /**
   * A stream with a valid token started. Whoever holds a token was let in by the webhook, so a node
   * that drains should take it: the call is in the middle of its setup.
   */
  readonly onStart: (
    call: CallInfo,
    sender: StreamSender,
  ) => StreamSink | { readonly refuse: ErrorCode };
  readonly clock?: SessionClock;
  readonly limits?: Partial<SessionLimits>;
  readonly pending?: PendingConnections;
  /** Whose socket it is where proxies stand between; by default the peer's. */
  readonly clientAddress?: (request: UpgradeRequest) => string;
  /** A socket was not let in, or ended by us. */
  readonly onRefused?: (code: ErrorCode, explain?: Refusal['explain']) => void;
}

export interface StreamEndpoint {
  /** For `MediaServerOptions.upgrade`; refuses every path but the stream's. */
  readonly upgrade: MediaServerOptions['upgrade'];
  /** True for a path that `upgrade` is for. */
  isStreamPath(url: string): boolean;
  readonly counts: Readonly<StreamCounts>;
  /** Sockets now: all of them, and those with a started stream. */
  readonly sessions: { readonly open: number; readonly started: number };
  /** Whether this call has a started stream here. */
  has(callSid: CallSid): boolean;
}

const DEFAULT_LIMITS: SessionLimits = { startTimeoutMs: 5000, maxMalformed: 50 };

const REAL_CLOCK: SessionClock = {
  nowMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

const UPGRADE_STATUS: Partial<Record<ErrorCode, number>> = {
  ROUTE_NOT_FOUND: 404,
  TOO_MANY_CONNECTIONS: 429,
};

export function createStreamEndpoint(options: StreamEndpointOptions): StreamEndpoint {
  return new Endpoint(options);
}

class Endpoint implements StreamEndpoint, SessionOwner {
  readonly clock: SessionClock;
  readonly limits: SessionLimits;
  readonly counts = emptyStreamCounts();
  readonly #options: StreamEndpointOptions;
  readonly #pending: PendingConnections;
  /** Every open socket, with what takes it out of its address's count. */
  readonly #open = new Map<StreamSession, () => void>();
  readonly #started = new Map<CallSid, StreamSession>();

  constructor(options: StreamEndpointOptions) {
    this.#options = options;
    this.clock = options.clock ?? REAL_CLOCK;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#pending = options.pending ?? new PendingConnections();
  }

  get sessions(): { open: number; started: number } {
    return { open: this.#open.size, started: this.#started.size };
  }

  has(callSid: CallSid): boolean {
    return this.#started.has(callSid);
  }

  isStreamPath(url: string): boolean {
    const [path = ''] = this.#options.publicUrl().localPath(url).split('?', 1);
    return path === STREAM_PATH || path === `${STREAM_PATH}/`;
  }

  readonly upgrade = (request: UpgradeRequest): ReturnType<MediaServerOptions['upgrade']> => {
    const problem = this.#upgradeProblem(request);
    if (problem !== undefined) {
      const [path = ''] = request.url.split('?', 1);
      const explain = () => this.#options.signature.explainUpgrade(request, path);
      this.refused(problem, problem === 'SIGNATURE_INVALID' ? explain : undefined);
      const status = UPGRADE_STATUS[problem] ?? 403;
      return { accept: false, status, body: errorText(problem) };
    }
    const client = this.#clientOf(request);
    return { accept: true, open: (socket) => this.#opened(socket, client) };
  };

  #upgradeProblem(request: UpgradeRequest): ErrorCode | undefined {
    if (!this.isStreamPath(request.url)) return 'ROUTE_NOT_FOUND';
    // Twilio strips the query from stream URLs, so none was signed.
    const [path = ''] = request.url.split('?', 1);
    const problem = this.#options.signature.upgrade(request, path);
    if (problem !== undefined) return problem;
    return this.#pending.hasRoom(this.#clientOf(request)) ? undefined : 'TOO_MANY_CONNECTIONS';
  }

  #clientOf(request: UpgradeRequest): string {
    return this.#options.clientAddress?.(request) ?? request.remoteAddress;
  }

  #opened(socket: MediaSocket, client: string): StreamSession {
    const session = new StreamSession(socket, this);
    this.#open.set(session, this.#pending.add(client));
    return session;
  }

  // ---- SessionOwner

  admit(
    session: StreamSession,
    call: CallInfo,
    token: string | undefined,
    sender: StreamSender,
  ): StreamSink | { readonly refuse: ErrorCode } {
    const { tokens, onStart } = this.#options;
    // The token first: a stranger does not learn which calls there are.
    if (token === undefined || tokens.redeem(token, call.callSid) !== 'ok') {
      return { refuse: 'STREAM_TOKEN_INVALID' };
    }
    // Twilio has one stream a call, and a fresh token for it: the one before is dead, whatever TCP thinks.
    this.#started.get(call.callSid)?.supersede();
    const sink = onStart(call, sender);
    if ('refuse' in sink) return sink;
    this.#started.set(call.callSid, session);
    this.#open.get(session)?.();
    return sink;
  }

  refused(code: ErrorCode, explain?: Refusal['explain']): void {
    countRefusal(this.counts, code);
    this.#options.onRefused?.(code, explain);
  }

  released(session: StreamSession): void {
    this.#open.get(session)?.();
    this.#open.delete(session);
    // A call has one started session: one that is superseded is released before the next is known.
    if (session.callSid !== undefined) this.#started.delete(session.callSid);
  }
}
