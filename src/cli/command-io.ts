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
};
