// What a simulated call is placed with and what is reported of it: types alone. Control plane.

import type { Script } from './caller.js';
import type { StreamReport } from './stream-report.js';
import type { MessageCheck } from './server-message.js';
import type { PhoneNetwork } from './network.js';
import type { PhoneClock } from './phone-clock.js';
import type { PhoneEvent, Violation } from './phone-events.js';
import type { RecordingSink } from './recorder.js';
import type { CallerTurn } from './turn-timing.js';
import type { DialStatus } from './twiml-client.js';

/** How the line between Twilio and the node behaves; perfect by default. */
export interface LineConditions {
  /** Each message is late by up to this much. */
  readonly jitterMs?: number;
  /** Share of packets that get lost, 0 to 1; timestamps move on. */
  readonly lossProbability?: number;
  /** How much faster than true time Twilio's media clock runs. */
  readonly clockDriftPpm?: number;
  /** Jitter and losses are the same in every run with the same seed. */
  readonly seed?: number;
}

export interface PlaceCallOptions {
  /** The number's voice webhook, as it would be configured at Twilio. */
  readonly webhookUrl: string;
  /** Begins when the first media stream has started. */
  readonly script: Script;
  /** E.164; defaults are numbers reserved for fiction. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** More fields of every voice webhook, such as `AnsweredBy` of an outgoing call. */
  readonly webhookForm?: Readonly<Record<string, string>> | undefined;
  /** Signs webhooks and the stream's upgrade; without it nothing is signed. */
  readonly authToken?: string | undefined;
  readonly accountSid?: string | undefined;
  /** Reach every URL at this origin instead of the one it names (signatures still name it). */
  readonly connectTo?: string | undefined;
  readonly fallbackUrl?: string | undefined;
  /** Told once, when the call has ended. */
  readonly statusCallbackUrl?: string | undefined;
  /**
   * How the call that a `<Dial>` places ends; the caller's own goes on with what its TwiML says
   * then. Without it the caller's call ends with the transfer. Nobody is rung in either case.
   */
  readonly dialStatus?: DialStatus | undefined;
  readonly line?: LineConditions | undefined;
  /** Gets both sides of the call; its `finish` is called at the end. */
  readonly recording?: RecordingSink | undefined;
  /**
   * `full` (default): every field of every message is checked. `quick`: media messages that begin
   * and end as they should are taken without a look at their base64; for load generators.
   */
  readonly check?: MessageCheck | undefined;
  /** False leaves `events` empty: for load generators. Default true. */
  readonly keepEvents?: boolean | undefined;
  /** For a whole webhook request; default 15 s, as Twilio's. */
  readonly webhookTimeoutMs?: number | undefined;
  /** For a stream's handshake; default 10 s. */
  readonly streamTimeoutMs?: number | undefined;
  /** The caller hangs up after so long; default 10 minutes. */
  readonly timeLimitMs?: number | undefined;
  /** Default: the machine's own. */
  readonly clock?: PhoneClock | undefined;
  /** Default: the machine's own. */
  readonly network?: PhoneNetwork | undefined;
}

export type CallOutcome =
  'caller-hung-up' | 'caller-dropped' | 'node-hung-up' | 'rejected' | 'transferred' | 'time-limit';

export interface CallReport {
  readonly callSid: string;
  readonly outcome: CallOutcome;
  /** The reason of `<Reject>`. */
  readonly rejectReason?: string;
  /** Whom the last `<Dial>` was to dial. */
  readonly transferredTo?: readonly string[];
  /** False where the call ended before the script did. */
  readonly scriptCompleted: boolean;
  /** From answer to end. */
  readonly durationMs: number;
  readonly turns: readonly CallerTurn[];
  readonly streams: readonly StreamReport[];
  readonly violations: readonly Violation[];
  readonly events: readonly PhoneEvent[];
}
