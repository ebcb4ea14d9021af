// A notice must be heard whole: what came over it is kept, and judged when it is over. Pure. Control plane.

import type { Fact } from './events.js';
import type { Milliseconds } from './ports.js';
import { doubt, takenForNothing } from './turn-doubt.js';
import { knownWords, onsetMs, type TurnContext } from './turn-context.js';
import { takesFloor, verdictOf } from './turn-judgement.js';

/** A voice begins over a notice, or one of before turns out to have been words. */
export function noteOver(context: TurnContext, event: Fact): Partial<TurnContext> {
  const { held, voice, clock } = context;
  if (event.type === 'speech.started') {
    // The line may open the next utterance within one voice.
    const isSame = voice && held !== undefined;
    const begun = { onsetMs: onsetMs(context, event), voiceEndedMs: undefined };
    return { speaksOver: true, held: isSame ? held : begun };
  }
  const nowMs = clock.nowMs();
  return { held: held ?? { onsetMs: nowMs, voiceEndedMs: nowMs } };
}

/** Of the newest voice alone: what came before it has ended, and was told by its words. */
function newestVoice(context: TurnContext): Pick<TurnContext, 'heard' | 'awaited' | 'interims'> {
  const { heard, awaited, interims, utteranceId } = context;
  return {
    heard: heard.filter((one) => one.utteranceId === utteranceId),
    awaited: awaited.filter((id) => id === utteranceId),
    interims: interims.filter((one) => one.utteranceId === utteranceId),
  };
}

/**
 * What came over the notice, now that it is over: is it an interruption of what follows? `nothing` where
 * there was none, or a noise, or a sign of listening.
 */
export function verdictOver(context: TurnContext): 'nothing' | 'undecided' | 'interruption' {
  const { held, voice, awaited } = context;
  if (held === undefined) return 'nothing';
  const words = knownWords(context);
  if (words !== '' && takesFloor(context, words)) return 'interruption';
  // All of it was understood, and held no words.
  if (words === '' && !voice && awaited.length === 0) return 'nothing';
  const { verdict } = verdictOf({ ...context, ...newestVoice(context) });
  return verdict === 'interruption' || verdict === 'undecided' ? verdict : 'nothing';
}

/** While that is undecided: when to ask again. */
export function overDelayMs(context: TurnContext): Milliseconds {
  const verdict = verdictOf({ ...context, ...newestVoice(context) });
  return verdict.verdict === 'undecided' ? verdict.decideAgainInMs : 0;
}

/** What came over the notice was nothing: forget it. */
export function forgetOver(context: TurnContext): Partial<TurnContext> {
  if (context.held === undefined) return {};
  return { speaksOver: false, ...takenForNothing(context) };
}

/** The newest voice is still to be judged; those before it were nothing. */
export function judgeNewest(context: TurnContext): Partial<TurnContext> {
  const newest = newestVoice(context);
  const others = context.awaited.filter((id) => !newest.awaited.includes(id));
  return { ...newest, doubted: doubt(context, others) };
}
