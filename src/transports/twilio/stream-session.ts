// The life of one Twilio media stream socket, from upgrade to close. Media plane.

import type { CallInfo, CallSid } from '../../actors/ports.js';
import { FRAME_MS, LINE_RATE_HZ } from '../../dsp/frame.js';
import type { ErrorCode } from '../../errors.js';
import {
  CLOSE_IDLE,
  CLOSE_TOO_LARGE,
  type MediaSocket,
  type SocketHandler,
} from '../server-contract.js';
import { GapRepair, MAX_GAP_MS } from './gap-repair.js';
import { closeCodeOf, CLOSE_NORMAL } from './close-codes.js';
import { base64Bytes, InboundParser } from './media-stream-codec.js';
import type { InboundMessage, MediaMessage, StartMessage } from './media-stream-messages.js';
import type { StreamCounts } from './stream-counts.js';
import { callOf, isTelephoneAudio } from './stream-start.js';
import { SocketSender } from './socket-sender.js';
import type { StreamEnd, StreamSender, StreamSink } from './stream-sink.js';

/** Time as a session needs it; tests drive it. */
export interface SessionClock {
  /** Monotonic. */
  nowMs(): number;
  /** @returns what cancels it; idempotent */
  after(delayMs: number, callback: () => void): () => void;
}

export interface SessionLimits {
  /** From upgrade to an accepted `start`. */
  readonly startTimeoutMs: number;
  /** So many malformed messages at once end a started stream; 20 good ones make up for one. */
  readonly maxMalformed: number;
}

/** What a session asks of the endpoint that it belongs to. */
export interface SessionOwner {
  readonly clock: SessionClock;
  readonly limits: SessionLimits;
  readonly counts: StreamCounts;
  /** Checks the token and that the call has no other stream, then asks the media path. */
  admit(
    session: StreamSession,
    call: CallInfo,
    token: string | undefined,
    sender: StreamSender,
  ): StreamSink | { readonly refuse: ErrorCode };
  /** Once, when the session is over, whether it was started or not. */
  released(session: StreamSession): void;
  /** This node ended a stream, or did not let it begin. */
  refused(code: ErrorCode): void;
}

const GOOD_FOR_ONE_MALFORMED = 20;
const BYTES_PER_MS = LINE_RATE_HZ / 1000;

/**
 * Before `start` the peer is a stranger: anything out of order ends the socket. After it the peer is
 * Twilio and a call hangs on it: what makes no sense is counted and skipped, until it is too much.
 */
export class StreamSession implements SocketHandler {
  readonly #socket: MediaSocket;
  readonly #owner: SessionOwner;
  readonly #parser = new InboundParser();
  readonly #repair: GapRepair;
  readonly #cancelStartTimeout: () => void;
  #call: CallInfo | undefined;
  #sink: StreamSink | undefined;
  #end: StreamEnd | undefined;
  #finished = false;
  #lastReceivedMs: number;
  #malformedScore = 0;

  constructor(socket: MediaSocket, owner: SessionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#repair = new GapRepair(owner.counts.gaps);
    this.#lastReceivedMs = owner.clock.nowMs();
    this.#cancelStartTimeout = owner.clock.after(owner.limits.startTimeoutMs, () => {
      this.#refuse('STREAM_START_MISSING');
    });
    owner.counts.opened += 1;
  }

  /** Set once `start` was accepted. */
  get callSid(): CallSid | undefined {
    return this.#call?.callSid;
  }

  /** A newer stream of the same call takes over: the sink is told of the end before this returns. */
  supersede(): void {
    this.#refuse('STREAM_CALL_DUPLICATE');
    this.#finish();
  }

  // ---- SocketHandler

  message(text: string): void {
    if (this.#end !== undefined) return;
    this.#lastReceivedMs = this.#owner.clock.nowMs();
    const message = this.#parser.parse(text);
    if (this.#sink === undefined) this.#beforeStart(message);
    else this.#afterStart(message, this.#sink);
  }

  binary(): void {
    if (this.#end !== undefined) return;
    if (this.#sink === undefined) this.#refuse('STREAM_BINARY');
    else this.#malformed('STREAM_BINARY');
  }

  drain(): void {
    if (this.#end === undefined) this.#sink?.drain();
  }

  close(code: number): void {
    if (this.#end === undefined) {
      this.#end = 'lost';
      if (code === CLOSE_TOO_LARGE) this.#owner.refused('STREAM_MESSAGE_TOO_LARGE');
      if (code === CLOSE_IDLE) this.#owner.refused('STREAM_IDLE');
    }
    this.#finish();
  }

  // ---- before start

  #beforeStart(message: InboundMessage): void {
    switch (message.event) {
      case 'start':
        this.#start(message);
        break;
      case 'connected':
        break;
      case 'unknown':
        this.#owner.counts.ignored += 1;
        break;
      case 'media':
        this.#refuse('STREAM_MEDIA_EARLY');
        break;
      case 'dtmf':
      case 'mark':
      case 'stop':
      case 'invalid':
        this.#refuse('STREAM_MESSAGE_INVALID');
        break;
    }
  }

  #start(message: StartMessage): void {
    if (!isTelephoneAudio(message)) {
      this.#refuse('STREAM_FORMAT_UNSUPPORTED');
      return;
    }
    this.#repair.sequence(message.sequence);
    const { call, token } = callOf(message);
    const sender = new SocketSender(this.#socket, call.streamSid, () => this.#shut('closed'));
    const admitted = this.#owner.admit(this, call, token, sender);
    if ('refuse' in admitted) {
      this.#refuse(admitted.refuse);
      return;
    }
    this.#cancelStartTimeout();
    this.#call = call;
    this.#sink = admitted;
    this.#parser.bind(call.streamSid);
    this.#owner.counts.started += 1;
  }

  // ---- after start

  #afterStart(message: InboundMessage, sink: StreamSink): void {
    const { counts } = this.#owner;
    switch (message.event) {
      case 'media':
        this.#media(message, sink);
        break;
      case 'mark':
        if (this.#isNext(message)) sink.mark(message.name);
        break;
      case 'dtmf':
        if (this.#isNext(message)) sink.dtmf(message.digit);
        break;
      case 'stop':
        if (this.#isNext(message)) this.#shut('stopped');
        break;
      case 'start':
        // The same again changes nothing; another stream on this socket cannot be.
        if (message.streamSid === this.#call?.streamSid) counts.ignored += 1;
        else this.#refuse('STREAM_START_DUPLICATE');
        break;
      case 'connected':
      case 'unknown':
        counts.ignored += 1;
        break;
      case 'invalid':
        this.#malformed(message.code);
        break;
    }
  }

  #media(message: MediaMessage, sink: StreamSink): void {
    if (message.streamSid !== this.#call?.streamSid) {
      this.#malformed('STREAM_MESSAGE_INVALID');
      return;
    }
    if (message.track !== 'inbound') {
      this.#repair.sequence(message.sequence);
      this.#owner.counts.ignored += 1;
      return;
    }
    const { payload, timestampMs } = message;
    const durationMs = base64Bytes(payload) / BYTES_PER_MS;
    const missing = this.#repair.media(message.sequence, timestampMs, durationMs);
    if (missing < 0) return;
    if (missing > 0) sink.gap(missing);
    if (this.#end !== undefined) return;
    if (sink.media(payload, timestampMs, this.#lastReceivedMs)) {
      if (this.#malformedScore > 0) this.#malformedScore -= 1;
      return;
    }
    // The place of audio that could not be decoded stays, as silence.
    const lost = Math.round(Math.min(durationMs, MAX_GAP_MS) / FRAME_MS);
    if (lost > 0 && this.#end === undefined) sink.gap(lost);
    this.#malformed('STREAM_MESSAGE_INVALID');
  }

  /** Of this stream, and not a repeat. */
  #isNext(message: { readonly streamSid: string; readonly sequence: number }): boolean {
    if (message.streamSid === this.#call?.streamSid) return this.#repair.sequence(message.sequence);
    this.#malformed('STREAM_MESSAGE_INVALID');
    return false;
  }

  #malformed(code: ErrorCode): void {
    this.#owner.counts.malformed += 1;
    this.#malformedScore += GOOD_FOR_ONE_MALFORMED;
    if (this.#malformedScore < this.#owner.limits.maxMalformed * GOOD_FOR_ONE_MALFORMED) return;
    this.#refuse(code);
  }

  // ---- the end

  #refuse(code: ErrorCode): void {
    if (this.#end !== undefined) return;
    this.#owner.refused(code);
    this.#end = 'lost';
    this.#cancelStartTimeout();
    this.#socket.end(closeCodeOf(code), code);
  }

  /** The sink is told by the socket's `close`, so never from within one of its own calls. */
  #shut(how: StreamEnd): void {
    if (this.#end !== undefined) return;
    this.#end = how;
    this.#socket.end(CLOSE_NORMAL, '');
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#cancelStartTimeout();
    const { counts } = this.#owner;
    counts.unknownFields += this.#parser.unknownFields;
    this.#owner.released(this);
    if (this.#sink === undefined) return;
    const how = this.#end ?? 'lost';
    counts[how] += 1;
    this.#sink.ended(how);
  }
}
