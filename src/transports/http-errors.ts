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

/** What a request was refused for, and what more there is to say of it to the operator. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly explain?: () => { readonly url?: string; readonly hint?: string };
}

const refusals = new WeakMap<Response, Refusal>();

/** Of an answer that `errorResponse` made for a client's mistake. */
export function refusalOf(response: Response): Refusal | undefined {
  return refusals.get(response);
}

/** Adds what is only computed where it is logged. */
export function explained(response: Response, explain: Refusal['explain'] & {}): Response {
  const refusal = refusals.get(response);
  if (refusal !== undefined) refusals.set(response, { ...refusal, explain });
  return response;
}

export function errorResponse(
  status: number,
  code: ErrorCode,
  message?: string,
  headers: Record<string, string> = {},
): Response {
  const response = new Response(errorText(code, message), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
  if (status < 500) refusals.set(response, { code });
  return response;
}
