// How a stream's socket is closed, by what went wrong. Media plane.

import type { ErrorCode } from '../../errors.js';

/** All is well, RFC 6455 section 7.4.1, as all codes here. */
export const CLOSE_NORMAL = 1000;
/** The peer broke a rule that has no code of its own. */
const CLOSE_POLICY = 1008;

const CLOSE_CODES: Partial<Record<ErrorCode, number>> = {
  STREAM_BINARY: 1003,
  STREAM_MESSAGE_INVALID: 1007,
  NODE_FULL: 1013,
  NODE_DRAINING: 1013,
  NODE_STARTING: 1013,
  DSP_POOL_FULL: 1013,
};

export function closeCodeOf(code: ErrorCode): number {
  return CLOSE_CODES[code] ?? CLOSE_POLICY;
}
