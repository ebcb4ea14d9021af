// One media stream as Twilio holds it: handshake, messages both ways, play-out, the end. Media plane.

import { FRAME_MS, FRAME_SAMPLES, MULAW_SILENCE } from '../dsp/frame.js';
import { AudioFifo } from './audio-fifo.js';
import type { PhoneNetwork, StreamError, StreamSocket } from './network.js';
import { OutboundPath } from './outbound-path.js';
import type { PhoneClock } from './phone-clock.js';
import type { TellFact } from './phone-events.js';
import { PlayoutBuffer } from './playout-buffer.js';
import { messageCheck, type MessageCheck, type ServerMessage } from './server-message.js';
import type { StreamReport } from './stream-report.js';
import { CONNECTED_MESSAGE, StreamMessages, type StreamIdentity } from './stream-messages.js';

export interface MediaSessionOptions {
  readonly clock: PhoneClock;
  readonly network: PhoneNetwork;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly identity: StreamIdentity;
  readonly connectTimeoutMs: number;
  readonly check: MessageCheck;
  readonly jitterMs: number;
  readonly random: () => number;
  readonly tell: TellFact;
  /** Agent audio was queued; the array is lent until the call returns. */
  readonly onAudio: (mulaw: Uint8Array) => void;
  readonly onCleared: () => void;
}

/** A shorter silence on the wire is an underrun within speech. */
export const SPURT_PAUSE_MS = 200;

export class MediaSession {
  readonly streamSid: string;
  readonly #options: MediaSessionOptions;
  readonly #messages: StreamMessages;
  readonly #check: (text: string) => ServerMessage;
  readonly #audio = new AudioFifo();
  readonly #playout: PlayoutBuffer;
  readonly #socket: StreamSocket;
  readonly #path: OutboundPath;
  readonly #ended: Promise<void>;
  #end: () => void = () => {};
  #state: 'connecting' | 'streaming' | 'stopped' | 'ended' = 'connecting';
  #wasOpened = false;
  #frames = 0;
  #skipFrames = 0;
  #idleFrames = Infinity;
  #messagesReceived = 0;
  #mediaReceived = 0;
  #underruns = 0;
  #violations = 0;
  #maxBufferedBytes = 0;
  #closedBy: 'node' | 'phone' | undefined;
  #closeCode: number | undefined;
  #error: StreamError | undefined;

  constructor(options: MediaSessionOptions) {
    this.#options = options;
    this.streamSid = options.identity.streamSid;
    this.#messages = new StreamMessages(options.identity);
    this.#check = messageCheck(options.check, this.streamSid);
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#playout = new PlayoutBuffer((name) => this.#echo(name));
    this.#socket = options.network.connect(options.url, options.headers, options.connectTimeoutMs, {
      opened: () => this.#opened(),
      text: (message) => this.#received(message),
      binary: () => this.#violated(31950, 'a binary message'),
      refused: (error) => this.#refused(error),
      broken: () => this.#violated(31924, 'the WebSocket protocol itself was broken'),
      closed: (code) => this.#closed(code),
    });
    this.#path = new OutboundPath(options.clock, (text) => this.#socket.send(text), options);
  }

  /** Resolves when the stream has ended, however it did; never rejects. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** For how long no agent audio was queued or on the line; infinite before the first. */
  get idleMs(): number {
    return this.#playout.idle ? this.#idleFrames * FRAME_MS : 0;
  }

  report(): StreamReport {
    return {
      streamSid: this.streamSid,
      opened: this.#wasOpened,
      closedBy: this.#closedBy,
      closeCode: this.#closeCode,
      error: this.#error,
      messagesSent: this.#messages.count,
      mediaSent: this.#messages.chunks,
      messagesReceived: this.#messagesReceived,
      mediaReceived: this.#mediaReceived,
      underruns: this.#underruns,
      violations: this.#violations,
      maxBufferedBytes: this.#maxBufferedBytes,
    };
  }

  /**
   * 20 ms pass: the caller's frame goes out, the agent's next one is played.
   * @param payload base64 of the caller's frame
   * @param agent receives 160 bytes of what is played, silence where nothing is
   * @returns bytes of `agent` that came from the node, 0 to 160
   */
  frame(payload: string, agent: Uint8Array): number {
    if (this.#state !== 'streaming') {
      agent.fill(MULAW_SILENCE);
      return 0;
    }
    this.#frames += 1;
    if (this.#skipFrames > 0) this.#skipFrames -= 1;
    else this.#path.send(this.#messages.media(payload, this.#frames * FRAME_MS));
    const buffered = this.#socket.bufferedBytes;
    if (buffered > this.#maxBufferedBytes) this.#maxBufferedBytes = buffered;
    const bytes = this.#audio.read(agent, this.#playout.tick());
    this.#idleFrames = bytes > 0 ? 0 : this.#idleFrames + 1;
    agent.fill(MULAW_SILENCE, bytes, FRAME_SAMPLES);
    return bytes;
  }

  dtmf(digit: string): void {
    if (this.#state !== 'streaming') return;
    this.#path.send(this.#messages.dtmf(digit));
    this.#options.tell({ type: 'dtmf.sent' });
  }

  /** Lose packets for `ms`: they are never sent, and timestamps move on. */
  gap(ms: number): void {
    this.#skipFrames += Math.round(ms / FRAME_MS);
  }

  /** Hold everything back for `ms`, then send it at once. */
  stall(ms: number): void {
    this.#path.stall(ms);
  }

  /** The call ended: `stop`, then the closing handshake. Idempotent. */
  stop(): void {
    if (this.#state === 'connecting') {
      this.drop();
      return;
    }
    if (this.#state !== 'streaming') return;
    this.#path.send(this.#messages.stop());
    this.#path.flush();
    this.#state = 'stopped';
    this.#socket.close();
  }

  /** The connection breaks without a word. Idempotent. */
  drop(): void {
    if (this.#state === 'ended') return;
    this.#state = 'stopped';
    this.#path.discard();
    this.#socket.destroy();
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'streaming';
    this.#wasOpened = true;
    this.#path.send(CONNECTED_MESSAGE);
    this.#path.send(this.#messages.start());
    this.#options.tell({ type: 'stream.started', streamSid: this.streamSid });
  }

  #received(text: string): void {
    if (this.#state !== 'streaming') return;
    this.#messagesReceived += 1;
    const message = this.#check(text);
    switch (message.event) {
      case 'media':
        this.#media(message.payload);
        break;
      case 'mark':
        this.#options.tell({ type: 'mark.received', name: message.name });
        this.#playout.mark(message.name);
        break;
      case 'clear':
        this.#clear();
        break;
      case 'invalid':
        this.#violated(31951, message.reason);
        break;
    }
  }

  #media(payload: string): void {
    const mulaw = Buffer.from(payload, 'base64');
    this.#mediaReceived += 1;
    const { idleMs } = this;
    if (idleMs > 0 && idleMs < SPURT_PAUSE_MS) this.#underruns += 1;
    this.#options.onAudio(mulaw);
    this.#audio.push(mulaw);
    this.#playout.push(mulaw.length);
  }

  #clear(): void {
    const droppedMs = (this.#playout.queued * FRAME_MS) / FRAME_SAMPLES;
    this.#audio.clear();
    this.#options.tell({ type: 'agent.cleared', droppedMs, marks: this.#playout.pendingMarks });
    this.#options.onCleared();
    this.#playout.clear();
    // What comes now begins something new, however soon it comes.
    this.#idleFrames = Infinity;
  }

  #echo(name: string): void {
    if (this.#state !== 'streaming') return;
    this.#path.send(this.#messages.mark(name));
    this.#options.tell({ type: 'mark.echoed', name });
  }

  #violated(code: 31950 | 31951 | 31924, reason: string): void {
    this.#violations += 1;
    this.#options.tell({ type: 'protocol.violated', code, reason });
  }

  #refused(error: StreamError): void {
    if (this.#state === 'connecting') {
      this.#error = error;
      this.#options.tell({ type: 'stream.failed', error });
    }
    this.#state = 'ended';
    this.#end();
  }

  #closed(code: number): void {
    this.#closedBy = this.#state === 'stopped' ? 'phone' : 'node';
    this.#closeCode = code;
    this.#state = 'ended';
    this.#path.discard();
    const { streamSid } = this;
    this.#options.tell({ type: 'stream.closed', streamSid, by: this.#closedBy, closeCode: code });
    this.#end();
  }
}
