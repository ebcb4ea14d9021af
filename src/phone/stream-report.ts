// What became of a media stream: a type alone. Media plane.

import type { StreamError } from './network.js';

export interface StreamReport {
  readonly streamSid: string;
  readonly opened: boolean;
  readonly closedBy: 'node' | 'phone' | undefined;
  readonly closeCode: number | undefined;
  readonly error: StreamError | undefined;
  /** `connected` is not among them. */
  readonly messagesSent: number;
  readonly mediaSent: number;
  readonly messagesReceived: number;
  readonly mediaReceived: number;
  /** How often agent audio ran dry and went on within 200 ms: a stutter that the caller hears. */
  readonly underruns: number;
  readonly violations: number;
  /** Most bytes that ever waited in the socket: a node that does not read makes them grow. */
  readonly maxBufferedBytes: number;
}
