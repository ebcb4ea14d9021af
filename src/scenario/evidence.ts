// What is known of a call that a scenario held: the phone's facts, the node's record, the engines' notes. Control plane.

import { z } from 'zod';
import type { RingmasterError } from '../errors.js';
import type { CallReport, PhoneEvent } from '../phone/index.js';
import type { EngineNote } from './engine-notes.js';
import type { ToolRun } from './scripted-tools.js';

const recordSchema = z.object({
  state: z.enum(['active', 'ended']),
  endReason: z.string().optional(),
  errorCode: z.string().optional(),
  turns: z.array(
    z.object({
      role: z.enum(['caller', 'agent']),
      text: z.string(),
      startMs: z.number(),
      endMs: z.number(),
      interrupted: z.boolean().optional(),
    }),
  ),
  interruptions: z.number(),
  falseInterruptions: z.number().optional(),
  restarts: z.record(z.string(), z.number()),
});

/** The part of a call record that scenarios look at. */
export type NodeRecord = z.infer<typeof recordSchema>;
export type RecordTurn = NodeRecord['turns'][number];

export interface Evidence {
  /** Undefined where the call could not be held; `failure` says why. */
  readonly report: CallReport | undefined;
  readonly failure: RingmasterError | undefined;
  readonly events: readonly PhoneEvent[];
  readonly record: NodeRecord | undefined;
  /** Of scripted engines; times since the call was answered, as those of `events`. */
  readonly notes: readonly EngineNote[];
  readonly tools: readonly ToolRun[];
  /** The scripted voice's pace; undefined where the voice is another. */
  readonly letterMs: number | undefined;
}

const POLL_MS = 50;
const LAST_WORDS_MS = 3000;
const REQUEST_TIMEOUT_MS = 2000;

async function fetchRecord(
  nodeUrl: string,
  callSid: string,
  token: string | undefined,
): Promise<NodeRecord | undefined> {
  try {
    const response = await fetch(`${nodeUrl}/calls/${callSid}`, {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      redirect: 'error',
    });
    if (!response.ok) return undefined;
    const parsed = recordSchema.safeParse(await response.json());
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The record of a call that is over. After the phone has hung up the node may still write its last
 * turn; a record that does not end within 3 s is given as it is.
 */
export async function endedRecord(
  nodeUrl: string,
  callSid: string,
  token: string | undefined,
): Promise<NodeRecord | undefined> {
  const untilMs = performance.now() + LAST_WORDS_MS;
  for (;;) {
    const record = await fetchRecord(nodeUrl, callSid, token);
    if (record?.state === 'ended' || performance.now() > untilMs) return record;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
