// The speech-to-text child: one provider session a call, fed by the line, told in finals and interims. Control plane.

import { assign, cancel, enqueueActions, fromCallback, sendTo, setup } from 'xstate';
import { RingmasterError, toRingmasterError } from '../errors.js';
import { saidWords } from '../speech/annotations.js';
import type { ChildFailed, SttFact, SttOrder, Supervisor } from './events.js';
import { checkedConfidence } from './speech-confidence.js';
import type {
  CallerAudioSink,
  CallSid,
  Line,
  SpeechExpectation,
  SttProvider,
  SttSession,
} from './ports.js';

export interface SttInput {
  readonly supervisor: Supervisor;
  readonly line: Line;
  readonly provider: SttProvider;
  readonly callSid: CallSid;
  /** Utterances up to this one have their final; a later one is told to the session again. */
  readonly answeredUtterance: number;
  /** What the agent expects to hear next, until `stt.expect` says otherwise. */
  readonly expectation: SpeechExpectation;
  /** Longest wait for the session, and for the final of an utterance that is over. */
  readonly openTimeoutMs: number;
}

type SessionEvent =
  | SttFact
  | ChildFailed
  | { readonly type: 'session.opened' }
  /** The session knows that the utterance is over: its final is due. */
  | { readonly type: 'session.finished'; readonly utteranceId: number };
/** A final is still missing. */
type Overdue = { readonly type: 'final.overdue'; readonly utteranceId: number };
type SessionOrder = Extract<SttOrder, { type: 'stt.expect' }>;

/** One for all: an `abort` without a reason makes a DOMException with a stack each time. */
const STOPPED = new RingmasterError('PROVIDER_FAILED', 'the session was ended');

const failure = (error: RingmasterError): ChildFailed => ({
  type: 'child.failed',
  child: 'stt',
  error,
});

/** A provider that times its finals itself knows more of the failure, and is let go first. */
const FINAL_GRACE_MS = 500;

const overdueId = (utteranceId: number): string => `final ${utteranceId}`;

/** A session's sink whose defects are reported instead of thrown into the media path. */
function guard(
  open: SttSession,
  fail: (thrown: unknown) => void,
  finished: (utteranceId: number) => void,
): CallerAudioSink {
  return {
    begin: (utteranceId) => {
      try {
        open.begin(utteranceId);
      } catch (thrown) {
        fail(thrown);
      }
    },
    write: (pcm) => {
      try {
        open.write(pcm);
      } catch (thrown) {
        fail(thrown);
      }
    },
    finish: (utteranceId) => {
      try {
        finished(utteranceId);
        open.finish(utteranceId);
      } catch (thrown) {
        fail(thrown);
      }
    },
  };
}

/** Opens the session, connects it to the line, and takes it down with the actor. */
const session = fromCallback<SessionOrder, SttInput, SessionEvent>(
  ({ input, receive, sendBack }) => {
    const { line, provider, callSid, answeredUtterance } = input;
    const opening = new AbortController();
    let open: SttSession | undefined;
    let expectation = input.expectation;
    const fail = (thrown: unknown): void => {
      if (!opening.signal.aborted) sendBack(failure(toRingmasterError(thrown, 'PROVIDER_FAILED')));
    };
    provider
      .open({
        callSid,
        signal: opening.signal,
        emit: (event) => {
          if (opening.signal.aborted) return;
          if (event.type === 'failed') {
            sendBack(failure(toRingmasterError(event.error, 'PROVIDER_FAILED')));
          } else if (typeof event.text === 'string') {
            const { type, utteranceId } = event;
            const text = saidWords(event.text);
            // A final has to come all the same.
            if (text === '' && type === 'interim') return;
            const confidence = checkedConfidence(event.confidence);
            const transcript = {
              utteranceId,
              text,
              ...(confidence !== undefined && { confidence }),
            };
            sendBack({ type: `stt.${type}`, ...transcript });
          } else {
            const message = `${provider.name} gave a transcript that is no text`;
            fail(new RingmasterError('PROVIDER_PROTOCOL', message));
          }
        },
      })
      .then((opened) => {
        if (opening.signal.aborted) return opened.close();
        open = opened;
        opened.expect(expectation);
        sendBack({ type: 'session.opened' });
        const finished = (utteranceId: number): void =>
          sendBack({ type: 'session.finished', utteranceId });
        line.connectStt(guard(opened, fail, finished), answeredUtterance);
        return undefined;
      })
      .catch(fail);
    receive((order) => {
      try {
        expectation = order.expectation;
        open?.expect(expectation);
      } catch (thrown) {
        fail(thrown);
      }
    });
    return () => {
      opening.abort(STOPPED);
      line.connectStt(undefined, answeredUtterance);
      try {
        open?.close();
      } catch {
        // It is gone for us either way, and a disposer must not throw.
      }
    };
  },
);

export const sttMachine = setup({
  types: {
    context: {} as SttInput,
    input: {} as SttInput,
    events: {} as SessionEvent | SttOrder | Overdue,
  },
  actors: { session },
  delays: { openTimeout: ({ context }) => context.openTimeoutMs },
  actions: {
    tellSupervisor: sendTo(
      ({ context }) => context.supervisor,
      ({ event }) => event as SttFact | ChildFailed,
    ),
    tellOpenTimeout: sendTo(
      ({ context }) => context.supervisor,
      ({ context }) =>
        failure(
          new RingmasterError(
            'PROVIDER_TIMEOUT',
            `speech to text (${context.provider.name}) did not open in ${context.openTimeoutMs} ms`,
            { retryable: true },
          ),
        ),
    ),
    awaitFinal: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'session.finished') return;
      const { utteranceId } = event;
      const delay = context.openTimeoutMs + FINAL_GRACE_MS;
      enqueue.raise({ type: 'final.overdue', utteranceId }, { delay, id: overdueId(utteranceId) });
    }),
    tellFinalTimeout: sendTo(
      ({ context }) => context.supervisor,
      ({ context }) =>
        failure(
          new RingmasterError(
            'PROVIDER_TIMEOUT',
            `speech to text (${context.provider.name}) gave no final in ${context.openTimeoutMs + FINAL_GRACE_MS} ms`,
            { retryable: true },
          ),
        ),
    ),
    endUtterance: ({ context }, { utteranceId }: { utteranceId: number }) =>
      context.line.endUtterance(utteranceId),
  },
}).createMachine({
  id: 'stt',
  context: ({ input }) => input,
  invoke: { src: 'session', id: 'session', input: ({ context }) => context },
  on: {
    // Also while opening: the line remembers, and tells the session once it is there.
    'stt.finish': {
      actions: {
        type: 'endUtterance',
        params: ({ event }) => ({ utteranceId: event.utteranceId }),
      },
    },
    'stt.expect': {
      actions: [
        assign({ expectation: ({ event }) => event.expectation }),
        sendTo('session', ({ event }) => event),
      ],
    },
    'stt.interim': { actions: 'tellSupervisor' },
    'stt.final': {
      actions: [cancel(({ event }) => overdueId(event.utteranceId)), 'tellSupervisor'],
    },
    'session.finished': {
      actions: 'awaitFinal',
    },
    'child.failed': { target: '.failed', actions: 'tellSupervisor' },
  },
  initial: 'opening',
  states: {
    opening: {
      on: { 'session.opened': 'ready' },
      after: { openTimeout: { target: 'failed', actions: 'tellOpenTimeout' } },
    },
    ready: {
      // A session that hears and never answers is no session.
      on: { 'final.overdue': { target: 'failed', actions: 'tellFinalTimeout' } },
    },
    /** Told; the supervisor stops or replaces this actor. */
    failed: {},
  },
});
