// What stands before every webhook: who sends it, then what it is, in the order of their cost. Control plane.

import type { Context } from 'hono';
import type { CallSid } from '../../actors/ports.js';
import { callerOf } from '../caller.js';
import { errorResponse, explained } from '../http-errors.js';
import type { HttpPeer } from '../server-contract.js';
import { isCallSid } from './sids.js';
import type { SignatureProblem, TwilioSignature } from './signature.js';
import { readForm, type FormFields, type WebhookForm } from './webhook-form.js';

export type HttpEnv = { Bindings: HttpPeer };

export interface Webhook {
  readonly callSid: CallSid;
  readonly form: WebhookForm;
}

/**
 * The form of a webhook that Twilio sent, or the answer to one that it did not. A stranger costs a
 * look at the headers; a forged signature costs a form within its limits and its hash.
 */
export async function readSignedForm(
  c: Context<HttpEnv>,
  signature: TwilioSignature,
): Promise<WebhookForm | Response> {
  const caller = callerOf(c);
  const refuse = (problem: SignatureProblem, fields: FormFields): Response => {
    const response = errorResponse(403, problem);
    if (problem !== 'SIGNATURE_INVALID') return response;
    return explained(response, () => signature.explainForm(caller, c.env.url, fields));
  };
  const stranger = signature.caller(caller);
  if (stranger !== undefined) return refuse(stranger, {});
  if (!isFormType(c.req.header('content-type'))) {
    return errorResponse(415, 'CONTENT_TYPE_UNSUPPORTED', 'a webhook is a form');
  }
  const form = readForm(await c.req.text());
  if (typeof form === 'string') return errorResponse(400, 'FORM_INVALID', form);
  const problem = signature.form(caller, c.env.url, form.fields);
  return problem === undefined ? form : refuse(problem, form.fields);
}

/** The same for a webhook of a call. */
export async function readWebhook(
  c: Context<HttpEnv>,
  signature: TwilioSignature,
): Promise<Webhook | Response> {
  const form = await readSignedForm(c, signature);
  if (form instanceof Response) return form;
  const callSid = form.get('CallSid');
  if (isCallSid(callSid) && !form.isRepeated('CallSid')) return { callSid, form };
  return errorResponse(400, 'REQUEST_INVALID', 'CallSid is missing or none');
}

export function isFormType(contentType: string | undefined): boolean {
  const [type = ''] = (contentType ?? '').split(';', 1);
  return type.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}
