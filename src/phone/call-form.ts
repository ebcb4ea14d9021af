// The form fields of Twilio's voice requests, and the identifiers in them. Control plane.

import { randomBytes } from 'node:crypto';
import type { Form } from './webhook-client.js';

/** A fresh SID: two capital letters and 32 hexadecimal digits. */
export function newSid(prefix: 'AC' | 'CA' | 'MZ'): string {
  return `${prefix}${randomBytes(16).toString('hex')}`;
}

export type CallStatus = 'ringing' | 'in-progress' | 'completed' | 'busy' | 'no-answer';

export interface CallIdentity {
  readonly accountSid: string;
  readonly callSid: string;
  readonly from: string;
  readonly to: string;
}

/** What every voice webhook of an incoming call carries (Twilio, "TwiML for Programmable Voice"). */
export function voiceForm(identity: CallIdentity, status: CallStatus): Form {
  const { accountSid, callSid, from, to } = identity;
  return {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallSid: callSid,
    CallStatus: status,
    Called: to,
    Caller: from,
    Direction: 'inbound',
    From: from,
    To: to,
  };
}

/** The status callback at the end of a call. */
export function completedForm(
  identity: CallIdentity,
  status: CallStatus,
  durationMs: number,
): Form {
  return {
    ...voiceForm(identity, status),
    // Twilio bills whole minutes in Duration and says seconds in CallDuration.
    CallDuration: String(Math.round(durationMs / 1000)),
    Duration: String(Math.ceil(durationMs / 60_000)),
    Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
    SequenceNumber: '0',
    CallbackSource: 'call-progress-events',
  };
}

export type StreamEventName = 'stream-started' | 'stream-stopped' | 'stream-error';

/** The status callback of a `<Stream>`. */
export function streamForm(
  identity: CallIdentity,
  stream: {
    readonly streamSid: string;
    readonly name: string | undefined;
    readonly event: StreamEventName;
    readonly error?: string;
  },
): Form {
  return {
    AccountSid: identity.accountSid,
    CallSid: identity.callSid,
    StreamSid: stream.streamSid,
    StreamName: stream.name ?? stream.streamSid,
    StreamEvent: stream.event,
    Timestamp: new Date().toISOString(),
    ...(stream.error !== undefined && { StreamError: stream.error }),
  };
}
