// X-Twilio-Signature as Twilio makes it: the phone's own, because it must not trust the code under test. Control plane.

import { createHmac } from 'node:crypto';

/**
 * Twilio, "Security - Validating Signatures": base64 of HMAC-SHA1, keyed with the auth token, over
 * the URL followed by every form field's name and value, sorted by name.
 * @param url exactly as configured, with query, without fragment
 * @param form fields of a POST; empty for a GET and for a WebSocket upgrade
 */
export function twilioSignature(
  authToken: string,
  url: string,
  form: Readonly<Record<string, string>>,
): string {
  const fields = Object.keys(form).sort();
  const signed = fields.reduce((text, name) => `${text}${name}${form[name] ?? ''}`, url);
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}
