// What the model is told when no person took an outgoing call. Control plane.

import type { AnsweredBy } from '../../actors/ports.js';

const MESSAGE =
  'Leave one short message: who calls, why, and how to call back. Ask nothing, then end the call.';

const NOTES: Partial<Record<AnsweredBy, string>> = {
  machine_start: `An answering machine took the call, and its greeting may still be playing. ${MESSAGE}`,
  machine_end_beep: `An answering machine took the call, and its tone has sounded. ${MESSAGE}`,
  machine_end_silence: `An answering machine took the call, and is recording. ${MESSAGE}`,
  machine_end_other: `An answering machine took the call, and is recording. ${MESSAGE}`,
  fax: 'A fax machine took the call. Say nothing but goodbye, and end the call.',
};

/** Behind the system prompt; undefined where a person took the call, or may have. */
export const machineNote = (answeredBy: AnsweredBy | undefined): string | undefined =>
  answeredBy && NOTES[answeredBy];
