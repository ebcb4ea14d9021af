// Twilio's identifiers, told apart from other text where they enter the node. Control plane.

import type { CallSid, StreamSid } from '../../actors/ports.js';

/** `CA` and 32 hexadecimal digits, as Twilio's OpenAPI description of the voice API has it. */
export function isCallSid(value: unknown): value is CallSid {
  return typeof value === 'string' && /^CA[0-9a-fA-F]{32}$/.test(value);
}

/** `MZ` and 32 hexadecimal digits, of the same source. */
export function isStreamSid(value: unknown): value is StreamSid {
  return typeof value === 'string' && /^MZ[0-9a-fA-F]{32}$/.test(value);
}
