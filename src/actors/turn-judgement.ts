// What the turn machine concludes from what it knows: is the turn over, is this an interruption? Pure. Control plane.

import type { EndpointState } from './endpointing/index.js';
import {
  classifyInterruption,
  learnUsualLevel,
  type InterruptionVerdict,
} from './interruption/index.js';
import type { Milliseconds } from './ports.js';
import { isAsked } from './question-in-play.js';
import { isDoubtful } from './speech-confidence.js';
import {
  knownWords,
  onsetMs,
  turnInput,
  type TurnContext,
  type TurnEvent,
} from './turn-context.js';

/**
 * From the last voice to the one that begins, or to whatever else ends the pause now.
 * @returns undefined where no end of a voice is known
 */
function pauseMs(context: TurnContext, event: TurnEvent): Milliseconds | undefined {
  const { timing, clock } = context;
  const endedMs = timing.voiceEndedMs;
  if (endedMs === undefined) return undefined;
  const overMs = event.type === 'speech.started' ? onsetMs(context, event) : clock.nowMs();
  return Math.max(0, overMs - endedMs);
}

/** What an ended pause teaches of this caller. */
export function pauseLesson(
  context: TurnContext,
  event: TurnEvent,
  type: 'paused' | 'cut-off',
): EndpointState {
  const { settings, endpointState, expectation } = context;
  const silenceMs = pauseMs(context, event);
  if (silenceMs === undefined) return endpointState;
  return settings.endpointing.learn(endpointState, { type, silenceMs, expectation });
}

/** Are there words of what the caller said last? */
export function knowsLastWords(context: TurnContext): boolean {
  const { heard, interims, utteranceId } = context;
  return [...heard, ...interims].some(
    (last) => last.utteranceId === utteranceId && last.text.trim() !== '',
  );
}

/** Finals are asked for so much before the turn is thought to end, at most, and in no shorter pause. */
const MOST_AHEAD_MS = 300;
const SHORTEST_FINISHED_PAUSE_MS = 300;
/** Finals do not always take the time they took before. */
const AHEAD_FACTOR = 1.25;
/** What one more final counts; the first is all that is known. */
const LATENCY_WEIGHT = 0.3;

/** From the end of the voice until its turn counts as complete, and that end. */
function pauseWanted(context: TurnContext): { endedMs: Milliseconds; delayMs: Milliseconds } {
  const { settings, endpointState, expectation, timing, pauses, prediction, clock } = context;
  const endedMs = timing.voiceEndedMs ?? clock.nowMs() - settings.vadHangoverMs;
  const delayMs = settings.endpointing.delayMs(endpointState, {
    // Words of what was said before say nothing of how this voice ended.
    interimText: knowsLastWords(context) ? knownWords(context) : undefined,
    expectation,
    utteranceMs: Math.max(0, endedMs - (timing.speechStartedMs ?? endedMs)),
    pausesSoFar: pauses,
    modelProbability: prediction,
  });
  return { endedMs, delayMs };
}

/** A line that stirs now and then does not keep its turn open for ever. */
const MOST_SUSPICION_MS = 300;

/** The caller may just be going on: the turn does not end yet. */
export function mayGoOn(context: TurnContext): boolean {
  // Where no end of a voice is known, there is nothing that it would go on from.
  if (context.timing.voiceEndedMs === undefined || !context.voiceSuspected()) return false;
  const { endedMs, delayMs } = pauseWanted(context);
  return context.clock.nowMs() < endedMs + delayMs + MOST_SUSPICION_MS;
}

/** From now on until the turn counts as complete. */
export function endpointDelayMs(context: TurnContext): Milliseconds {
  const { endedMs, delayMs } = pauseWanted(context);
  return Math.max(0, endedMs + delayMs - context.clock.nowMs());
}

/**
 * From now on until the words of the pause are asked for: so early that the final is likely to be
 * there when the turn counts as complete. Who goes on after that opens another utterance of the turn.
 */
export function finishDelayMs(context: TurnContext): Milliseconds {
  const { endedMs, delayMs } = pauseWanted(context);
  const aheadMs = Math.min(MOST_AHEAD_MS, AHEAD_FACTOR * context.finalLatencyMs);
  const pauseMs = Math.min(delayMs, Math.max(SHORTEST_FINISHED_PAUSE_MS, delayMs - aheadMs));
  return Math.max(0, endedMs + pauseMs - context.clock.nowMs());
}

/** The recogniser's latency, with one final more. */
export function learnFinalLatency(context: TurnContext): Milliseconds {
  const { finalLatencyMs, finishedAtMs, clock } = context;
  const tookMs = Math.min(MOST_AHEAD_MS, Math.max(0, clock.nowMs() - finishedAtMs));
  const weight = finalLatencyMs === 0 ? 1 : LATENCY_WEIGHT;
  return finalLatencyMs + weight * (tookMs - finalLatencyMs);
}

/** What is known of the caller's voice once the turn is committed. */
export const usualLevelAfter = ({ usualLevelDbfs, turnLevelDbfs }: TurnContext) =>
  learnUsualLevel(usualLevelDbfs, turnLevelDbfs);

/** Of the voice on the line, relative to the caller's usual one; undefined where either is unknown. */
function relativeLevelDb({ usualLevelDbfs, voiceLevelDbfs }: TurnContext): number | undefined {
  const dbfs = voiceLevelDbfs();
  return dbfs === undefined || usualLevelDbfs === undefined ? undefined : dbfs - usualLevelDbfs;
}

/** Words that a recogniser doubts are none where the voice sounds like none either: a hum heard as "goodbye". */
function wordsOfHeld(context: TurnContext): string | undefined {
  const { heard, interims } = context;
  if (heard.length === 0 && interims.length === 0) return undefined;
  const { confidence } = turnInput([...heard, ...interims]);
  const areMadeUp = context.voiceCharacter() === 'sound' && isDoubtful(confidence);
  return areMadeUp ? '' : knownWords(context);
}

/** What the voice is taken for that the agent is held for. */
export function verdictOf(context: TurnContext): InterruptionVerdict {
  const { held, settings, clock } = context;
  if (held === undefined) return { verdict: 'interruption' };
  const { voiceEndedMs } = held;
  const nowMs = clock.nowMs();
  // Without its end told, the voice may have ended a hangover ago.
  const provenMs = voiceEndedMs ?? nowMs - settings.vadHangoverMs;
  return classifyInterruption(
    {
      voiceMs: Math.max(0, provenMs - held.onsetMs),
      voiceEnded: voiceEndedMs !== undefined,
      silenceMs: voiceEndedMs === undefined ? 0 : Math.max(0, nowMs - voiceEndedMs),
      words: wordsOfHeld(context),
      levelDb: relativeLevelDb(context),
      character: context.voiceCharacter(),
      language: settings.language,
      agentAsked: isAsked(context.replyText, context.heardSoFar),
    },
    settings.interruption,
  );
}

/** By its words alone. */
export function takesFloor(
  { settings, replyText, heardSoFar }: TurnContext,
  words: string,
): boolean {
  const { interruption, language } = settings;
  const { verdict } = classifyInterruption(
    {
      voiceMs: interruption.minWordMs,
      voiceEnded: true,
      silenceMs: 0,
      words,
      levelDb: undefined,
      character: undefined,
      language,
      agentAsked: isAsked(replyText, heardSoFar),
    },
    interruption,
  );
  return verdict === 'interruption';
}
