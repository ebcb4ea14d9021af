// What happened on the media streams of a node, as numbers. Media plane.

import type { ErrorCode } from '../../errors.js';
import { emptyGapCounts, type GapCounts } from './gap-repair.js';

/** Counted over all sockets since the endpoint was made. */
export interface StreamCounts {
  opened: number;
  started: number;
  /** Ended streams, by how they ended (`StreamEnd`). */
  stopped: number;
  closed: number;
  lost: number;
  /** Messages that made no sense, binary frames and payloads that are no base64. */
  malformed: number;
  /** Messages of an unknown type or of another track than the caller's. */
  ignored: number;
  unknownFields: number;
  /** Sockets that we ended or did not let in, by why. */
  readonly refused: Partial<Record<ErrorCode, number>>;
  readonly gaps: GapCounts;
}

export function emptyStreamCounts(): StreamCounts {
  return {
    opened: 0,
    started: 0,
    stopped: 0,
    closed: 0,
    lost: 0,
    malformed: 0,
    ignored: 0,
    unknownFields: 0,
    refused: {},
    gaps: emptyGapCounts(),
  };
}

export function countRefusal(counts: StreamCounts, code: ErrorCode): void {
  counts.refused[code] = (counts.refused[code] ?? 0) + 1;
}
