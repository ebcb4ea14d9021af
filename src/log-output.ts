// Where log lines leave the process: they are dropped and counted where they cannot, and never waited for. Control plane.
//
// A disk that is full, a reader that is gone or asleep, a terminal that was stopped: a line is lost, no call is.

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** How one kind of output takes a text. */
export interface LogTarget {
  /** @returns how many of the bytes it took; 0 where it has no room now. May throw. */
  write(bytes: Buffer): number;
  /** Called by it where there is room again and it knows. */
  onRoom?: () => void;
}

/** Lines kept for a target that has no room for a moment. */
const MAX_WAITING_BYTES = 1_048_576;
const RETRY_MS = 50;

/** A file, a device, or a descriptor that never blocks. @throws what the system says, EAGAIN not among it */
export function descriptorTarget(descriptor: number): LogTarget {
  return {
    write(bytes) {
      try {
        return writeSync(descriptor, bytes);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
        throw thrown;
      }
    },
  };
}

/** A pipe or a socket: Node writes them behind the program's back. */
export function streamTarget(stream: NodeJS.WriteStream): LogTarget {
  // Without a listener a reader that is gone would end the process.
  stream.on('error', () => undefined);
  const target: LogTarget = {
    write(bytes) {
      if (stream.destroyed || !stream.writable) throw new Error('the reader is gone');
      if (stream.writableLength > 0) return 0;
      stream.write(bytes, () => target.onRoom?.());
      return bytes.length;
    },
  };
  return target;
}

/** The terminal once more, so that it does not block. @returns undefined where the system has no way to */
function openTerminal(descriptor: number): number | undefined {
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}

/** Whatever the process was started with. */
export function standardOutput(stream: NodeJS.WriteStream & { fd: 1 | 2 }): LogTarget {
  const { fd } = stream;
  if (isatty(fd)) {
    const terminal = openTerminal(fd);
    if (terminal !== undefined) return descriptorTarget(terminal);
  }
  let isStream = true;
  try {
    const kind = fstatSync(fd);
    isStream = kind.isFIFO() || kind.isSocket() || isatty(fd);
  } catch {
    isStream = false;
  }
  return isStream ? streamTarget(stream) : descriptorTarget(fd);
}

/** A destination for pino; never throws, never blocks. */
export class LogOutput {
  readonly #target: LogTarget;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  /** A line was written in part, and its rest is lost. */
  #isTorn = false;
  #untold = 0;
  /** Lines that nobody will read, since the start. */
  dropped = 0;

  constructor(target: LogTarget) {
    this.#target = target;
    target.onRoom = () => this.#flush();
  }

  write(line: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line);
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) this.#drop(1);
    else {
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.length;
    }
    this.#flush();
  }

  #drop(lines: number): void {
    this.dropped += lines;
    this.#untold += lines;
  }

  #flush(): void {
    try {
      while (this.#waiting.length > 0 && this.#writeNext()) this.#isTorn = false;
    } catch {
      // What failed once may work again for the next line, and costs little to find out.
      this.#drop(this.#waiting.splice(0).length);
      this.#waitingBytes = 0;
    }
    if (this.#waiting.length === 0) return;
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#flush();
    }, RETRY_MS).unref();
  }

  /** @returns false where there is no room now */
  #writeNext(): boolean {
    const next = this.#waiting[0] as Buffer;
    const took = this.#target.write(next);
    this.#waitingBytes -= took;
    if (took < next.length) {
      this.#isTorn ||= took > 0;
      this.#waiting[0] = next.subarray(took);
      return false;
    }
    this.#waiting.shift();
    this.#tellDropped();
    return true;
  }

  /** It works again: say how much is missing. */
  #tellDropped(): void {
    if (this.#untold === 0) return;
    const dropped = this.#untold;
    const line = { level: 40, time: Date.now(), code: 'LOG_LINES_DROPPED', dropped };
    const bytes = Buffer.from(`${JSON.stringify({ ...line, msg: 'log lines were dropped' })}\n`);
    const took = this.#target.write(bytes);
    if (took === 0) return;
    this.#untold = 0;
    if (took === bytes.length) return;
    this.#waiting.unshift(bytes.subarray(took));
    this.#waitingBytes += bytes.length - took;
  }
}

let standard: LogOutput | undefined;

/** The process's own, one for all loggers. */
export function standardLogOutput(): LogOutput {
  return (standard ??= new LogOutput(standardOutput(process.stdout)));
}

export const droppedLogLines = (): number => standard?.dropped ?? 0;
