// Call records in memory: those of running calls and the newest ended ones. Control plane.

import type {
  CallEndReason,
  CallInfo,
  CallLog,
  CallRecord,
  CallStore,
  RecordedFailure,
  RecordedTurn,
  TurnLatency,
} from '../actors/ports.js';

/** Ended calls kept; a record with 40 turns takes about 8 KB. */
const DEFAULT_KEPT = 1000;

/** A store that has every write kept when it returns. */
export interface MemoryCallStore extends CallStore {
  open(call: CallInfo): CallLog;
}

/** Of one call; the newest tell most. */
const MOST_FAILURES = 20;

interface Draft {
  readonly call: CallInfo;
  readonly startedAt: Date;
  readonly turns: RecordedTurn[];
  readonly latencies: TurnLatency[];
  readonly restarts: Record<string, number>;
  readonly failures: RecordedFailure[];
  interruptions: number;
  falseInterruptions: number;
  endedAt?: Date;
  endReason?: CallEndReason;
  errorCode?: string;
}

function toRecord(draft: Draft): CallRecord {
  const { call, startedAt, endedAt, endReason, errorCode } = draft;
  return {
    callSid: call.callSid,
    streamSid: call.streamSid,
    state: endedAt ? 'ended' : 'active',
    startedAt: startedAt.toISOString(),
    ...(endedAt && {
      endedAt: endedAt.toISOString(),
      durationMs: endedAt.getTime() - startedAt.getTime(),
    }),
    ...(endReason && { endReason }),
    ...(errorCode && { errorCode }),
    turns: [...draft.turns],
    latencies: [...draft.latencies],
    interruptions: draft.interruptions,
    falseInterruptions: draft.falseInterruptions,
    restarts: { ...draft.restarts },
    failures: [...draft.failures],
  };
}

/** @param kept how many ended calls are remembered; the oldest are forgotten first */
export function createMemoryCallStore(kept: number = DEFAULT_KEPT): MemoryCallStore {
  // Insertion order is age: a resumed call is a new stream and counts as new.
  const calls = new Map<string, Draft>();
  let ended = 0;

  const forgetOldest = (): void => {
    for (const [callSid, draft] of calls) {
      if (ended <= kept) return;
      if (!draft.endedAt) continue;
      calls.delete(callSid);
      ended -= 1;
    }
  };

  return {
    open(call: CallInfo): CallLog {
      const before = calls.get(call.callSid);
      if (before?.endedAt) ended -= 1;
      calls.delete(call.callSid);
      const draft: Draft = {
        call,
        startedAt: before?.startedAt ?? new Date(),
        turns: before?.turns ?? [],
        latencies: before?.latencies ?? [],
        restarts: before?.restarts ?? {},
        failures: before?.failures ?? [],
        interruptions: before?.interruptions ?? 0,
        falseInterruptions: before?.falseInterruptions ?? 0,
      };
      calls.set(call.callSid, draft);
      // The actors of a resumed call count from its new stream, the record from the first one.
      const offsetMs = before ? Date.now() - before.startedAt.getTime() : 0;
      const onRecordClock = (turn: RecordedTurn): RecordedTurn => ({
        ...turn,
        startMs: turn.startMs + offsetMs,
        endMs: turn.endMs + offsetMs,
      });
      return {
        turn: (turn) => void draft.turns.push(onRecordClock(turn)),
        amendTurn: (turn) => void draft.turns.splice(-1, 1, onRecordClock(turn)),
        latency: (latency) => void draft.latencies.push(latency),
        interruption: () => void (draft.interruptions += 1),
        falseInterruption: () => void (draft.falseInterruptions += 1),
        restart: (child) => void (draft.restarts[child] = (draft.restarts[child] ?? 0) + 1),
        failure: (failure) => {
          draft.failures.push(failure);
          if (draft.failures.length > MOST_FAILURES) draft.failures.shift();
        },
        end: (reason, errorCode) => {
          if (draft.endedAt) return;
          draft.endedAt = new Date();
          draft.endReason = reason;
          if (errorCode) draft.errorCode = errorCode;
          if (calls.get(call.callSid) !== draft) return;
          ended += 1;
          forgetOldest();
        },
      };
    },
    get: async (callSid) => {
      const draft = calls.get(callSid);
      return draft && toRecord(draft);
    },
    list: async (limit) => [...calls.values()].reverse().slice(0, Math.max(0, limit)).map(toRecord),
  };
}
