// The tools that every agent on the telephone has: ending the call and transferring it. Control plane.

import type { CallAction } from '../../actors/ports.js';
import type { JsonObject } from './json.js';
import type { AgentTool } from './tools.js';

/** Where a call may be transferred to: the model chooses among names and never sees a number. */
export interface TransferTarget {
  /** E.164 number, SIP URI or extension. */
  readonly to: string;
  /** For the model: who answers there and what for. */
  readonly description: string;
}

/** What a call tool decided. It happens once the reply was played, never before. */
export interface CallDecision {
  readonly action: CallAction;
  /** What to say first, where the model has said nothing yet; may be empty. */
  readonly message: string;
}

export interface CallTools {
  readonly tools: readonly AgentTool[];
  /** The decision behind a call of one of `tools`; undefined for any other tool. */
  decide(name: string, args: JsonObject): CallDecision | undefined;
}

const END_CALL = 'end_call';
const TRANSFER_CALL = 'transfer_call';
const LAST_WORDS =
  'What to say to the caller before it happens, one short sentence. Leave it out if you have just said it.';

export interface CallToolSettings {
  readonly canEndCall: boolean;
  /** By name, e.g. `sales`. */
  readonly transferTargets: Readonly<Record<string, TransferTarget>>;
}

export function createCallTools(settings: CallToolSettings): CallTools {
  const targets = new Map(Object.entries(settings.transferTargets));
  return {
    tools: [
      ...(settings.canEndCall ? [endCallTool()] : []),
      ...(targets.size > 0 ? [transferTool(targets)] : []),
    ],
    decide(name, args) {
      const message = typeof args['message'] === 'string' ? args['message'].trim() : '';
      if (name === END_CALL && settings.canEndCall) return { action: { type: 'hangup' }, message };
      const target = targets.get(String(args['target']));
      if (name !== TRANSFER_CALL || target === undefined) return undefined;
      return { action: { type: 'transfer', to: target.to }, message };
    },
  };
}

function endCallTool(): AgentTool {
  return callTool(
    END_CALL,
    'Hang up, once the caller has what they wanted and you have said goodbye.',
    { message: { type: 'string', description: LAST_WORDS } },
    [],
  );
}

function transferTool(targets: ReadonlyMap<string, TransferTarget>): AgentTool {
  const list = [...targets].map(([name, target]) => `${name}: ${target.description}`).join('; ');
  return callTool(
    TRANSFER_CALL,
    `Transfer the caller to somebody else, if they ask for it or need it. Targets: ${list}`,
    {
      target: { type: 'string', enum: [...targets.keys()] },
      message: { type: 'string', description: LAST_WORDS },
    },
    ['target'],
  );
}

/** Deciding is all that a call tool does: the call acts on it after playback. */
function callTool(
  name: string,
  description: string,
  properties: JsonObject,
  required: readonly string[],
): AgentTool {
  return {
    name,
    description,
    parameters: { type: 'object', properties, required, additionalProperties: false },
    sideEffects: false,
    timeoutMs: 1000,
    run: () => Promise.resolve({ ok: true, note: 'It happens once you have spoken.' }),
  };
}
