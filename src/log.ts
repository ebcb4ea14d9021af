// The log: one JSON line an event, without audio, words, numbers, digits or secrets. Control plane.

import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * Log lines name calls by CallSid and failures by code. Fields that could hold personal data or
 * secrets are removed here as a last defence; nothing is meant to pass them in.
 */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    redact: {
      paths: ['from', 'to', 'text', 'digits', 'token', 'apiKey', 'authToken', 'authorization'],
      remove: true,
    },
  });
}
