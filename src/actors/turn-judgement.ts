// What the turn machine concludes from what it knows: is the turn over, is this an interruption? Pure. Control plane.

import {
  classifyInterruption,
  learnUsualLevel,
  type InterruptionVerdict,
} from './interruption/index.js';
import type { Milliseconds } from './ports.js';
import { knownWords, spoken, type TurnContext } from './turn-context.js';

/** Silence since the last voice. */
export const silenceMs = ({ timing, clock }: TurnContext): Milliseconds =>
  timing.voiceEndedMs === undefined ? 0 : Math.max(0, clock.nowMs() - timing.voiceEndedMs);

/** Are there words of what the caller said last? */
export function knowsLastWords(context: TurnContext): boolean {
  const { heard, interim, utteranceId } = context;
  const last = heard.find((utterance) => utterance.utteranceId === utteranceId) ?? interim;
  return last?.utteranceId === utteranceId && last.text.trim() !== '';
}

/** From now on until the turn counts as complete. */
export function endpointDelayMs(context: TurnContext): Milliseconds {
  const { settings, endpointState, expectation, timing, pauses, prediction, clock } = context;
  const endedMs = timing.voiceEndedMs ?? clock.nowMs() - settings.vadHangoverMs;
  const delayMs = settings.endpointing.delayMs(endpointState, {
    interimText: knownWords(context),
    expectation,
    utteranceMs: Math.max(0, endedMs - (timing.speechStartedMs ?? endedMs)),
    pausesSoFar: pauses,
    modelProbability: prediction,
  });
  return Math.max(0, endedMs + delayMs - clock.nowMs());
}

/** What is known of the caller's voice once the turn is committed. */
export const usualLevelAfter = ({ usualLevelDbfs, turnLevelDbfs }: TurnContext) =>
  learnUsualLevel(usualLevelDbfs, turnLevelDbfs);

/** Of the voice on the line, relative to the caller's usual one; undefined where either is unknown. */
function relativeLevelDb({ usualLevelDbfs, voiceLevelDbfs }: TurnContext): number | undefined {
  const dbfs = voiceLevelDbfs();
  return dbfs === undefined || usualLevelDbfs === undefined ? undefined : dbfs - usualLevelDbfs;
}

/** What the voice is taken for that the agent is held for. */
export function verdictOf(context: TurnContext): InterruptionVerdict {
  const { held, settings, clock, heard, interim, heardSoFar } = context;
  if (held === undefined) return { verdict: 'interruption' };
  const { onsetMs, voiceEndedMs } = held;
  const nowMs = clock.nowMs();
  // Without its end told, the voice may have ended a hangover ago.
  const provenMs = voiceEndedMs ?? nowMs - settings.vadHangoverMs;
  const final = heard.length > 0 ? spoken(heard) : undefined;
  return classifyInterruption(
    {
      voiceMs: Math.max(0, provenMs - onsetMs),
      voiceEnded: voiceEndedMs !== undefined,
      silenceMs: voiceEndedMs === undefined ? 0 : Math.max(0, nowMs - voiceEndedMs),
      words: final ?? interim?.text,
      levelDb: relativeLevelDb(context),
      language: settings.language,
      agentAsked: heardSoFar.trimEnd().endsWith('?'),
    },
    settings.interruption,
  );
}

/** By its words alone. */
export function takesFloor({ settings, heardSoFar }: TurnContext, words: string): boolean {
  const { interruption, language } = settings;
  const { verdict } = classifyInterruption(
    {
      voiceMs: interruption.minWordMs,
      voiceEnded: true,
      silenceMs: 0,
      words,
      levelDb: undefined,
      language,
      agentAsked: heardSoFar.trimEnd().endsWith('?'),
    },
    interruption,
  );
  return verdict === 'interruption';
}
