// What a command needs of the terminal, so that tests can stand in for it. Control plane.

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
}

/** The process's own terminal. */
export const processIo: CommandIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt(listener) {
    process.on('SIGINT', listener);
    process.on('SIGTERM', listener);
    return () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    };
  },
};
