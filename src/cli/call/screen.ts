// The terminal of `ringmaster call`: lines that stay, and on a TTY one last line that changes. Control plane.

import type { CommandIo } from '../command-io.js';

export type Tone = 'plain' | 'dim' | 'caller' | 'agent' | 'warning';

const ESCAPE = '\u001b[';
const COLOUR: Record<Tone, string> = {
  plain: '',
  dim: '2',
  caller: '36',
  agent: '32',
  warning: '33',
};
const FALLBACK_COLUMNS = 80;
const ERASE_LINE = `\r${ESCAPE}2K`;

/** `1:05.3`, minutes and seconds of a call. */
export function clockTime(ms: number): string {
  const tenths = Math.max(0, Math.round(ms / 100));
  const seconds = String(Math.floor(tenths / 10) % 60).padStart(2, '0');
  return `${Math.floor(tenths / 600)}:${seconds}.${tenths % 10}`;
}

/** `0.62 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** What others said may hold anything; a terminal must not obey it. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

export class CallScreen {
  readonly #out: CommandIo['stdout'];
  readonly #live: boolean;
  readonly #colours: boolean;
  #status = '';

  constructor(out: CommandIo['stdout']) {
    this.#out = out;
    this.#live = out.isTTY === true;
    this.#colours = this.#live && (out.hasColors?.() ?? false);
  }

  paint(text: string, tone: Tone): string {
    const colour = COLOUR[tone];
    return this.#colours && colour !== '' ? `${ESCAPE}${colour}m${text}${ESCAPE}0m` : text;
  }

  /** Print a line for good. */
  line(text = ''): void {
    this.#out.write(`${this.#live ? ERASE_LINE : ''}${text}\n`);
    if (this.#status !== '') this.#drawStatus();
  }

  /** Show what happens now, on a TTY alone; empty takes it away. */
  status(text: string): void {
    if (!this.#live || text === this.#status) return;
    this.#status = text;
    this.#drawStatus();
  }

  #drawStatus(): void {
    // A terminal that does not know its width says 0.
    const width = (this.#out.columns || FALLBACK_COLUMNS) - 1;
    this.#out.write(`${ERASE_LINE}${this.paint(this.#status.slice(0, width), 'dim')}`);
  }
}
