// How long the turn machine waits for what. Pure. Control plane.

import { finalWaitMs } from './answer-budget.js';
import { overDelayMs } from './notice.js';
import type { TurnArgs } from './turn-base.js';
import { interimOf } from './turn-context.js';
import { endpointDelayMs, finishDelayMs, mayGoOn, verdictOf } from './turn-judgement.js';

/** Longer than any call, and no more than a timer can hold. */
const NEVER_MS = 2 ** 31 - 1;
/** A final that is so late is taken from the last interim, where there was one. */
const INTERIM_TRUST_MS = 2500;
/** A suspected voice is soon told, or is none: looked at again after each frame. */
const SUSPICION_MS = 20;

export const turnDelays = {
  endpoint: ({ context }: TurnArgs) =>
    Math.max(endpointDelayMs(context), mayGoOn(context) ? SUSPICION_MS : 0),
  finish: ({ context }: TurnArgs) => {
    if (context.utteranceId <= context.finishedId) return NEVER_MS;
    return Math.max(finishDelayMs(context), mayGoOn(context) ? SUSPICION_MS : 0);
  },
  /** Interims may still change, finals do not. */
  draft: ({ context: { settings, awaited, interims } }: TurnArgs) => {
    if (settings.draftAfterMs === undefined) return NEVER_MS;
    return awaited.length === 0 && interims.length === 0 ? 0 : settings.draftAfterMs;
  },
  verdict: ({ context }: TurnArgs) => {
    const verdict = verdictOf(context);
    return verdict.verdict === 'undecided' ? verdict.decideAgainInMs : 0;
  },
  overVerdict: ({ context }: TurnArgs) => overDelayMs(context),
  /** Pauses within an utterance do not make it any younger. */
  maxUtterance: ({ context: { settings, utteranceStartedMs, clock } }: TurnArgs) =>
    Math.max(0, utteranceStartedMs + settings.maxUtteranceMs - clock.nowMs()),
  stepIn: ({ context: { settings, timing, clock } }: TurnArgs) => {
    if (settings.stepInAfterMs === undefined) return NEVER_MS;
    const begunMs = timing.speechStartedMs ?? clock.nowMs();
    return Math.max(0, begunMs + settings.stepInAfterMs - clock.nowMs());
  },
  idle: ({ context }: TurnArgs) => context.settings.idleTimeoutMs,
  /** Counted from the last key, which may have come over a notice. */
  digit: ({ context }: TurnArgs) => Math.max(0, context.digitsEndMs - context.clock.nowMs()),
  /** With all words known from interims, little is left to wait for. */
  final: ({ context }: TurnArgs) => {
    const { settings, awaited, wait, clock } = context;
    const isKnown = awaited.every((utteranceId) => interimOf(context, utteranceId) !== undefined);
    if (isKnown) return Math.min(settings.finalTimeoutMs, INTERIM_TRUST_MS);
    return finalWaitMs(wait, settings.answer, settings.finalTimeoutMs, clock.nowMs());
  },
};
