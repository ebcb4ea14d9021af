// What kind of answer came back, and its body in bounds. Control plane.

import { RingmasterError } from '../../errors.js';
import type { Operation } from './server-error.js';

/** Media type of an answer, lower case without parameters; empty where the server says none. */
export function mediaType(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export function isJsonType(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json');
}

/** @throws {RingmasterError} PROVIDER_PROTOCOL where there is none */
export function bodyOf(response: Response, operation: Operation): AsyncIterable<Uint8Array> {
  const body = response.body as AsyncIterable<Uint8Array> | null;
  if (body === null) throw nonsense(operation, 'without a body');
  return body;
}

/**
 * The whole body as text.
 * @throws {RingmasterError} PROVIDER_PROTOCOL above `maxBytes`
 */
export async function readText(
  response: Response,
  operation: Operation,
  maxBytes: number,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of bodyOf(response, operation)) {
    bytes += part.length;
    if (bytes > maxBytes) throw nonsense(operation, 'that is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** An answer that makes no sense; another try may get a better one. */
export function nonsense(operation: Operation, how: string): RingmasterError {
  const text = `${operation}: the server gave an answer ${how}`;
  return new RingmasterError('PROVIDER_PROTOCOL', text, { retryable: true });
}
