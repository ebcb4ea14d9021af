// Names for runs of tools, the same however often a reply is asked for. Control plane.

import { createHash } from 'node:crypto';
import type { CallSid } from '../../actors/ports.js';
import { asObject, type JsonObject } from './json.js';

/** Which reply of which call: the same when it is asked for again. */
export interface ReplyPlace {
  readonly callSid: CallSid;
  /** See `AgentRequest`. */
  readonly turn: number;
  /**
   * Replies heard before this one. Keypad digits and silence are answered without a turn of their own;
   * a reply in between tells them apart, and none lies between a turn and the same turn taken back.
   */
  readonly repliesHeard: number;
}

/** The keys of one reply: one object for each time that it is asked for. */
export class IdempotencyKeys {
  readonly #place: readonly [CallSid, number, number];
  readonly #given = new Map<string, number>();

  constructor({ callSid, turn, repliesHeard }: ReplyPlace) {
    this.#place = [callSid, turn, repliesHeard];
  }

  /**
   * 64 hexadecimal digits that tell nothing of the arguments. Of equal runs in one reply each has its own.
   * @param args JSON; the order of its fields makes no difference
   * @throws RangeError where they are nested too deeply
   */
  next(tool: string, args: JsonObject): string {
    const run = `${JSON.stringify([...this.#place, tool])} ${canonicalJson(args)}`;
    const ordinal = this.#given.get(run) ?? 0;
    this.#given.set(run, ordinal + 1);
    return createHash('sha256').update(`${run} ${ordinal}`).digest('hex');
  }
}

/** JSON text with the fields of every object in one order. @throws RangeError where it is nested too deeply */
function canonicalJson(value: JsonObject): string {
  return JSON.stringify(value, (_name, field: unknown) => {
    const object = asObject(field);
    return object === undefined ? field : Object.fromEntries(Object.entries(object).sort(byName));
  });
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]): number =>
  one < other ? -1 : 1;
