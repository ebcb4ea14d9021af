// What the turn machine does while the caller waits for an answer: it looks how long that takes. Control plane.

import { RingmasterError } from '../errors.js';
import {
  agentAsked,
  agentWorks,
  beginWait,
  clauseGiven,
  finalAwaited,
  silenceVerdict,
  type AnswerWait,
} from './answer-budget.js';
import { agentReply, turnBase } from './turn-base.js';
import { historyBeforeInput, type TurnContext, type TurnEvent } from './turn-context.js';

/** One timer looks after all waits of a call. */
const WAIT_TIMER = 'answer';
/** While the agent is heard: how often the line is asked whether it still is. */
const CHECK_MS = 250;
const SILENCE_CHECK_MS = 500;
/** So much audio without a gap is heard as an answer; a click or a dripping voice is none. */
const ANSWER_MS = 500;

/** Where the caller waits from: the end of the words, or of what the agent said since. */
function waitBegin({ timing, agentHeardMs, clock }: TurnContext, isTyped: boolean): number {
  const nowMs = clock.nowMs();
  if (isTyped || timing.voiceEndedMs === undefined) return nowMs;
  return Math.min(nowMs, Math.max(timing.voiceEndedMs, agentHeardMs));
}

/** Audio of the reply at hand; what the line says is of the one before until it plays. */
const playedMs = ({ playbackStartedMs, playedAnswerMs }: TurnContext): number =>
  playbackStartedMs === undefined ? 0 : playedAnswerMs();

/** Is the answer heard, or did the caller hear all of a clause of it? */
function isHeard(context: TurnContext): boolean {
  const { answered, unsaid } = context;
  const heardMs = playedMs(context);
  const said = answered - unsaid.filter(({ filler }) => filler !== true).length;
  return heardMs >= ANSWER_MS || (said > 0 && heardMs > 0);
}

/** The child that the caller waits for. */
const lateChild = ({ unsaid, replyDone }: TurnContext): 'agent' | 'tts' =>
  replyDone || unsaid.some(({ filler }) => filler !== true) ? 'tts' : 'agent';

const UNHEARD = {
  agent: 'the agent replied without words',
  tts: 'the voice gave no audio for a whole reply',
} as const;

type Verdict = 'wait' | 'heard' | 'broken-off' | 'overdue';

function verdictOnWait(context: TurnContext, wait: AnswerWait): Verdict {
  const { clock, settings, unsaid, replyDone } = context;
  const nowMs = clock.nowMs();
  if (!wait.isAnswered) {
    if (isHeard(context)) return 'heard';
    return nowMs >= wait.untilMs ? 'overdue' : 'wait';
  }
  // Without a line nobody hears that it is silent.
  const dryMs = Math.min(context.dryForMs(), nowMs - wait.sinceMs);
  const isAgentsTurn = !replyDone && unsaid.length === 0;
  return silenceVerdict(wait, settings.answer, { dryMs, isAgentsTurn, nowMs });
}

/** Until the wait is looked at again: at its end, or soon where the line has to be asked. */
function checkInMs({ answered, clock }: TurnContext, wait: AnswerWait): number {
  if (wait.isAnswered) return SILENCE_CHECK_MS;
  if (answered > 0) return CHECK_MS;
  return Math.max(1, wait.untilMs - clock.nowMs());
}

/** @param change of the wait that is at hand; none is begun by it */
const changed = (
  { wait, settings, clock }: TurnContext,
  change: typeof agentWorks,
): Partial<TurnContext> => {
  return wait ? { wait: change(wait, settings.answer, clock.nowMs()) } : {};
};

export const waitActions = {
  /** The caller has finished, or paused: from now on an answer is waited for. */
  beginWait: turnBase.enqueueActions(({ enqueue, context }) => {
    const { wait, settings, digits } = context;
    const sinceMs = waitBegin(context, digits !== '');
    // Taken again with every word that is understood meanwhile.
    const isKnown = context.timing.voiceEndedMs === undefined || wait?.sinceMs === sinceMs;
    if (wait && !wait.isAnswered && isKnown) return;
    const begun = beginWait(settings.answer, sinceMs);
    enqueue.assign({ wait: begun });
    enqueue.cancel(WAIT_TIMER);
    const delay = Math.max(1, begun.untilMs - context.clock.nowMs());
    enqueue.raise({ type: 'answer.due' }, { id: WAIT_TIMER, delay });
  }),
  awaitFinal: turnBase.assign(({ context }) => changed(context, finalAwaited)),
  /** The agent was asked. Where nobody had said anything, the wait begins here. */
  awaitReply: turnBase.enqueueActions(({ enqueue, context }) => {
    const { settings, clock } = context;
    const nowMs = clock.nowMs();
    const wait = agentAsked(
      context.wait ?? beginWait(settings.answer, nowMs),
      settings.answer,
      nowMs,
    );
    enqueue.assign({ wait });
    enqueue.cancel(WAIT_TIMER);
    enqueue.raise({ type: 'answer.due' }, { id: WAIT_TIMER, delay: checkInMs(context, wait) });
  }),
  /** The line was lost for a while: whoever is back has not waited meanwhile. */
  renewWait: turnBase.enqueueActions(({ enqueue, context }) => {
    const { settings, clock } = context;
    if (context.wait === undefined) return;
    const { isAsked, isRepeated, isAnswered } = context.wait;
    const begun = beginWait(settings.answer, clock.nowMs());
    const wait = { ...begun, isAsked, isRepeated, isAnswered };
    enqueue.assign({ wait });
    enqueue.cancel(WAIT_TIMER);
    enqueue.raise({ type: 'answer.due' }, { id: WAIT_TIMER, delay: checkInMs(context, wait) });
  }),
  noteWorking: turnBase.assign(({ context }) => changed(context, agentWorks)),
  /** There are words: from now on the line is asked whether they are heard. */
  noteClauseGiven: turnBase.enqueueActions(({ enqueue, context }) => {
    enqueue.assign(changed(context, clauseGiven));
    enqueue.cancel(WAIT_TIMER);
    enqueue.raise({ type: 'answer.due' }, { id: WAIT_TIMER, delay: CHECK_MS });
  }),
  /** Nobody waits for anything: the caller speaks, or may. */
  endWait: turnBase.enqueueActions(({ enqueue }) => {
    enqueue.cancel(WAIT_TIMER);
    enqueue.assign({ wait: undefined });
  }),
  /** While it is decided whether the caller has finished, nobody is late. */
  waitOn: turnBase.enqueueActions(({ enqueue }) => {
    enqueue.cancel(WAIT_TIMER);
    enqueue.raise({ type: 'answer.due' }, { id: WAIT_TIMER, delay: CHECK_MS });
  }),
  /** The supervisor apologises, and the call is over. */
  tellOverdue: turnBase.enqueueActions(({ enqueue, context, event }) => {
    const late = lateFor(context, event);
    enqueue.sendTo(context.supervisor, { type: 'answer.overdue', ...late });
  }),
  checkWait: turnBase.enqueueActions(({ enqueue, context }) => {
    const { wait, supervisor, settings, generation, clauses: clause } = context;
    if (wait === undefined) return;
    const verdict = verdictOnWait(context, wait);
    let next = wait;
    if (verdict === 'heard') next = { ...wait, isAnswered: true };
    if (verdict === 'broken-off') {
      const text = settings.answer.brokenOffText;
      enqueue.sendTo(supervisor, { type: 'agent.abort', generation });
      enqueue.sendTo(supervisor, { type: 'tts.say', generation, clause, text });
      enqueue.sendTo(supervisor, { type: 'tts.end', generation });
      enqueue.assign({
        replyDone: true,
        clauses: clause + 1,
        unsaid: [...context.unsaid, { clause, text }],
      });
    }
    enqueue.assign({ wait: next });
    enqueue.raise({ type: 'answer.due' }, { id: WAIT_TIMER, delay: checkInMs(context, next) });
  }),
  /** The reply is over, and there was nothing to hear in it: the caller still waits. It is asked for once more. */
  repeatUnheard: turnBase.enqueueActions(({ enqueue, context }) => {
    const { wait, supervisor, answered, issued, input } = context;
    if (wait === undefined) return;
    const { child, error } = unheard(answered);
    // With a number of its own: the line has closed the one before.
    const generation = issued + 1;
    enqueue.assign({
      generation,
      issued: generation,
      clauses: 0,
      answered: 0,
      unsaid: [],
      replyDone: false,
      playbackStartedMs: undefined,
      wait: { ...wait, isRepeated: true },
    });
    enqueue.sendTo(supervisor, { type: 'child.faulted', child, error });
    enqueue.sendTo(supervisor, agentReply(context, generation, input, historyBeforeInput(context)));
  }),
};

interface Late {
  readonly child: 'agent' | 'tts';
  readonly error: RingmasterError;
}

function overdue(context: TurnContext): Late {
  const { budgetMs } = context.settings.answer;
  const child = lateChild(context);
  const whom = child === 'agent' ? 'agent' : 'voice';
  const message = `the ${whom} let the caller wait beyond the answer budget (${budgetMs} ms)`;
  return { child, error: new RingmasterError('PROVIDER_TIMEOUT', message, { retryable: true }) };
}

function lateFor(context: TurnContext, { type }: TurnEvent): Late {
  if (type === 'playback.finished') return unheard(context.answered);
  if (type === 'answer.due') return overdue(context);
  const message = 'the voice broke off in the same clause again';
  return { child: 'tts', error: new RingmasterError('PROVIDER_FAILED', message) };
}

function unheard(answered: number): Late {
  const child = answered > 0 ? 'tts' : 'agent';
  return { child, error: new RingmasterError('PROVIDER_PROTOCOL', UNHEARD[child]) };
}

/** A clause of which the caller hears no more: all of it that there is was played. */
export function brokenOff(context: TurnContext): TurnContext['saidAgain'] {
  const [first] = context.unsaid;
  if (first === undefined || playedMs(context) <= 0 || context.dryForMs() <= 0) return undefined;
  return { clause: first.clause, atMs: context.clock.nowMs() };
}

/** Said again, it was heard again, and broke off again: nobody wants to hear it begin for the third time. */
export function brokeTwice(context: TurnContext): boolean {
  const { saidAgain } = context;
  const broken = brokenOff(context);
  if (broken === undefined || broken.clause !== saidAgain?.clause) return false;
  return broken.atMs - context.dryForMs() > saidAgain.atMs;
}

export const isOverdue = (context: TurnContext): boolean =>
  context.wait !== undefined && verdictOnWait(context, context.wait) === 'overdue';

/** Replies to what the caller said need something to hear, or something that happens. */
export function isUnheard(context: TurnContext, event: TurnEvent): boolean {
  const { input, action, wait } = context;
  if (event.type !== 'playback.finished' || action !== undefined) return false;
  if (input.kind === 'greeting' || input.kind === 'idle') return false;
  return wait !== undefined && !wait.isAnswered && playedMs(context) <= 0;
}
