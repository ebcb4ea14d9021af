// A call log that keeps what it was told, for tests of machines.

import type {
  CallLog,
  RecordedFailure,
  RecordedTurn,
  TurnLatency,
} from '../../src/actors/ports.js';

export interface KeptLog extends CallLog {
  readonly turns: RecordedTurn[];
  readonly latencies: TurnLatency[];
  readonly restarts: string[];
  readonly failures: RecordedFailure[];
  readonly ends: { reason: string; errorCode: string | undefined }[];
  interruptions: number;
  falseInterruptions: number;
}

export function createKeptLog(): KeptLog {
  const log: KeptLog = {
    turns: [],
    latencies: [],
    restarts: [],
    failures: [],
    ends: [],
    interruptions: 0,
    falseInterruptions: 0,
    turn: (turn) => void log.turns.push(turn),
    amendTurn: (turn) => void log.turns.splice(-1, 1, turn),
    latency: (latency) => void log.latencies.push(latency),
    interruption: () => void (log.interruptions += 1),
    falseInterruption: () => void (log.falseInterruptions += 1),
    restart: (child) => void log.restarts.push(child),
    failure: (failure) => void log.failures.push(failure),
    end: (reason, errorCode) => void log.ends.push({ reason, errorCode }),
  };
  return log;
}
