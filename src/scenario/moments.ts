// Moments of a call by name, for timings: facts of the phone and notes of the engines. Pure. Control plane.

import type { Evidence } from './evidence.js';

/** The types that a moment may have. */
const MOMENT_TYPES = [
  'call.answered',
  'call.ended',
  'stream.started',
  'stream.closed',
  'caller.started',
  'caller.voiceStarted',
  'caller.voiceEnded',
  'caller.ended',
  'agent.arrived',
  'agent.started',
  'agent.ended',
  'agent.cleared',
  'dtmf.sent',
  'agent.asked',
  'agent.withdrawn',
  'tool.ran',
  'tool.ended',
  'stt.interim',
  'stt.final',
  'tts.clause',
];

const MOMENT = /^([\w.]+)(?::([^#]+))?(?:#(\d+))?$/;

/** @returns what is wrong with the name of a moment, undefined where nothing is */
export function momentProblem(name: string): string | undefined {
  const type = MOMENT.exec(name)?.[1];
  if (type !== undefined && MOMENT_TYPES.includes(type)) return undefined;
  return `"${name}" is no moment; one is: ${MOMENT_TYPES.join(', ')}, each also as type#n`;
}

/**
 * `type`, `type#n` (the n-th of the call) or, of engine notes, `tool.ran:name`. Without `#n` it is
 * the first one after `afterMs`, or the first of the call.
 */
export function findMoment(
  name: string,
  { events, notes }: Evidence,
  afterMs = -Infinity,
): number | undefined {
  const [, type = '', detail, ordinal] = MOMENT.exec(name) ?? [];
  const all = [...events, ...notes]
    .filter((fact) => fact.type === type)
    .filter((fact) => detail === undefined || ('tool' in fact && fact.tool === detail))
    .map(({ atMs }) => atMs)
    .toSorted((one, other) => one - other);
  if (ordinal !== undefined) return all[Number(ordinal) - 1];
  return all.find((atMs) => atMs > afterMs);
}
