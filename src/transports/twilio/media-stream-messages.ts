// Twilio Media Streams messages as the node sees them once parsed. Media plane.

import type { CallSid, StreamSid } from '../../actors/ports.js';

export interface ConnectedMessage {
  readonly event: 'connected';
  readonly protocol: string;
  readonly version: string;
}

export interface MediaFormat {
  readonly encoding: string;
  readonly sampleRateHz: number;
  readonly channels: number;
}

export interface StartMessage {
  readonly event: 'start';
  readonly sequence: number;
  readonly streamSid: StreamSid;
  readonly callSid: CallSid;
  readonly tracks: readonly string[];
  readonly mediaFormat: MediaFormat;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Borrowed: one object per parser, overwritten by the next `parse`. */
export interface MediaMessage {
  readonly event: 'media';
  readonly sequence: number;
  readonly streamSid: string;
  /** `inbound` is the caller. */
  readonly track: string;
  /** Presentation time since the stream's start. */
  readonly timestampMs: number;
  /** Base64, not yet looked at. */
  readonly payload: string;
}

export interface DtmfMessage {
  readonly event: 'dtmf';
  readonly sequence: number;
  readonly streamSid: string;
  readonly digit: string;
}

export interface MarkMessage {
  readonly event: 'mark';
  readonly sequence: number;
  readonly streamSid: string;
  readonly name: string;
}

export interface StopMessage {
  readonly event: 'stop';
  readonly sequence: number;
  readonly streamSid: string;
}

/** An event that Twilio may have added since; not an error. */
export interface UnknownMessage {
  readonly event: 'unknown';
}

export interface InvalidMessage {
  readonly event: 'invalid';
  readonly code: 'STREAM_MESSAGE_INVALID';
  /** What is wrong, never what was received. */
  readonly problem: string;
}

export type InboundMessage =
  | ConnectedMessage
  | StartMessage
  | MediaMessage
  | DtmfMessage
  | MarkMessage
  | StopMessage
  | UnknownMessage
  | InvalidMessage;
