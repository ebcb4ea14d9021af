// What the turn machine does and when it may: its delays, guards and actions. Pure but for the record. Control plane.

import { assign, enqueueActions, setup } from 'xstate';
import { RingmasterError } from '../errors.js';
import type { AgentOrder, ChildFailed } from './events.js';
import { chooseFiller } from './fillers.js';
import { doubt, forgetOver, judgeNewest, noteOver, verdictOver } from './notice.js';
import type { AgentInput, CallAction, HistoryTurn, RecordedTurn } from './ports.js';
import { sameMeaning } from './same-meaning.js';
import {
  historyBeforeInput,
  interimOf,
  knownWords,
  newReply,
  spoken,
  type TurnContext,
  type TurnEvent,
  type TurnInput,
  without,
} from './turn-context.js';
import {
  endpointDelayMs,
  finishDelayMs,
  knowsLastWords,
  learnFinalLatency,
  mayGoOn,
  pauseMs,
  takesFloor,
  usualLevelAfter,
  verdictOf,
} from './turn-judgement.js';
import { turnLatency } from './turn-timing.js';

/** Longer than any call, and no more than a timer can hold. */
const NEVER_MS = 2 ** 31 - 1;
/** A turn is drafted so often at most: each draft costs tokens. */
const MAX_DRAFTS = 2;
/** A final that is so late is taken from the last interim, where there was one. */
const INTERIM_TRUST_MS = 2500;
/** A suspected voice is told within the VAD's onset, or is none: looked at again after each frame. */
const SUSPICION_MS = 20;
const FILLER_TIMER = 'filler';

/** The order for a reply that is no draft. */
function agentReply(
  context: TurnContext,
  generation: number,
  input: AgentInput,
  history: readonly HistoryTurn[],
  turn = context.turns,
): Extract<AgentOrder, { type: 'agent.reply' }> {
  return { type: 'agent.reply', generation, input, history, turn, draft: false };
}

/** What the caller said, as the record has it. */
function callerTurn({ timing, startedAtMs, clock }: TurnContext, text: string): RecordedTurn {
  const nowMs = clock.nowMs();
  return {
    role: 'caller',
    text,
    startMs: Math.round((timing.speechStartedMs ?? nowMs) - startedAtMs),
    endMs: Math.round((timing.voiceEndedMs ?? nowMs) - startedAtMs),
  };
}

/** Into the record; the first takes the place of the turn that was taken back, if one was. */
function record({ log, takenBack }: TurnContext, ...turns: readonly RecordedTurn[]): void {
  for (const [i, turn] of turns.entries()) {
    if (takenBack && i === 0) log.amendTurn(turn);
    else log.turn(turn);
  }
}

export const turnSetup = setup({
  types: {
    context: {} as TurnContext,
    input: {} as TurnInput,
    events: {} as TurnEvent,
  },
  delays: {
    endpoint: ({ context }) =>
      Math.max(endpointDelayMs(context), mayGoOn(context) ? SUSPICION_MS : 0),
    finish: ({ context }) => finishDelayMs(context),
    /** Interims may still change, finals do not. */
    draft: ({ context: { settings, awaited, interims } }) => {
      if (settings.draftAfterMs === undefined) return NEVER_MS;
      return awaited.length === 0 && interims.length === 0 ? 0 : settings.draftAfterMs;
    },
    verdict: ({ context }) => {
      const verdict = verdictOf(context);
      return verdict.verdict === 'undecided' ? verdict.decideAgainInMs : 0;
    },
    /** Pauses within an utterance do not make it any younger. */
    maxUtterance: ({ context: { settings, utteranceStartedMs, clock } }) =>
      Math.max(0, utteranceStartedMs + settings.maxUtteranceMs - clock.nowMs()),
    stepIn: ({ context: { settings, timing, clock } }) => {
      if (settings.stepInAfterMs === undefined) return NEVER_MS;
      const begunMs = timing.speechStartedMs ?? clock.nowMs();
      return Math.max(0, begunMs + settings.stepInAfterMs - clock.nowMs());
    },
    idle: ({ context }) => context.settings.idleTimeoutMs,
    /** Counted from the last key, which may have come over a notice. */
    digit: ({ context }) => Math.max(0, context.digitsEndMs - context.clock.nowMs()),
    /** With all words known from interims, little is left to wait for. */
    final: ({ context }) => {
      const { settings, awaited } = context;
      const isKnown = awaited.every((utteranceId) => interimOf(context, utteranceId) !== undefined);
      return isKnown
        ? Math.min(settings.finalTimeoutMs, INTERIM_TRUST_MS)
        : settings.finalTimeoutMs;
    },
    reply: ({ context }) => context.settings.replyTimeoutMs,
  },
  guards: {
    isReply: ({ context, event }) =>
      'generation' in event && event.generation === context.generation,
    isDraft: ({ context, event }) =>
      'generation' in event && event.generation === context.draft?.generation,
    isAwaited: ({ context, event }) =>
      event.type === 'stt.final' && context.awaited.includes(event.utteranceId),
    isLastAwaited: ({ context, event }) =>
      event.type === 'stt.final' &&
      context.awaited.length === 1 &&
      context.awaited[0] === event.utteranceId,
    /** What was taken for nothing was words. */
    wereWords: ({ context, event }) =>
      event.type === 'stt.final' &&
      context.doubted.includes(event.utteranceId) &&
      takesFloor(context, event.text),
    /** Until its final is here, an interim may still come of an utterance that was handed over. */
    isNewInterim: ({ context, event }) =>
      event.type === 'stt.interim' &&
      (event.utteranceId > context.finishedId || context.awaited.includes(event.utteranceId)) &&
      event.utteranceId <= context.utteranceId &&
      event.text !== interimOf(context, event.utteranceId)?.text,
    /** Of a pause that lasts. */
    isPrediction: ({ context, event }) =>
      event.type === 'turn.predicted' &&
      event.utteranceId === context.utteranceId &&
      !context.voice,
    isReplyOpen: ({ context }) => !context.replyDone,
    /** Fillers are no answer. */
    saidNothing: ({ context }) => context.answered === 0,
    awaitsFinal: ({ context }) => context.awaited.length > 0,
    awaitsNothing: ({ context }) => context.awaited.length === 0,
    hasVoice: ({ context }) => context.voice,
    hasDigits: ({ context }) => context.digits !== '',
    hasHeard: ({ context }) => spoken(context.heard) !== '',
    hasAction: ({ context }) => context.action !== undefined,
    isNotice: ({ context }) => context.notice,
    isInterruptedOver: ({ context }) => verdictOver(context) === 'interruption',
    isNothingOver: ({ context }) => verdictOver(context) === 'nothing',
    speaksOver: ({ context }) => context.speaksOver,
    isSteppingIn: ({ context }) => context.steppingIn,
    mayDraft: ({ context }) =>
      context.draft === undefined &&
      context.discarded < MAX_DRAFTS &&
      context.digits === '' &&
      !context.takenBack &&
      context.awaited.every((utteranceId) => interimOf(context, utteranceId) !== undefined) &&
      knowsLastWords(context),
    fitsDraft: ({ context: { draft, heard, settings } }) =>
      draft !== undefined && sameMeaning(draft.text, spoken(heard), settings.language),
    isInterruption: ({ context }) => verdictOf(context).verdict === 'interruption',
    isFalseAlarm: ({ context }) => ['noise', 'backchannel'].includes(verdictOf(context).verdict),
    mayGoOn: ({ context }) => mayGoOn(context),
    voiceLasts: ({ context }) => context.held?.voiceEndedMs === undefined,
    mayFill: ({ context: { settings, fillersSaid, replyDone, answered } }) =>
      fillersSaid < settings.fillers.most && !replyDone && answered === 0,
    isHash: ({ event }) => event.type === 'dtmf.received' && event.digit === '#',
    isChild: ({ event }, { child }: { child: string }) =>
      event.type === 'child.restarted' && event.child === child,
  },
  actions: {
    greet: enqueueActions(({ enqueue, context }) => {
      const input: AgentInput = { kind: 'greeting' };
      const reply = newReply(context, input);
      enqueue.assign(reply);
      enqueue.sendTo(
        context.supervisor,
        agentReply(context, reply.generation, input, context.history),
      );
    }),
    /** The same again, for an agent that came back without having said anything. */
    askAgain: enqueueActions(({ enqueue, context }) => {
      const { generation, input } = context;
      const order = agentReply(context, generation, input, historyBeforeInput(context));
      enqueue.sendTo(context.supervisor, order);
    }),
    say: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'agent.clause') return;
      const { generation, text, uninterruptible } = event;
      const clause = context.clauses;
      const said = { clause, text, ...(uninterruptible && { uninterruptible }) };
      const timing = {
        ...context.timing,
        firstClauseMs: context.timing.firstClauseMs ?? context.clock.nowMs(),
      };
      enqueue.cancel(FILLER_TIMER);
      enqueue.assign({
        clauses: clause + 1,
        answered: context.answered + 1,
        unsaid: [...context.unsaid, said],
        timing,
      });
      enqueue.sendTo(context.supervisor, { type: 'tts.say', generation, ...said });
    }),
    /** The clock for the first filler. */
    awaitAnswer: enqueueActions(({ enqueue, context }) => {
      const { afterMs } = context.settings.fillers;
      enqueue.cancel(FILLER_TIMER);
      if (afterMs === undefined || context.answered > 0) return;
      enqueue.raise({ type: 'filler.due' }, { id: FILLER_TIMER, delay: afterMs });
    }),
    sayFiller: enqueueActions(({ enqueue, context }) => {
      const { generation, clauses: clause, settings, fillersSaid, unsaid } = context;
      const { phrase: text, state } = chooseFiller(context.fillers, settings.fillers.phrases);
      if (text === undefined || settings.fillers.afterMs === undefined) return;
      enqueue.assign({
        clauses: clause + 1,
        unsaid: [...unsaid, { clause, text }],
        fillers: state,
        fillersSaid: fillersSaid + 1,
      });
      enqueue.sendTo(context.supervisor, { type: 'tts.say', generation, clause, text });
      // The next one counts from the end of this one, which is about so far away.
      const delay = settings.fillers.afterMs * 2;
      enqueue.raise({ type: 'filler.due' }, { id: FILLER_TIMER, delay });
    }),
    /** Give a speech engine that came back what the old one had not handed over. */
    sayAgain: enqueueActions(({ enqueue, context }) => {
      const { generation, unsaid, replyDone } = context;
      for (const clause of unsaid) {
        enqueue.sendTo(context.supervisor, { type: 'tts.say', generation, ...clause });
      }
      if (replyDone) enqueue.sendTo(context.supervisor, { type: 'tts.end', generation });
    }),
    noteSaid: assign({
      unsaid: ({ context, event }) =>
        event.type === 'tts.said' && event.generation === context.generation
          ? context.unsaid.filter(({ clause }) => clause !== event.clause)
          : context.unsaid,
    }),
    completeReply: enqueueActions(({ enqueue, context, event }) => {
      const { generation, input } = context;
      const asked = event.type === 'agent.done' ? event.action : undefined;
      // Nobody is there any more: whatever the agent says to that, it was the last.
      const isLast = input.kind === 'idle' && input.last;
      const action: CallAction | undefined = asked ?? (isLast ? { type: 'hangup' } : undefined);
      enqueue.cancel(FILLER_TIMER);
      enqueue.assign({ replyDone: true, action });
      enqueue.sendTo(context.supervisor, { type: 'tts.end', generation });
    }),
    /** A reply that took too long is over: nothing of it may come any more. */
    abortReply: enqueueActions(({ enqueue, context }) => {
      const { generation } = context;
      enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
    }),
    expect: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'agent.expected') return;
      const { expectation } = event;
      enqueue.assign({ expectation });
      enqueue.sendTo(context.supervisor, { type: 'stt.expect', expectation });
    }),

    // ---- drafts

    /** Let the agent begin on what was understood so far: nothing of it is spoken or done yet. */
    orderDraft: enqueueActions(({ enqueue, context }) => {
      const text = knownWords(context);
      const generation = context.issued + 1;
      enqueue.assign({
        issued: generation,
        draft: {
          generation,
          text,
          clauses: [],
          expectation: undefined,
          done: undefined,
        },
      });
      const input: AgentInput = { kind: 'turn', text };
      const order = agentReply(context, generation, input, context.history, context.turns + 1);
      enqueue.sendTo(context.supervisor, { ...order, draft: true });
    }),
    noteDraft: assign({
      draft: ({ context: { draft }, event }) => {
        if (draft === undefined) return draft;
        // eslint-disable-next-line typescript/switch-exhaustiveness-check -- nothing else tells of a draft
        switch (event.type) {
          case 'agent.clause': {
            const { text, uninterruptible } = event;
            const clause = { text, ...(uninterruptible && { uninterruptible }) };
            return { ...draft, clauses: [...draft.clauses, clause] };
          }
          case 'agent.expected':
            return { ...draft, expectation: event.expectation };
          case 'agent.done':
            return { ...draft, done: { action: event.action } };
          default:
            return draft;
        }
      },
    }),
    discardDraft: enqueueActions(({ enqueue, context }) => {
      const { draft, discarded } = context;
      if (draft === undefined) return;
      enqueue.assign({ draft: undefined, discarded: discarded + 1 });
      const { generation } = draft;
      enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
    }),
    /** An interim that says something else makes the draft one of words that were not said. */
    reviewDraft: enqueueActions(({ enqueue, context }) => {
      const { draft, settings } = context;
      if (draft === undefined) return;
      if (sameMeaning(draft.text, knownWords(context), settings.language)) return;
      const { generation } = draft;
      enqueue.assign({ draft: undefined, discarded: context.discarded + 1 });
      enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
    }),
    /** Its agent is gone, and the draft with it. */
    loseDraft: assign({ draft: undefined }),
    /** The turn is what was drafted for: into history and record, and the draft becomes the reply. */
    adoptDraft: enqueueActions(({ enqueue, context }) => {
      const { draft, history, timing, clock, supervisor } = context;
      if (draft === undefined) return;
      const { generation, done, expectation } = draft;
      const clauses = draft.clauses.map((said, clause) => ({ ...said, clause }));
      const text = spoken(context.heard);
      record(context, callerTurn(context, text));
      const nowMs = clock.nowMs();
      const isLast = done !== undefined;
      enqueue.assign({
        ...newReply(context, { kind: 'turn', text }),
        generation,
        issued: context.issued,
        history: [...history, { role: 'caller', text }],
        turns: context.turns + 1,
        usualLevelDbfs: usualLevelAfter(context),
        timing: { ...timing, finalMs: nowMs, ...(clauses.length > 0 && { firstClauseMs: nowMs }) },
        clauses: clauses.length,
        answered: clauses.length,
        unsaid: clauses,
        replyDone: isLast,
        action: done?.action,
        ...(expectation && { expectation }),
      });
      enqueue.sendTo(supervisor, { type: 'agent.commit', generation });
      if (expectation) enqueue.sendTo(supervisor, { type: 'stt.expect', expectation });
      for (const clause of clauses) {
        enqueue.sendTo(supervisor, { type: 'tts.say', generation, ...clause });
      }
      if (isLast) enqueue.sendTo(supervisor, { type: 'tts.end', generation });
    }),

    // ---- hold

    /** Fall silent at once; what was not heard is kept until it is known what the voice is. */
    hold: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'speech.started') return;
      const onsetMs = event.voiceStartedAtMs ?? event.atMs - context.settings.vadOnsetMs;
      enqueue.assign({ held: { onsetMs, voiceEndedMs: undefined }, heardSoFar: '' });
      enqueue.sendTo(context.supervisor, { type: 'line.hold' });
    }),
    noteHeard: assign({
      heardSoFar: ({ context, event }) =>
        'heardText' in event ? event.heardText : context.heardSoFar,
    }),
    noteHeldVoice: assign({
      held: ({ context: { held }, event }) => {
        if (held === undefined) return held;
        if (event.type === 'speech.started') return { ...held, voiceEndedMs: undefined };
        return event.type === 'speech.stopped'
          ? { ...held, voiceEndedMs: event.voiceEndedAtMs }
          : held;
      },
    }),
    /** It was nothing: play on, and forget what was understood of it. */
    resume: enqueueActions(({ enqueue, context }) => {
      context.log.falseInterruption();
      enqueue.assign({
        held: undefined,
        heard: [],
        awaited: [],
        doubted: doubt(context, context.awaited),
        interims: [],
        turnLevelDbfs: undefined,
        timing: {},
      });
      const at = context.settings.resumeAt;
      enqueue.sendTo(context.supervisor, { type: 'line.resume', at });
    }),

    // ---- a notice

    beginNotice: assign({ notice: true }),
    noteOver: assign(({ context, event }) =>
      event.type === 'speech.started' || event.type === 'stt.final' ? noteOver(context, event) : {},
    ),
    endNotice: assign({ notice: false }),
    forgetOver: assign(({ context }) => forgetOver(context)),
    /** What began over the notice is judged as a voice is that begins now. */
    holdOver: enqueueActions(({ enqueue, context }) => {
      enqueue.assign(judgeNewest(context));
      enqueue.sendTo(context.supervisor, { type: 'line.hold' });
    }),

    // ---- the caller's turn

    /** Take the floor back from the agent; `playback.cleared` will tell what of it was heard. */
    yieldFloor: enqueueActions(({ enqueue, context }) => {
      const { generation } = context;
      enqueue.cancel(FILLER_TIMER);
      enqueue.sendTo(context.supervisor, { type: 'line.clear' });
      enqueue.sendTo(context.supervisor, { type: 'tts.stop' });
      enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
      enqueue.assign({ unsaid: [], action: undefined, held: undefined });
    }),
    /** The caller goes on before any answer was heard: the turn is not over, its words are kept. */
    takeTurnBack: assign(({ context, event }) => {
      const { input, turns, endpointState, settings, expectation } = context;
      const history = historyBeforeInput(context);
      if (input.kind === 'digits') return { history, digits: input.digits, takenBack: true };
      if (input.kind !== 'turn') return {};
      // Before every utterance that follows.
      const heard = [{ utteranceId: 0, text: input.text }];
      const silenceMs = pauseMs(context, event);
      const cutOff = { type: 'cut-off', silenceMs, expectation } as const;
      return {
        history,
        heard,
        turns: turns - 1,
        takenBack: true,
        endpointState: settings.endpointing.learn(endpointState, cutOff),
      };
    }),
    recordInterruption: ({ context }) => context.log.interruption(),
    noteSpeech: assign(({ context, event }) => {
      if (event.type !== 'speech.started') return {};
      const { utteranceId, atMs } = event;
      const isSame = utteranceId === context.utteranceId;
      return {
        utteranceId,
        utteranceStartedMs: isSame ? context.utteranceStartedMs : context.clock.nowMs(),
        voice: true,
        prediction: undefined,
        idleCount: 0,
        timing: { speechStartedMs: context.timing.speechStartedMs ?? atMs },
      };
    }),
    /** The caller went on in time: so long this caller pauses. */
    learnPause: assign(({ context, event }) => {
      const { settings, endpointState, expectation, pauses } = context;
      const silenceMs = pauseMs(context, event);
      const paused = { type: 'paused', silenceMs, expectation } as const;
      return {
        pauses: pauses + 1,
        endpointState: settings.endpointing.learn(endpointState, paused),
      };
    }),
    noteSilence: assign({
      voice: false,
      timing: ({ context, event }) =>
        event.type === 'speech.stopped'
          ? { ...context.timing, voiceEndedMs: event.voiceEndedAtMs }
          : context.timing,
      turnLevelDbfs: ({ context: { turnLevelDbfs = -Infinity, voiceLevelDbfs } }) => {
        const dbfs = Math.max(turnLevelDbfs, voiceLevelDbfs() ?? -Infinity);
        return dbfs === -Infinity ? undefined : dbfs;
      },
    }),
    noteInterim: assign({
      interims: ({ context: { interims }, event }) =>
        event.type === 'stt.interim'
          ? [
              ...without(interims, event.utteranceId),
              { utteranceId: event.utteranceId, text: event.text },
            ]
          : interims,
    }),
    notePrediction: assign({
      prediction: ({ context, event }) =>
        event.type === 'turn.predicted' ? event.probability : context.prediction,
    }),
    /** Ask for the words of what was said so far. */
    finishUtterance: enqueueActions(({ enqueue, context }) => {
      const { utteranceId, finishedId, awaited } = context;
      const nowMs = context.clock.nowMs();
      enqueue.assign({ utteranceStartedMs: nowMs });
      // Handed over already, while it was decided what it is.
      if (utteranceId <= finishedId) return;
      enqueue.assign({
        awaited: awaited.includes(utteranceId) ? awaited : [...awaited, utteranceId],
        finishedId: utteranceId,
        finishedAtMs: nowMs,
      });
      enqueue.sendTo(context.supervisor, { type: 'stt.finish', utteranceId });
    }),
    stepIn: assign({ steppingIn: true }),
    /** From here on the caller waits for the agent. */
    endTurn: assign({
      timing: ({ context }) => ({ ...context.timing, endpointedMs: context.clock.nowMs() }),
    }),
    /** The voice that was there before the keypad's turn was answered has ended: its words come too late. */
    dropUtterance: enqueueActions(({ enqueue, context }) => {
      const { utteranceId } = context;
      enqueue.assign({ voice: false, finishedId: utteranceId });
      enqueue.sendTo(context.supervisor, { type: 'stt.finish', utteranceId });
    }),
    forgetTurn: assign({
      timing: {},
      interims: [],
      turnLevelDbfs: undefined,
      pauses: 0,
      discarded: 0,
    }),
    noteFinal: assign({
      heard: ({ context, event }) =>
        event.type === 'stt.final'
          ? [...context.heard, { utteranceId: event.utteranceId, text: event.text }]
          : context.heard,
      interims: ({ context, event }) =>
        event.type === 'stt.final'
          ? without(context.interims, event.utteranceId)
          : context.interims,
      finalLatencyMs: ({ context, event }) =>
        event.type === 'stt.final' && event.utteranceId === context.finishedId
          ? learnFinalLatency(context)
          : context.finalLatencyMs,
      awaited: ({ context, event }) =>
        event.type === 'stt.final'
          ? context.awaited.filter((id) => id !== event.utteranceId)
          : context.awaited,
      doubted: ({ context, event }) =>
        event.type === 'stt.final'
          ? context.doubted.filter((id) => id !== event.utteranceId)
          : context.doubted,
    }),
    /** Its final does not come: what was understood on the way stands. */
    trustInterims: assign(({ context: { heard, awaited, interims } }) => ({
      heard: [...heard, ...interims.filter(({ utteranceId }) => awaited.includes(utteranceId))],
      interims: [],
      awaited: [],
    })),
    /** The caller's turn is final: into history and record, and to the agent. */
    commit: enqueueActions(({ enqueue, context }) => {
      const { history, timing, clock, steppingIn, voice } = context;
      const text = spoken(context.heard);
      record(context, callerTurn(context, text));
      const input: AgentInput = { kind: 'turn', text };
      const reply = newReply(context, input);
      const turns = context.turns + 1;
      enqueue.assign({
        ...reply,
        history: [...history, { role: 'caller', text }],
        turns,
        usualLevelDbfs: usualLevelAfter(context),
        speaksOver: steppingIn && voice,
        timing: { ...timing, finalMs: clock.nowMs() },
      });
      enqueue.sendTo(
        context.supervisor,
        agentReply(context, reply.generation, input, history, turns),
      );
    }),
    /** Something was said, but no words came of it. */
    askUnclear: enqueueActions(({ enqueue, context }) => {
      const input: AgentInput = { kind: 'unclear' };
      const reply = newReply(context, input);
      enqueue.assign({ ...reply, timing: { ...context.timing, finalMs: context.clock.nowMs() } });
      enqueue.sendTo(
        context.supervisor,
        agentReply(context, reply.generation, input, context.history),
      );
    }),
    askIdle: enqueueActions(({ enqueue, context }) => {
      const { idleCount: count, settings } = context;
      const last = count >= settings.idlePrompts;
      const input: AgentInput = { kind: 'idle', count, last };
      const reply = newReply(context, input);
      enqueue.assign({ ...reply, idleCount: count + 1, timing: {} });
      enqueue.sendTo(
        context.supervisor,
        agentReply(context, reply.generation, input, context.history),
      );
    }),
    noteDigit: assign({
      digits: ({ context, event }) =>
        event.type === 'dtmf.received' && event.digit !== '#'
          ? context.digits + event.digit
          : context.digits,
      digitsEndMs: ({ context: { clock, settings }, event }) =>
        event.type === 'dtmf.received' && event.digit === '#'
          ? clock.nowMs()
          : clock.nowMs() + settings.digitTimeoutMs,
      idleCount: 0,
    }),
    /** Keypad input is a turn of the caller too, behind words that came with it; its digits stay out of the record. */
    askDigits: enqueueActions(({ enqueue, context }) => {
      const { digits, clock, startedAtMs } = context;
      const text = spoken(context.heard);
      const atMs = Math.round(clock.nowMs() - startedAtMs);
      record(context, ...(text === '' ? [] : [callerTurn(context, text)]), {
        role: 'caller',
        text: `[${digits.length} digits]`,
        startMs: atMs,
        endMs: atMs,
      });
      const input: AgentInput = { kind: 'digits', digits };
      const reply = newReply(context, input);
      const words: readonly HistoryTurn[] = text === '' ? [] : [{ role: 'caller', text }];
      const history = [...context.history, ...words];
      enqueue.assign({
        ...reply,
        history: [...history, { role: 'caller', text: digits }],
        timing: {},
      });
      enqueue.sendTo(context.supervisor, agentReply(context, reply.generation, input, history));
    }),

    // ---- the agent's turn is heard

    startPlayback: assign(({ context, event }) => {
      if (event.type !== 'playback.started') return {};
      const { settings, endpointState } = context;
      const latency = turnLatency(context.turns, context.timing, event.atMs);
      if (latency) context.log.latency(latency);
      return {
        playbackStartedMs: event.atMs,
        timing: {},
        endpointState: settings.endpointing.learn(endpointState, { type: 'ended' }),
      };
    }),
    /** History and record hold what was heard, and nothing else. */
    recordReply: assign({
      history: ({ context, event }) => {
        if (event.type !== 'playback.finished' && event.type !== 'playback.cleared') {
          return context.history;
        }
        const { heardText: text } = event;
        if (text === '') return context.history;
        const { startedAtMs, clock, playbackStartedMs } = context;
        const interrupted = event.type === 'playback.cleared';
        context.log.turn({
          role: 'agent',
          text,
          startMs: Math.round((playbackStartedMs ?? clock.nowMs()) - startedAtMs),
          endMs: Math.round(clock.nowMs() - startedAtMs),
          ...(interrupted && { interrupted }),
        });
        return [...context.history, { role: 'agent', text }];
      },
    }),
    hangUp: enqueueActions(({ enqueue, context }) => {
      const { action, input } = context;
      if (action?.type === 'transfer') {
        enqueue.sendTo(context.supervisor, {
          type: 'line.hangup',
          reason: 'transferred',
          next: action,
        });
        return;
      }
      const reason = input.kind === 'idle' ? 'idle' : 'agent-hangup';
      enqueue.sendTo(context.supervisor, {
        type: 'line.hangup',
        reason,
        next: { type: 'hangup' },
      });
    }),
    failAgent: enqueueActions(({ enqueue, context }) => {
      const { replyTimeoutMs } = context.settings;
      const failed: ChildFailed = {
        type: 'child.failed',
        child: 'agent',
        error: new RingmasterError(
          'PROVIDER_TIMEOUT',
          `no reply of the agent within ${replyTimeoutMs} ms`,
          { retryable: true },
        ),
      };
      enqueue.sendTo(context.supervisor, failed);
    }),
  },
});
