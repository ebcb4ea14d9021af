// What a started Twilio media stream tells the call's media path. Media plane.

export type StreamEnd = 'stopped' | 'closed' | 'lost';

/** Implemented by the media path; called synchronously from the socket, must not throw. */
export interface StreamSink {
  /**
   * @param payload base64 of mu-law bytes, not yet decoded; false is returned where it is not base64
   * @param timestampMs presentation time since the stream's start, as Twilio says
   * @param arrivedAtMs `performance.now()` at the socket
   */
  media(payload: string, timestampMs: number, arrivedAtMs: number): boolean;
  /** So many frames of 20 ms are missing before the next `media`: play silence for them. */
  gap(frames: number): void;
  mark(name: string): void;
  dtmf(digit: string): void;
  /** The send buffer has room again. */
  drain(): void;
  /**
   * Exactly once, last: `stopped` after Twilio's `stop`, `closed` after the sender's own `close`,
   * `lost` when the socket just closed or the peer broke the protocol.
   */
  ended(how: StreamEnd): void;
}

/** What a started stream can send. Each returns what the socket said. */
export interface StreamSender {
  /** One `media` message of base64 mu-law. */
  media(payloadBase64: string): 'sent' | 'backpressure' | 'dropped';
  mark(name: string): 'sent' | 'backpressure' | 'dropped';
  clear(): 'sent' | 'backpressure' | 'dropped';
  bufferedBytes(): number;
  /** Close the socket: Twilio goes on with the TwiML after `<Connect>`. Idempotent. */
  close(): void;
}
