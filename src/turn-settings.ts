// What the config says of turn-taking, as the turn machine wants it. Control plane.

import { createEndpointing } from './actors/endpointing/index.js';
import { fillerPhrases } from './actors/fillers.js';
import { DEFAULT_INTERRUPTION } from './actors/interruption/index.js';
import type { TurnSettings } from './actors/turn-context.js';
import { spokenWords } from './actors/languages/index.js';
import { DEFAULT_TIMEOUTS, type Config } from './config.js';

/** At most so many fillers an answer: after that silence is more honest. */
const MOST_FILLERS = 3;
/** A voice takes the floor after so long where words may still come for it, and where none do. */
const MIN_VOICE_MS = { withInterims: 600, withoutInterims: 300 };

/** @param interims whether the recogniser tells words before an utterance is over */
export function turnSettings({ turn, providers }: Config, interims: boolean): TurnSettings {
  const { language, vadHangoverMs, endpointSilenceMs: baseMs } = turn;
  return {
    language,
    endpointing: createEndpointing({
      strategies: turn.model === undefined ? turn.endpointing : [...turn.endpointing, 'model'],
      baseMs,
      // A base below them was asked for by name: then it is the bound.
      minMs: Math.min(turn.endpointMinMs, baseMs),
      maxMs: turn.endpointMaxMs,
      hangoverMs: vadHangoverMs,
      digitsMs: turn.endpointDigitsMs,
      language,
    }),
    vadOnsetMs: turn.vadOnsetMs,
    vadHangoverMs,
    interruption: {
      ...DEFAULT_INTERRUPTION,
      minWords: turn.interruptMinWords,
      minVoiceMs:
        turn.interruptMinVoiceMs ??
        (interims ? MIN_VOICE_MS.withInterims : MIN_VOICE_MS.withoutInterims),
      maxBackchannelMs: turn.backchannelMaxMs,
      wordWaitMs: turn.interruptWordWaitMs,
    },
    resumeAt: turn.resumeAt,
    draftAfterMs: turn.drafts === 'on' ? turn.draftAfterMs : undefined,
    maxUtteranceMs: turn.maxUtteranceMs,
    stepInAfterMs: turn.stepInAfterMs,
    idleTimeoutMs: turn.idleTimeoutMs,
    idlePrompts: turn.idlePrompts,
    digitTimeoutMs: turn.digitTimeoutMs,
    finalTimeoutMs: providers.sttTimeoutMs ?? DEFAULT_TIMEOUTS.sttMs,
    answer: {
      budgetMs: turn.answerBudgetMs,
      workingLimitMs: turn.workingLimitMs,
      sttTimeoutMs: providers.sttTimeoutMs,
      agentTimeoutMs: providers.agentTimeoutMs,
      ttsTimeoutMs: providers.ttsTimeoutMs,
      brokenOffText: spokenWords(language).brokenOff,
    },
    fillers: {
      afterMs: turn.fillers === 'on' ? turn.fillerAfterMs : undefined,
      phrases: turn.fillerPhrases ?? fillerPhrases(language),
      most: MOST_FILLERS,
    },
  };
}
