// Twilio's voice webhooks: answer a call, go on after a stream, hear how it ended. Control plane.

import type { Context, Hono } from 'hono';
import type { ApologyReason, CallAction, CallSid } from '../../actors/ports.js';
import type { ErrorCode } from '../../errors.js';
import { errorResponse } from '../http-errors.js';
import type { PublicUrl } from '../public-url.js';
import type { ResumeTicket } from './resume-url.js';
import { isCallSid } from './sids.js';
import type { TwilioSignature } from './signature.js';
import { NODE_PARAMETERS, STREAM_PATH } from './stream-parameters.js';
import {
  busyTwiml,
  DEFAULT_TEXTS,
  dialTarget,
  dialTwiml,
  hangupTwiml,
  sayAndHangupTwiml,
  streamTwiml,
  type SpokenTexts,
} from './twiml.js';
import type { WebhookForm } from './webhook-form.js';
import { readSignedForm, readWebhook, type HttpEnv, type Webhook } from './webhook-request.js';

export type { HttpEnv };

const VOICE_PATH = '/twilio/voice';
const RESUME_PATH = '/twilio/voice/resume';
/** The query parameter of the resume URL. */
const TICKET = 't';
const DIALED_PATH = '/twilio/voice/dialed';
const STATUS_PATH = '/twilio/status';
/** All that Twilio posts to. */
export const WEBHOOK_PATHS: readonly string[] = [VOICE_PATH, RESUME_PATH, DIALED_PATH, STATUS_PATH];

/**
 * How a call goes on whose stream ended. `resume`: the line was lost, and the call goes on with the next
 * stream. `undefined`: this node knows nothing of the call.
 */
export type NextStep =
  | CallAction
  | { readonly type: 'failed'; readonly reason?: ApologyReason }
  | { readonly type: 'resume' }
  | undefined;

export const TERMINAL_STATUSES = ['completed', 'busy', 'failed', 'no-answer', 'canceled'] as const;
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

export interface VoiceDependencies {
  readonly publicUrl: () => PublicUrl;
  readonly signature: TwilioSignature;
  readonly tokens: { issue(callSid: CallSid): string };
  /**
   * Keep a place for this call's stream, which counts as taken until the stream starts.
   * @returns why the node takes no such call now; `undefined` where it does
   */
  readonly admit: (callSid: CallSid) => ErrorCode | undefined;
  /** Why the node takes no new call now; `undefined` where it does. */
  readonly refusal: () => ErrorCode | undefined;
  /** A new call was refused. */
  readonly onRefused?: (code: ErrorCode) => void;
  /** What the resume URL says of its call. */
  readonly tickets: {
    issue(callSid: CallSid, attempt: number): string;
    read(ticket: string | undefined, callSid: CallSid): ResumeTicket | undefined;
  };
  /** A lost call was resumed too often: no further stream of it will come. */
  readonly abandon: (callSid: CallSid) => void;
  readonly nextFor: (callSid: CallSid) => NextStep | Promise<NextStep>;
  /** A call ended, says Twilio. Comes in any order with other signs of it, and may come twice. */
  readonly onTerminalStatus: (callSid: CallSid, status: TerminalStatus) => void;
  /** Something threw that should not have; the caller got an apology. */
  readonly fault: (thrown: unknown) => void;
  /** How often a lost stream is begun anew. Default 3. */
  readonly maxResumeAttempts?: number;
  readonly texts?: Partial<SpokenTexts>;
  /** Extensions are dialled as `sip:<extension>@<domain>`; without it they cannot be. */
  readonly sipDomain?: string;
}

const DEFAULT_MAX_RESUME_ATTEMPTS = 3;

/**
 * Adds the routes to `app`. A node that is full, overloaded or draining refuses a ringing call with
 * `<Reject reason="busy"/>`: it costs nothing and phones know what busy means. A call that already
 * is answered (an outgoing one) cannot be refused and is told so instead.
 */
export function addVoiceRoutes(app: Hono<HttpEnv>, deps: VoiceDependencies): void {
  const texts: SpokenTexts = { ...DEFAULT_TEXTS, ...deps.texts };
  const maxAttempts = deps.maxResumeAttempts ?? DEFAULT_MAX_RESUME_ATTEMPTS;

  const lastWords = (reason: ApologyReason = 'failed'): string =>
    ({ failed: texts.failed, drained: texts.drained, 'time-limit': texts.timeLimit })[reason];

  const connect = ({ callSid, form }: Webhook, attempt: number): string => {
    const url = deps.publicUrl();
    return streamTwiml({
      streamUrl: url.stream(STREAM_PATH),
      parameters: {
        [NODE_PARAMETERS.token]: deps.tokens.issue(callSid),
        [NODE_PARAMETERS.from]: form.get('From') ?? '',
        [NODE_PARAMETERS.to]: form.get('To') ?? '',
        [NODE_PARAMETERS.answeredBy]: form.get('AnsweredBy') ?? '',
      },
      resumeUrl: url.http(`${RESUME_PATH}?${TICKET}=${deps.tickets.issue(callSid, attempt)}`),
    });
  };

  const goOn = (webhook: Webhook, attempt: number): string => {
    if (attempt <= maxAttempts) return connect(webhook, attempt + 1);
    deps.abandon(webhook.callSid);
    return sayAndHangupTwiml(texts.failed, texts);
  };

  /**
   * This node knows nothing of the call. By its own ticket it never had its stream: it is tried again. With
   * another node's ticket it had one there, and may have heard its goodbye: it is not greeted anew.
   */
  const unknown = (webhook: Webhook, ticket: ResumeTicket | undefined): string => {
    const isNew = ticket?.isOwn === true && deps.admit(webhook.callSid) === undefined;
    return isNew ? goOn(webhook, ticket.attempt) : sayAndHangupTwiml(texts.failed, texts);
  };

  const resume = (webhook: Webhook, next: NextStep, ticket: ResumeTicket | undefined): string => {
    if (next === undefined) return unknown(webhook, ticket);
    if (next.type === 'resume') return goOn(webhook, ticket?.attempt ?? 1);
    if (next.type === 'hangup') return hangupTwiml();
    if (next.type === 'failed') return sayAndHangupTwiml(lastWords(next.reason), texts);
    const target = dialTarget(next.to, deps.sipDomain);
    if (target === undefined) return sayAndHangupTwiml(texts.transferFailed, texts);
    return dialTwiml(target, deps.publicUrl().http(DIALED_PATH));
  };

  const webhook = (path: string, answer: (webhook: Webhook, c: Context) => Promise<Response>) => {
    app.post(path, async (c) => {
      const read = await readWebhook(c, deps.signature);
      return read instanceof Response ? read : answer(read, c);
    });
  };

  webhook(VOICE_PATH, async (call) => {
    const refusal = deps.admit(call.callSid);
    if (refusal === undefined) return xml(connect(call, 1));
    deps.onRefused?.(refusal);
    return xml(isRinging(call.form) ? busyTwiml() : sayAndHangupTwiml(texts.unavailable, texts));
  });

  webhook(RESUME_PATH, async (call, c) => {
    const next = await Promise.resolve()
      .then(() => deps.nextFor(call.callSid))
      .catch((thrown: unknown) => {
        deps.fault(thrown);
        return { type: 'failed' } as const;
      });
    return xml(resume(call, next, deps.tickets.read(c.req.query(TICKET), call.callSid)));
  });

  webhook(DIALED_PATH, async ({ form }) => {
    const status = form.get('DialCallStatus');
    const talked = status === 'completed' || status === 'answered';
    return xml(talked ? hangupTwiml() : sayAndHangupTwiml(texts.transferFailed, texts));
  });

  // Twilio posts more than ends here (what a machine detection found, say): all that is signed is taken.
  app.post(STATUS_PATH, async (c) => {
    const form = await readSignedForm(c, deps.signature);
    if (form instanceof Response) return form;
    const callSid = form.get('CallSid');
    const status = form.get('CallStatus');
    // Only ends are acted upon, so an earlier state that comes later changes nothing.
    const terminal = TERMINAL_STATUSES.find((each) => each === status);
    if (terminal !== undefined && isCallSid(callSid)) deps.onTerminalStatus(callSid, terminal);
    return new Response(null, { status: 204 });
  });

  for (const path of WEBHOOK_PATHS) {
    app.all(path, () => errorResponse(405, 'METHOD_NOT_ALLOWED', undefined, { allow: 'POST' }));
  }
}

/** A call that was not answered yet may be refused. */
function isRinging(form: WebhookForm): boolean {
  const status = form.get('CallStatus');
  return status === null || status === 'ringing' || status === 'queued';
}

function xml(twiml: string): Response {
  return new Response(twiml, { headers: { 'content-type': 'text/xml; charset=utf-8' } });
}
