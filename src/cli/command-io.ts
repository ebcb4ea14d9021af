// What a command needs of the terminal, so that tests can stand in for it. Control plane.

import { constants } from 'node:os';

export interface CommandIo {
  readonly stdout: {
    write(text: string): unknown;
    /** Lines may be rewritten and coloured. */
    readonly isTTY?: boolean | undefined;
    readonly columns?: number | undefined;
    hasColors?(): boolean;
  };
  readonly stderr: { write(text: string): unknown };
  /** Hear Ctrl-C. @returns what ends the hearing */
  onInterrupt(listener: () => void): () => void;
  /** Hear signals; one that this machine does not have is never heard. @returns what ends the hearing */
  onSignals(
    signals: readonly NodeJS.Signals[],
    listener: (signal: NodeJS.Signals) => void,
  ): () => void;
  /** Hear of errors and rejections that nobody caught; the process lives on. @returns what ends the hearing */
  onDefect(listener: (thrown: unknown, origin: string) => void): () => void;
  /** End the process with this code after so long, whatever still runs. */
  exitAfter(code: number, ms: number): void;
}

/** The process's own terminal. */
export const processIo: CommandIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt: (listener) => processIo.onSignals(['SIGINT', 'SIGTERM'], listener),
  onSignals(signals, listener) {
    const known = signals.filter((signal) => signal in constants.signals);
    for (const signal of known) process.on(signal, listener);
    return () => {
      for (const signal of known) process.off(signal, listener);
    };
  },
  onDefect(listener) {
    // A rejection that nobody heard comes here too.
    process.on('uncaughtException', listener);
    return () => process.off('uncaughtException', listener);
  },
  exitAfter(code, ms) {
    setTimeout(() => process.exit(code), ms).unref();
  },
};
