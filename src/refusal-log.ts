// Whom the node refused and why, as counters and as a log that a flood cannot fill. Control plane.

import type { ErrorCode } from './errors.js';
import type { Logger } from './log.js';

/** What helps the operator. No query, no form value, nothing that a stranger wrote. */
export interface RefusalDetail {
  /** The URL that a signature was checked against. */
  readonly url?: string;
  readonly hint?: string;
}

export type Explain = () => RefusalDetail;

const INTERVAL_MS = 60_000;

/** How to mend it, where the code alone does not say it. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  NOT_LOOPBACK:
    'Twilio needs PUBLIC_URL and TWILIO_AUTH_TOKEN, who reads /calls needs RINGMASTER_API_TOKEN; see docs/settings.md, callers of this machine',
  ORIGIN_FOREIGN: 'a web page sent it; Twilio sends neither Origin nor Sec-Fetch-Site',
  UNAUTHORIZED: 'the bearer token must be RINGMASTER_API_TOKEN',
  TOO_MANY_CONNECTIONS:
    'behind a balancer set RINGMASTER_TRUSTED_PROXIES, or raise RINGMASTER_PENDING_PER_ADDRESS',
  CONNECTIONS_EXCEEDED: 'RINGMASTER_MAX_CONNECTIONS is the limit',
  DESCRIPTORS_EXHAUSTED:
    'raise the limit of open files (ulimit -n), or lower RINGMASTER_MAX_CONNECTIONS',
  REQUEST_TIMEOUT: 'RINGMASTER_REQUEST_TIMEOUT_MS is the limit',
  STREAM_TOKEN_INVALID:
    'more than one node behind one address needs the same RINGMASTER_STREAM_TOKEN_SECRET on each',
  CONTENT_TYPE_UNSUPPORTED: "set the webhook's method to POST in Twilio's console",
  METHOD_NOT_ALLOWED: "set the webhook's method to POST in Twilio's console",
};

interface Entry {
  count: number;
  /** Not in the log yet. */
  silent: number;
  timer: NodeJS.Timeout | undefined;
}

/** The first of a code is logged at once, the others as one count a minute. */
export class RefusalLog {
  readonly #entries = new Map<ErrorCode, Entry>();
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #intervalMs: number;

  constructor(logger: Pick<Logger, 'warn'>, intervalMs = INTERVAL_MS) {
    this.#logger = logger;
    this.#intervalMs = intervalMs;
  }

  /** @param explain asked for what is logged alone, so it may compute */
  note(code: ErrorCode, explain?: Explain): void {
    let entry = this.#entries.get(code);
    if (entry === undefined) {
      entry = { count: 0, silent: 0, timer: undefined };
      this.#entries.set(code, entry);
    }
    entry.count += 1;
    if (entry.timer !== undefined) {
      entry.silent += 1;
      return;
    }
    const hint = HINTS[code];
    this.#logger.warn({ code, ...(hint && { hint }), ...explain?.() }, 'a request was refused');
    this.#wait(code, entry);
  }

  /** Since the start, by code. */
  get counts(): Partial<Record<ErrorCode, number>> {
    return Object.fromEntries([...this.#entries].map(([code, { count }]) => [code, count]));
  }

  /** Log what is still to be told, and end the timers. */
  close(): void {
    for (const [code, entry] of this.#entries) {
      clearTimeout(entry.timer);
      entry.timer = undefined;
      this.#tellSilent(code, entry);
    }
  }

  #wait(code: ErrorCode, entry: Entry): void {
    entry.timer = setTimeout(() => {
      entry.timer = undefined;
      // As long as it goes on there is one line an interval.
      if (this.#tellSilent(code, entry)) this.#wait(code, entry);
    }, this.#intervalMs).unref();
  }

  #tellSilent(code: ErrorCode, entry: Entry): boolean {
    const { silent } = entry;
    if (silent === 0) return false;
    entry.silent = 0;
    this.#logger.warn({ code, count: silent }, 'more requests were refused');
    return true;
  }
}
