// The strict check of what a server sends into a media stream: what Twilio would refuse is refused. Media plane.

/** Twilio's debugger codes for what a server sends wrongly. */
export type StreamWarning = 31950 | 31951;

export type ServerMessage =
  | { readonly event: 'media'; readonly payload: string }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' }
  | { readonly event: 'invalid'; readonly reason: string };

export type MessageCheck = 'full' | 'quick';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/;

function invalid(reason: string): ServerMessage {
  return { event: 'invalid', reason };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with the fields of `value`, if anything: exactly `fields` are allowed. */
function fieldProblem(
  value: Record<string, unknown>,
  where: string,
  fields: readonly string[],
): string | undefined {
  const missing = fields.find((field) => !Object.hasOwn(value, field));
  if (missing !== undefined) return `${where} lacks ${missing}`;
  const extra = Object.keys(value).filter((field) => !fields.includes(field));
  return extra.length === 0 ? undefined : `${where} has ${extra.length} field(s) too many`;
}

/** The object `message[event]` with exactly the one text field `field`, or what is wrong. */
function textField(
  message: Record<string, unknown>,
  event: string,
  field: string,
): { readonly text: string } | { readonly problem: string } {
  const problem = fieldProblem(message, `the ${event} message`, ['event', 'streamSid', event]);
  if (problem !== undefined) return { problem };
  const body = message[event];
  if (!isRecord(body)) return { problem: `${event} is not an object` };
  const bodyProblem = fieldProblem(body, event, [field]);
  if (bodyProblem !== undefined) return { problem: bodyProblem };
  const text = body[field];
  if (typeof text !== 'string') return { problem: `${event}.${field} is not a string` };
  return { text };
}

function checkMedia(message: Record<string, unknown>): ServerMessage {
  const media = textField(message, 'media', 'payload');
  if ('problem' in media) return invalid(media.problem);
  if (!BASE64.test(media.text)) return invalid('media.payload is not base64 of at least one byte');
  return { event: 'media', payload: media.text };
}

function checkMark(message: Record<string, unknown>): ServerMessage {
  const mark = textField(message, 'mark', 'name');
  if ('problem' in mark) return invalid(mark.problem);
  return { event: 'mark', name: mark.text };
}

function checkClear(message: Record<string, unknown>): ServerMessage {
  const problem = fieldProblem(message, 'the clear message', ['event', 'streamSid']);
  return problem === undefined ? { event: 'clear' } : invalid(problem);
}

/**
 * Parse one text message of a server (Twilio, "Media Streams - WebSocket Messages", error 31951):
 * JSON, a known event, exactly the documented fields, the stream's own SID.
 * Reasons name fields and events, never contents.
 */
export function parseServerMessage(text: string, streamSid: string): ServerMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return invalid('the message is not JSON');
  }
  if (!isRecord(message)) return invalid('the message is not a JSON object');
  if (typeof message['event'] !== 'string') return invalid('the message has no event');
  if (message['streamSid'] !== streamSid) {
    return invalid(message['streamSid'] === undefined ? 'no streamSid' : 'a foreign streamSid');
  }
  switch (message['event']) {
    case 'media':
      return checkMedia(message);
    case 'mark':
      return checkMark(message);
    case 'clear':
      return checkClear(message);
    default:
      return invalid('an unknown event');
  }
}

/**
 * A check of one stream's messages. `quick` looks at a media message's frame alone and takes what
 * is between for base64; whatever is written in another way gets the full check.
 */
export function messageCheck(
  check: MessageCheck,
  streamSid: string,
): (text: string) => ServerMessage {
  if (check === 'full') return (text) => parseServerMessage(text, streamSid);
  const head = `{"event":"media","streamSid":"${streamSid}","media":{"payload":"`;
  const tail = '"}}';
  return (text) =>
    text.length > head.length + tail.length && text.startsWith(head) && text.endsWith(tail)
      ? { event: 'media', payload: text.slice(head.length, -tail.length) }
      : parseServerMessage(text, streamSid);
}
