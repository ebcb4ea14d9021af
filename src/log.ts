// The log: one JSON line an event, without audio, words, numbers, digits or secrets. Control plane.

import { pino } from 'pino';
import { contained } from './foreign-call.js';
import { standardLogOutput } from './log-output.js';

/** Fields and a message, or a message alone. */
interface LogMethod {
  (fields: object, message: string): void;
  (message: string): void;
}

/** What a node needs of a log; pino's has it. */
export interface Logger {
  readonly error: LogMethod;
  readonly warn: LogMethod;
  readonly info: LogMethod;
  readonly debug: LogMethod;
}

/**
 * Log lines name calls by CallSid and failures by code. Fields that could hold personal data or
 * secrets are removed here as a last defence; nothing is meant to pass them in.
 * @param output where lines go; by default the process's standard output
 */
export function createLogger(
  level: string,
  output: { write(line: string): void } = standardLogOutput(),
): Logger {
  return pino(
    {
      level,
      base: null,
      redact: {
        paths: ['from', 'to', 'text', 'digits', 'token', 'apiKey', 'authToken', 'authorization'],
        remove: true,
      },
    },
    output,
  );
}

/** A log of somebody else's: whatever it throws, the call goes on. */
export function containedLogger(logger: Logger): Logger {
  const contain =
    (level: keyof Logger): LogMethod =>
    (...line: readonly unknown[]): void =>
      contained(
        () => (logger[level] as (...line: readonly unknown[]) => unknown)(...line),
        () => undefined,
      );
  return {
    error: contain('error'),
    warn: contain('warn'),
    info: contain('info'),
    debug: contain('debug'),
  };
}
