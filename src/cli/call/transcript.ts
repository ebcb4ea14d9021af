// The words of a running call, asked of the node as it goes. Control plane.

import { z } from 'zod';

const turnSchema = z.object({
  role: z.enum(['caller', 'agent']),
  text: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  interrupted: z.boolean().optional(),
});

const latencySchema = z.object({
  endpointingMs: z.number(),
  sttMs: z.number(),
  agentMs: z.number(),
  ttsMs: z.number(),
  totalMs: z.number(),
});

/** The part of the node's call record that is shown. */
const recordSchema = z.object({
  state: z.enum(['active', 'ended']),
  endReason: z.string().optional(),
  errorCode: z.string().optional(),
  turns: z.array(turnSchema),
  latencies: z.array(latencySchema).catch([]),
});

export type TranscriptTurn = z.infer<typeof turnSchema>;
export type NodeRecord = z.infer<typeof recordSchema>;

/** Two of these pass between the words being there and being shown, at most. */
const POLL_MS = 250;
const REQUEST_TIMEOUT_MS = 2000;
/** After the call the node may still write its last turn. */
const LAST_WORDS_MS = 1500;

export interface TranscriptOptions {
  readonly nodeUrl: string;
  readonly callSid: string;
  readonly token: string | undefined;
  readonly onTurn: (turn: TranscriptTurn) => void;
  /** Told once where the node gives no transcript, with the reason. */
  readonly onUnavailable: (why: string) => void;
}

/** Polls `GET /calls/{CallSid}`; each turn is told once, in order. */
export class Transcript {
  readonly #options: TranscriptOptions;
  #told = 0;
  #record: NodeRecord | undefined;
  #unavailable = false;
  #stopped = false;
  #running: Promise<void> | undefined;
  #finished: Promise<void> | undefined;

  constructor(options: TranscriptOptions) {
    this.#options = options;
  }

  /** The newest record that was read. */
  get record(): NodeRecord | undefined {
    return this.#record;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** The call is over: wait a little for its last words. Idempotent, never rejects. */
  finish(): Promise<void> {
    this.#stopped = true;
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #finish(): Promise<void> {
    await this.#running;
    const untilMs = performance.now() + LAST_WORDS_MS;
    while (this.#running !== undefined && !this.#unavailable) {
      await this.#poll();
      if (this.#record?.state === 'ended' || performance.now() > untilMs) break;
      await sleep(POLL_MS);
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped && !this.#unavailable) {
      await this.#poll();
      if (!this.#stopped) await sleep(POLL_MS);
    }
  }

  async #poll(): Promise<void> {
    const { nodeUrl, callSid, token } = this.#options;
    try {
      const response = await fetch(`${nodeUrl}/calls/${callSid}`, {
        headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        redirect: 'error',
      });
      if (response.status === 401 || response.status === 403) {
        this.#giveUp('the node asks for its API token (--token)');
      }
      // Before the stream has started the node does not know the call.
      if (!response.ok) return;
      this.#read(recordSchema.safeParse(await response.json()));
    } catch {
      // A node that is gone or busy says nothing this time.
    }
  }

  #read(parsed: z.ZodSafeParseResult<NodeRecord>): void {
    if (!parsed.success) {
      this.#giveUp('the node answered with something that is no call record');
      return;
    }
    this.#record = parsed.data;
    const { turns } = parsed.data;
    for (const turn of turns.slice(this.#told)) this.#options.onTurn(turn);
    this.#told = Math.max(this.#told, turns.length);
  }

  #giveUp(why: string): void {
    if (this.#unavailable) return;
    this.#unavailable = true;
    this.#options.onUnavailable(why);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
