// The one shape of every HTTP error: {error:{code,message}}. Control plane.

import { ERROR_MEANINGS, type ErrorCode } from '../errors.js';

export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly [detail: string]: unknown;
  };
}

/** @param message what was wrong; the meaning of the code where it is left out */
export function errorBody(code: ErrorCode, message?: string, details: object = {}): ErrorBody {
  return { error: { code, message: message ?? ERROR_MEANINGS[code], ...details } };
}

/** JSON text of an error, for where no Response object is used. */
export function errorText(code: ErrorCode, message?: string): string {
  return JSON.stringify(errorBody(code, message));
}

export function errorResponse(
  status: number,
  code: ErrorCode,
  message?: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(errorText(code, message), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
