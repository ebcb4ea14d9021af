// What the scripted engines of one call did and when: the node's side of a scenario's evidence. Control plane.

import type { AgentInput, HistoryTurn } from '../actors/ports.js';

type NoteBody =
  /** The agent was asked for its reply number `reply`, counted from 1. */
  | {
      readonly type: 'agent.asked';
      readonly reply: number;
      readonly input: AgentInput;
      readonly history: readonly HistoryTurn[];
    }
  /** The node withdrew it: an interruption, or, not `committed`, a draft that was not wanted. */
  | { readonly type: 'agent.withdrawn'; readonly reply: number; readonly committed: boolean }
  | { readonly type: 'tool.ran'; readonly tool: string }
  | { readonly type: 'tool.ended'; readonly tool: string; readonly how: 'done' | 'failed' }
  | { readonly type: 'stt.interim'; readonly text: string }
  | { readonly type: 'stt.final'; readonly text: string }
  /** A clause was asked for; with `ms` of audio where the voice is in order. */
  | {
      readonly type: 'tts.clause';
      readonly reply: number;
      readonly text: string;
      readonly ms: number;
    };

/** `atMs` on the process's monotonic clock. */
export type EngineNote = NoteBody & { readonly atMs: number };

export class EngineNotes {
  readonly all: EngineNote[] = [];
  /** The newest reply the agent was asked for. */
  reply = 0;

  add(note: NoteBody): void {
    this.all.push({ ...note, atMs: performance.now() });
  }
}
