// What every provider must pass: one suite for each port, run by the tests of each provider. Test.

import type { Test } from 'tap';
import type { AgentProvider, SttProvider, TtsProvider } from '../../src/actors/ports.js';
import { agentConformanceTests } from './agent-conformance.js';
import { sttConformanceTests } from './stt-conformance.js';
import { ttsConformanceTests } from './tts-conformance.js';

/** Caller audio and what the provider under test makes of it. */
export interface SttClip {
  readonly name: string;
  /** Mono int16 at 8000 Hz, at least 500 ms. */
  readonly pcm: Int16Array;
  /** True for the text (as the provider writes it) that this clip must give. */
  readonly matches: (text: string) => boolean;
}

export interface SttConformanceOptions {
  /** A fresh provider; the suite closes it. */
  readonly makeProvider: () => SttProvider | Promise<SttProvider>;
  /** Two clips of different text. */
  readonly clips: readonly [SttClip, SttClip];
  /** A clip to be heard after `expect('digits')`; left out where it makes no difference. */
  readonly digits?: SttClip;
  /** A provider that cannot work (dead server, dying worker): errors must be coded. */
  readonly makeFailing?: () => SttProvider | Promise<SttProvider>;
  /** Longest wait for one answer. Default 10000. */
  readonly timeoutMs?: number;
  /** How long silence must last to count as "no further event". Default 60. */
  readonly settleMs?: number;
}

export interface TtsConformanceOptions {
  readonly makeProvider: () => TtsProvider | Promise<TtsProvider>;
  /** A provider that cannot work: errors must be coded. */
  readonly makeFailing?: () => TtsProvider | Promise<TtsProvider>;
  readonly timeoutMs?: number;
}

export interface AgentConformanceOptions {
  readonly makeProvider: () => AgentProvider | Promise<AgentProvider>;
  /** Two caller turns and what their answers must match. */
  readonly turns: readonly [AgentTurnCase, AgentTurnCase];
  /** A provider that cannot work: errors must be coded. */
  readonly makeFailing?: () => AgentProvider | Promise<AgentProvider>;
  readonly timeoutMs?: number;
}

export interface AgentTurnCase {
  readonly text: string;
  readonly answer: RegExp;
}

/** Every promise of `SttProvider` and `SttSession` in `src/actors/ports.ts`. */
export function sttConformance(t: Test, name: string, options: SttConformanceOptions) {
  return t.test(`${name}: speech to text conformance`, async (t) => {
    for (const [title, run] of sttConformanceTests(options)) await t.test(title, run);
  });
}

/** Every promise of `TtsProvider` in `src/actors/ports.ts`. */
export function ttsConformance(t: Test, name: string, options: TtsConformanceOptions) {
  return t.test(`${name}: text to speech conformance`, async (t) => {
    for (const [title, run] of ttsConformanceTests(options)) await t.test(title, run);
  });
}

/** Every promise of `AgentProvider` and `AgentSession` in `src/actors/ports.ts`. */
export function agentConformance(t: Test, name: string, options: AgentConformanceOptions) {
  return t.test(`${name}: agent conformance`, async (t) => {
    for (const [title, run] of agentConformanceTests(options)) await t.test(title, run);
  });
}
