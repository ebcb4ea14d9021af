// The agent child: turns what the caller said into clauses to speak, through a provider session. Control plane.

import { assign, fromCallback, sendTo, setup } from 'xstate';
import { RingmasterError, toRingmasterError } from '../errors.js';
import { ClauseSplitter } from './clause-splitter.js';
import type { AgentFact, AgentOrder, ChildFailed, Supervisor } from './events.js';
import { beginReply, type RunningReply } from './running-reply.js';
import type { AgentEvent, AgentProvider, AgentSession, CallAction, CallInfo } from './ports.js';

export interface AgentChildInput {
  readonly supervisor: Supervisor;
  readonly provider: AgentProvider;
  readonly call: CallInfo;
  /** Longest silence of the provider within a reply. */
  readonly timeoutMs: number;
}

export interface AgentContext extends AgentChildInput {
  /** The reply being made; facts of any other one are dropped. */
  readonly generation: number;
}

type ReplyEvent = AgentFact | ChildFailed;
type ReplyOrder = Extract<AgentOrder, { type: 'agent.reply' }>;

/** About ten minutes of speech: an agent that goes on beyond it would never let go of the event loop. */
const MAX_REPLY_CHARACTERS = 10_000;

const failure = (error: RingmasterError): ChildFailed => ({
  type: 'child.failed',
  child: 'agent',
  error,
});

/** What a provider says, where it makes sense. @throws {RingmasterError} PROVIDER_PROTOCOL */
function checked(event: AgentEvent): AgentEvent {
  const { type } = event;
  if (type === 'text' && typeof event.text === 'string') return event;
  if (type === 'working') return event;
  if (type === 'expect' && ['anything', 'digits'].includes(event.expectation)) return event;
  if (type === 'action' && event.action?.type === 'hangup') return event;
  if (type === 'action' && event.action?.type === 'transfer' && event.action.to) return event;
  throw new RingmasterError('PROVIDER_PROTOCOL', `the agent gave a "${type}" that makes no sense`);
}

/** Signs of life are passed on so often at most; and one costs so much of the characters. */
const WORKING_EVERY_MS = 500;
const WORKING_COST = 0.1;

function costOf(event: AgentEvent): number {
  if (event.type === 'text') return Math.max(1, event.text.length);
  return event.type === 'working' ? WORKING_COST : 1;
}

/** One for all: an `abort` without a reason makes a DOMException with a stack each time. */
const STOPPED = new RingmasterError('PROVIDER_FAILED', 'the reply was stopped');

/** Runs one reply at a time against the provider's session; a new order ends the one before. */
const replier = fromCallback<AgentOrder, AgentChildInput, ReplyEvent>(
  ({ input, receive, sendBack }) => {
    let session: AgentSession | undefined;
    let running: RunningReply | undefined;

    let workingToldMs = -Infinity;

    /** Now and then: a model may show its work a hundred times a second. */
    const tellWorking = (generation: number): void => {
      const nowMs = performance.now();
      if (nowMs - workingToldMs < WORKING_EVERY_MS) return;
      workingToldMs = nowMs;
      sendBack({ type: 'agent.working', generation });
    };
    /** A committed reply that is complete is over: nobody takes it back by asking for the next one. */
    const stop = (): void => {
      if (running && !(running.isCommitted && running.isDone)) running.abort.abort(STOPPED);
      running = undefined;
    };

    const run = async (order: ReplyOrder, reply: RunningReply): Promise<void> => {
      const { generation, input: said, history, turn } = order;
      const { signal } = reply.abort;
      const { committed } = reply;
      const splitter = new ClauseSplitter();
      const say = (clauses: readonly string[]): void => {
        for (const text of clauses) {
          const mark = uninterruptible && { uninterruptible };
          sendBack({ type: 'agent.clause', generation, text, ...mark });
        }
      };
      let uninterruptible = false;
      let action: CallAction | undefined;
      let characters = 0;
      session ??= input.provider.open(input.call);
      for await (const given of session.reply({ input: said, history, signal, committed, turn })) {
        if (signal.aborted) return;
        const event = checked(given);
        // An event without text counts too, so that no stream of them is without end.
        characters += costOf(event);
        if (characters > MAX_REPLY_CHARACTERS) {
          const message = `the agent replied with more than ${MAX_REPLY_CHARACTERS} characters`;
          throw new RingmasterError('PROVIDER_PROTOCOL', message);
        }
        if (event.type === 'text') {
          const isMarked = event.uninterruptible === true;
          // A notice begins and ends with a clause. Spaces between pieces are of either.
          if (isMarked !== uninterruptible && event.text.trim() !== '') {
            say(splitter.flush());
            uninterruptible = isMarked;
          }
          say(splitter.push(event.text));
        } else if (event.type === 'action') action = event.action;
        else if (event.type === 'working') tellWorking(generation);
        else sendBack({ type: 'agent.expected', generation, expectation: event.expectation });
      }
      if (signal.aborted) return;
      say(splitter.flush());
      reply.isDone = true;
      sendBack({ type: 'agent.done', generation, ...(action && { action }) });
    };

    receive((order) => {
      if (order.type === 'agent.commit') {
        if (running?.generation === order.generation) running.commit();
        return;
      }
      if (order.type === 'agent.abort') {
        // Also of a complete one: a draft that is withdrawn, or a reply that was cut while it was spoken.
        if (running?.generation !== order.generation) return;
        running.abort.abort(STOPPED);
        running = undefined;
        return;
      }
      stop();
      const reply = beginReply(order);
      running = reply;
      run(order, reply).catch((thrown: unknown) => {
        if (reply.abort.signal.aborted) return;
        sendBack(failure(toRingmasterError(thrown, 'PROVIDER_FAILED')));
      });
    });
    return () => {
      stop();
      try {
        session?.close();
      } catch {
        // It is gone for us either way, and a disposer must not throw.
      }
    };
  },
);

/**
 * Replace it through `callMachine.provide({ actors: { agent } })`: any machine that takes the
 * orders `agent.reply`, `agent.commit` and `agent.abort` and tells `agent.clause`, `agent.done` (and `agent.expected`)
 * to `input.supervisor` is an agent.
 */
export const agentMachine = setup({
  types: {
    context: {} as AgentContext,
    input: {} as AgentChildInput,
    events: {} as ReplyEvent | AgentOrder,
  },
  actors: { replier },
  delays: { timeout: ({ context }) => context.timeoutMs },
  guards: {
    isCurrent: ({ context, event }) =>
      'generation' in event && event.generation === context.generation,
  },
  actions: {
    tellSupervisor: sendTo(
      ({ context }) => context.supervisor,
      ({ event }) => event as ReplyEvent,
    ),
    tellTimeout: sendTo(
      ({ context }) => context.supervisor,
      ({ context }) =>
        failure(
          new RingmasterError(
            'PROVIDER_TIMEOUT',
            `the agent (${context.provider.name}) said nothing for ${context.timeoutMs} ms`,
            { retryable: true },
          ),
        ),
    ),
  },
}).createMachine({
  id: 'agent',
  context: ({ input }) => ({ ...input, generation: 0 }),
  invoke: { src: 'replier', id: 'replier', input: ({ context }) => context },
  on: {
    // Without `reenter`: it would restart the root and with it the replier. The state is entered anew all the same.
    'agent.reply': {
      target: '.replying',
      actions: [
        assign({ generation: ({ event }) => event.generation }),
        sendTo('replier', ({ event }) => event),
      ],
    },
    // A reply may be complete before its turn is final.
    'agent.commit': { actions: sendTo('replier', ({ event }) => event) },
    'agent.abort': { actions: sendTo('replier', ({ event }) => event) },
    'child.failed': { target: '.failed', actions: 'tellSupervisor' },
  },
  initial: 'idle',
  states: {
    idle: {},
    replying: {
      on: {
        // Each clause restarts the time-out.
        'agent.clause': {
          guard: 'isCurrent',
          target: 'replying',
          reenter: true,
          actions: 'tellSupervisor',
        },
        // And so does a sign of life.
        'agent.working': {
          guard: 'isCurrent',
          target: 'replying',
          reenter: true,
          actions: 'tellSupervisor',
        },
        'agent.expected': { guard: 'isCurrent', actions: 'tellSupervisor' },
        'agent.done': { guard: 'isCurrent', target: 'idle', actions: 'tellSupervisor' },
        'agent.abort': {
          guard: 'isCurrent',
          target: 'idle',
          actions: sendTo('replier', ({ event }) => event),
        },
      },
      after: { timeout: { target: 'failed', actions: 'tellTimeout' } },
    },
    /** Told; the supervisor stops or replaces this actor. */
    failed: {},
  },
});
