// When the turn machine may do what. Pure. Control plane.

import { hasTimeForFiller } from './answer-budget.js';
import { verdictOver } from './notice.js';
import { sameMeaning } from './same-meaning.js';
import { isDoubtful } from './speech-confidence.js';
import type { TurnArgs } from './turn-base.js';
import { interimOf, spoken, turnInput } from './turn-context.js';
import { brokeTwice, isOverdue, isUnheard } from './turn-wait.js';
import { knowsLastWords, mayGoOn, takesFloor, verdictOf } from './turn-judgement.js';

/** A turn is drafted so often at most: each draft costs tokens. */
const MAX_DRAFTS = 2;

export const turnGuards = {
  isReply: ({ context, event }: TurnArgs) =>
    'generation' in event && event.generation === context.generation,
  isDraft: ({ context, event }: TurnArgs) =>
    'generation' in event && event.generation === context.draft?.generation,
  isAwaited: ({ context, event }: TurnArgs) =>
    event.type === 'stt.final' && context.awaited.includes(event.utteranceId),
  isLastAwaited: ({ context, event }: TurnArgs) =>
    event.type === 'stt.final' &&
    context.awaited.length === 1 &&
    context.awaited[0] === event.utteranceId,
  /** What was taken for nothing was words. */
  wereWords: ({ context, event }: TurnArgs) =>
    event.type === 'stt.final' &&
    context.doubted.includes(event.utteranceId) &&
    !isDoubtful(event.confidence) &&
    takesFloor(context, event.text),
  /** Until its final is here, an interim may still come of an utterance that was handed over. */
  isNewInterim: ({ context, event }: TurnArgs) =>
    event.type === 'stt.interim' &&
    (event.utteranceId > context.finishedId || context.awaited.includes(event.utteranceId)) &&
    event.utteranceId <= context.utteranceId &&
    event.text !== interimOf(context, event.utteranceId)?.text,
  /** Of a pause that lasts. */
  isPrediction: ({ context, event }: TurnArgs) =>
    event.type === 'turn.predicted' && event.utteranceId === context.utteranceId && !context.voice,
  isReplyOpen: ({ context }: TurnArgs) => !context.replyDone,
  /** Fillers are no answer. */
  saidNothing: ({ context }: TurnArgs) => context.answered === 0,
  awaitsFinal: ({ context }: TurnArgs) => context.awaited.length > 0,
  awaitsNothing: ({ context }: TurnArgs) => context.awaited.length === 0,
  hasVoice: ({ context }: TurnArgs) => context.voice,
  hasDigits: ({ context }: TurnArgs) => context.digits !== '',
  hasHeard: ({ context }: TurnArgs) => spoken(context.heard) !== '',
  hasAction: ({ context }: TurnArgs) => context.action !== undefined,
  isNotice: ({ context }: TurnArgs) => context.notice,
  isInterruptedOver: ({ context }: TurnArgs) => verdictOver(context) === 'interruption',
  isUndecidedOver: ({ context }: TurnArgs) => verdictOver(context) === 'undecided',
  isNothingOver: ({ context }: TurnArgs) => verdictOver(context) === 'nothing',
  speaksOver: ({ context }: TurnArgs) => context.speaksOver,
  isSteppingIn: ({ context }: TurnArgs) => context.steppingIn,
  /** The agent has stepped in as often as it asks who says nothing. */
  neverStops: ({ context: { steppingIn, stepIns, settings } }: TurnArgs) =>
    steppingIn && stepIns > settings.idlePrompts,
  mayDraft: ({ context }: TurnArgs) =>
    context.draft === undefined &&
    context.discarded < MAX_DRAFTS &&
    context.digits === '' &&
    !context.takenBack &&
    context.awaited.every((utteranceId) => interimOf(context, utteranceId) !== undefined) &&
    knowsLastWords(context),
  /** An agent that was sure of words answers them otherwise than one that was not. */
  fitsDraft: ({ context: { draft, heard, settings } }: TurnArgs) =>
    draft !== undefined &&
    sameMeaning(draft.text, spoken(heard), settings.language) &&
    isDoubtful(turnInput(heard).confidence) === draft.doubtful,
  isInterruption: ({ context }: TurnArgs) => verdictOf(context).verdict === 'interruption',
  isFalseAlarm: ({ context }: TurnArgs) =>
    ['noise', 'backchannel'].includes(verdictOf(context).verdict),
  mayGoOn: ({ context }: TurnArgs) => mayGoOn(context),
  voiceLasts: ({ context }: TurnArgs) => context.held?.voiceEndedMs === undefined,
  mayFill: ({ context: { settings, fillersSaid, replyDone, answered, wait, clock } }: TurnArgs) =>
    fillersSaid < settings.fillers.most &&
    !replyDone &&
    answered === 0 &&
    hasTimeForFiller(wait, clock.nowMs()),
  isUnheard: ({ context, event }: TurnArgs) => isUnheard(context, event),
  isRepeated: ({ context }: TurnArgs) => context.wait?.isRepeated === true,
  brokeTwice: ({ context }: TurnArgs) => brokeTwice(context),
  isOverdue: ({ context }: TurnArgs) => isOverdue(context),
  isHash: ({ event }: TurnArgs) => event.type === 'dtmf.received' && event.digit === '#',
  isChild: ({ event }: TurnArgs, { child }: { child: string }) =>
    event.type === 'child.restarted' && event.child === child,
};
