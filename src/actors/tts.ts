// The text-to-speech child: speaks clauses in order, one synthesis at a time, straight into the line. Control plane.

import { assign, fromCallback, sendTo, setup } from 'xstate';
import { RingmasterError, toRingmasterError } from '../errors.js';
import type { ChildFailed, Supervisor, TtsFact, TtsOrder } from './events.js';
import type { CallSid, Line, TtsChunk, TtsProvider } from './ports.js';
import { SpeechAhead } from './speech-ahead.js';

export interface TtsInput {
  readonly supervisor: Supervisor;
  readonly line: Line;
  readonly provider: TtsProvider;
  readonly callSid: CallSid;
  /** BCP 47 of what the agent says, where the call's language is known. */
  readonly language?: string;
  /** Longest wait for the first audio of a clause. */
  readonly timeoutMs: number;
}

export interface Clause {
  readonly generation: number;
  readonly clause: number;
  readonly text: string;
  readonly uninterruptible?: boolean;
}

export interface TtsContext extends TtsInput {
  readonly queue: readonly Clause[];
  /** The generation whose last clause is queued, 0 for none. */
  readonly endedGeneration: number;
  /** What a draft will say first, should it become the reply. */
  readonly ahead: SpeechAhead;
}

type SpeakerEvent =
  { readonly type: 'speaker.began' } | { readonly type: 'speaker.said' } | ChildFailed;

/** Slow speech is about two characters a syllable and four syllables a second; this is far beyond. */
const MAX_MS_PER_CHARACTER = 400;
const MAX_MS_BASE = 10_000;

/** One for all: an `abort` without a reason makes a DOMException with a stack each time. */
const STOPPED = new RingmasterError('PROVIDER_FAILED', 'the reply was stopped');

const failure = (error: RingmasterError): ChildFailed => ({
  type: 'child.failed',
  child: 'tts',
  error,
});

const synthesize = (
  { provider, callSid, language }: TtsInput,
  text: string,
  signal: AbortSignal,
): AsyncIterable<TtsChunk> =>
  provider.synthesize({ callSid, text, signal, ...(language && { language }) });

/** What was prepared is given up with the actor. */
const rehearsal = fromCallback<TtsOrder, TtsContext>(
  ({ input }) =>
    () =>
      input.ahead.forget(),
);

/** Synthesises one clause; leaving the state aborts it. */
const speaker = fromCallback<TtsOrder, TtsContext & { readonly clause: Clause }, SpeakerEvent>(
  ({ input, sendBack }) => {
    const { line, provider, clause } = input;
    const abort = new AbortController();
    const prepared = input.ahead.take(clause.text);
    const speak = async (): Promise<void> => {
      const limitMs = MAX_MS_BASE + MAX_MS_PER_CHARACTER * clause.text.length;
      let spokenMs = 0;
      let hasBegun = false;
      line.beginClause(clause.generation, clause.text, clause.uninterruptible);
      const chunks = prepared?.chunks ?? synthesize(input, clause.text, abort.signal);
      for await (const chunk of chunks) {
        if (abort.signal.aborted) return;
        if (!(chunk.pcm instanceof Int16Array) || !(chunk.sampleRateHz > 0)) {
          const message = `${provider.name} gave a chunk that is no audio`;
          throw new RingmasterError('PROVIDER_PROTOCOL', message);
        }
        if (chunk.pcm.length > 0 && !hasBegun) {
          hasBegun = true;
          sendBack({ type: 'speaker.began' });
        }
        // An empty chunk counts too, so that no stream of them is without end.
        spokenMs += Math.max(1, (chunk.pcm.length * 1000) / chunk.sampleRateHz);
        if (spokenMs > limitMs) {
          const message = `more than ${limitMs} ms of audio for ${clause.text.length} characters`;
          throw new RingmasterError('TTS_OUTPUT_TOO_LONG', `${provider.name}: ${message}`);
        }
        if (chunk.pcm.length === 0) continue;
        await line.play(clause.generation, chunk);
        if (abort.signal.aborted) return;
      }
      if (abort.signal.aborted) return;
      line.endClause(clause.generation, clause.text);
      sendBack({ type: 'speaker.said' });
    };
    speak().catch((thrown: unknown) => {
      if (abort.signal.aborted) return;
      sendBack(failure(toRingmasterError(thrown, 'PROVIDER_FAILED')));
    });
    return () => {
      abort.abort(STOPPED);
      prepared?.abort(STOPPED);
    };
  },
);

export const ttsMachine = setup({
  types: {
    context: {} as TtsContext,
    input: {} as TtsInput,
    events: {} as SpeakerEvent | TtsOrder,
  },
  actors: { rehearsal, speaker },
  delays: { timeout: ({ context }) => context.timeoutMs },
  guards: {
    hasClause: ({ context }) => context.queue.length > 0,
    isEnded: ({ context }) => context.endedGeneration > 0,
  },
  actions: {
    enqueue: assign({
      queue: ({ context, event }) =>
        event.type === 'tts.say' ? [...context.queue, event] : context.queue,
    }),
    prepare: ({ context, event }) => {
      if (event.type !== 'tts.prepare') return;
      const { text } = event;
      context.ahead.prepare(text, (signal) => synthesize(context, text, signal));
    },
    forgetPrepared: ({ context }) => context.ahead.forget(),
    dequeue: assign({ queue: ({ context }) => context.queue.slice(1) }),
    forget: assign({ queue: [], endedGeneration: 0 }),
    tellSaid: sendTo(
      ({ context }) => context.supervisor,
      ({ context }): TtsFact => {
        const said = context.queue[0];
        return {
          type: 'tts.said',
          generation: said?.generation ?? 0,
          clause: said?.clause ?? 0,
        };
      },
    ),
    tellDone: sendTo(
      ({ context }) => context.supervisor,
      ({ context }): TtsFact => ({ type: 'tts.done', generation: context.endedGeneration }),
    ),
    endPlayback: ({ context }) => context.line.endPlayback(context.endedGeneration),
    tellFailure: sendTo(
      ({ context }) => context.supervisor,
      ({ event }) => event as ChildFailed,
    ),
    tellTimeout: sendTo(
      ({ context }) => context.supervisor,
      ({ context }) =>
        failure(
          new RingmasterError(
            'PROVIDER_TIMEOUT',
            `text to speech (${context.provider.name}) gave no audio in ${context.timeoutMs} ms`,
            { retryable: true },
          ),
        ),
    ),
  },
}).createMachine({
  id: 'tts',
  context: ({ input }) => ({
    ...input,
    queue: [],
    endedGeneration: 0,
    ahead: new SpeechAhead(),
  }),
  invoke: { src: 'rehearsal', input: ({ context }) => context },
  on: {
    'tts.say': { actions: 'enqueue' },
    'tts.prepare': { actions: 'prepare' },
    'tts.forget': { actions: 'forgetPrepared' },
    'tts.end': { actions: assign({ endedGeneration: ({ event }) => event.generation }) },
    'tts.stop': { target: '.idle', actions: 'forget' },
    'child.failed': { target: '.failed', actions: 'tellFailure' },
  },
  initial: 'idle',
  states: {
    idle: {
      always: [
        { guard: 'hasClause', target: 'speaking' },
        {
          guard: 'isEnded',
          actions: ['endPlayback', 'tellDone', assign({ endedGeneration: 0 })],
        },
      ],
    },
    speaking: {
      invoke: {
        src: 'speaker',
        input: ({ context }) => ({
          ...context,
          // `speaking` is entered with a clause queued, and only `said` takes it off.
          clause: context.queue[0] ?? { generation: 0, clause: 0, text: '' },
        }),
      },
      on: { 'speaker.said': { target: 'idle', actions: ['tellSaid', 'dequeue'] } },
      initial: 'waiting',
      states: {
        waiting: {
          on: { 'speaker.began': 'streaming' },
          after: { timeout: { target: '#tts.failed', actions: 'tellTimeout' } },
        },
        /** The line's room sets the pace; the provider's own stall time-out guards the rest. */
        streaming: {},
      },
    },
    /** Told; the supervisor stops or replaces this actor. */
    failed: {},
  },
});
