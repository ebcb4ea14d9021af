// The text-to-speech child: speaks clauses in order, one synthesis at a time, straight into the line. Control plane.

import { assign, fromCallback, sendTo, setup } from 'xstate';
import { RingmasterError, toRingmasterError } from '../errors.js';
import type { ChildFailed, ChildFaulted, Supervisor, TtsFact, TtsOrder } from './events.js';
import type { CallSid, Line, TtsChunk, TtsProvider } from './ports.js';
import { SpeechAhead } from './speech-ahead.js';
import { isSpeakable, longestSpeechMs } from './speech-length.js';
import { FED, isStarved, noteDry, STARVATION_CHECK_MS, type Starvation } from './starvation.js';

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
  readonly filler?: boolean;
}

export interface TtsContext extends TtsInput {
  readonly queue: readonly Clause[];
  /** The generation whose last clause is queued, 0 for none. */
  readonly endedGeneration: number;
  /** What a draft will say first, should it become the reply. */
  readonly ahead: SpeechAhead;
  readonly starvation: Starvation;
  /** Of the newest clause. */
  readonly generation: number;
  /** The call is about to end: nothing more is said. */
  readonly isFinishing: boolean;
}

type SpeakerInput = TtsContext & { readonly clause: Clause };

type SpeakerEvent =
  | { readonly type: 'speaker.began' }
  | { readonly type: 'speaker.said' }
  | ChildFailed
  | ChildFaulted;

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

/** @throws {RingmasterError} PROVIDER_PROTOCOL */
function checkChunk({ name }: TtsProvider, chunk: TtsChunk): void {
  if (chunk.pcm instanceof Int16Array && chunk.sampleRateHz > 0) return;
  throw new RingmasterError('PROVIDER_PROTOCOL', `${name} gave a chunk that is no audio`);
}

function tooLong({ provider, clause }: SpeakerInput, limitMs: number): RingmasterError {
  const message = `more than ${limitMs} ms of audio for ${clause.text.length} characters`;
  return new RingmasterError('TTS_OUTPUT_TOO_LONG', `${provider.name}: ${message}`);
}

const noAudio = ({ provider }: SpeakerInput): RingmasterError =>
  new RingmasterError('PROVIDER_PROTOCOL', `${provider.name} gave no audio for a clause`);

/** What was prepared is given up with the actor. */
const rehearsal = fromCallback<TtsOrder, TtsContext>(
  ({ input }) =>
    () =>
      input.ahead.forget(),
);

/** Synthesises one clause; leaving the state aborts it. */
const speaker = fromCallback<TtsOrder, SpeakerInput, SpeakerEvent>(({ input, sendBack }) => {
  const { line, provider, clause } = input;
  const abort = new AbortController();
  const prepared = input.ahead.take(clause.text);
  let hasBegun = false;
  /** @returns whether there was any audio */
  const play = async (chunks: AsyncIterable<TtsChunk>): Promise<boolean> => {
    const limitMs = longestSpeechMs(clause.text);
    let spokenMs = 0;
    for await (const chunk of chunks) {
      if (abort.signal.aborted) return true;
      checkChunk(provider, chunk);
      if (chunk.pcm.length > 0 && !hasBegun) {
        hasBegun = true;
        sendBack({ type: 'speaker.began' });
      }
      // An empty chunk counts too, so that no stream of them is without end.
      spokenMs += Math.max(1, (chunk.pcm.length * 1000) / chunk.sampleRateHz);
      if (spokenMs > limitMs) {
        if (!hasBegun) throw tooLong(input, limitMs);
        // It has lost its way: what was played of it stays, and saying it again would be no better.
        sendBack({ type: 'child.faulted', child: 'tts', error: tooLong(input, limitMs) });
        return true;
      }
      if (chunk.pcm.length === 0) continue;
      await line.play(clause.generation, chunk);
      if (abort.signal.aborted) return true;
    }
    return hasBegun;
  };
  const speak = async (): Promise<void> => {
    const { text } = clause;
    line.beginClause(clause.generation, text, clause);
    const isPlayed = await play(prepared?.chunks ?? synthesize(input, text, abort.signal));
    // Once more: for the caller no audio is silence in the middle of an answer.
    if (!isPlayed && !abort.signal.aborted && isSpeakable(text)) {
      sendBack({ type: 'child.faulted', child: 'tts', error: noAudio(input) });
      await play(synthesize(input, text, abort.signal));
    }
    if (abort.signal.aborted) return;
    line.endClause(clause.generation, text);
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
});

export const ttsMachine = setup({
  types: {
    context: {} as TtsContext,
    input: {} as TtsInput,
    events: {} as SpeakerEvent | TtsOrder,
  },
  actors: { rehearsal, speaker },
  delays: { timeout: ({ context }) => context.timeoutMs, check: STARVATION_CHECK_MS },
  guards: {
    hasClause: ({ context }) => context.queue.length > 0,
    mayGoOn: ({ context }) => !context.isFinishing,
    isEnded: ({ context }) => context.endedGeneration > 0,
    isStarved: ({ context }) => isStarved(context.starvation),
  },
  actions: {
    enqueue: assign({
      generation: ({ context, event }) =>
        event.type === 'tts.say' ? event.generation : context.generation,
      queue: ({ context, event }) =>
        event.type === 'tts.say' ? [...context.queue, event] : context.queue,
    }),
    prepare: ({ context, event }) => {
      if (event.type !== 'tts.prepare') return;
      const { text } = event;
      context.ahead.prepare(text, (signal) => synthesize(context, text, signal));
    },
    forgetPrepared: ({ context }) => context.ahead.forget(),
    finish: assign({
      queue: ({ context }) => context.queue.slice(0, 1),
      endedGeneration: ({ context }) => context.generation,
      isFinishing: true,
    }),
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
      ({ event }) => event as ChildFailed | ChildFaulted,
    ),
    noteDry: assign({
      starvation: ({ context }) => noteDry(context.starvation, context.line.dryForMs),
    }),
    tellStall: sendTo(
      ({ context }) => context.supervisor,
      ({ context }) =>
        failure(
          new RingmasterError(
            'PROVIDER_TIMEOUT',
            `text to speech (${context.provider.name}) gave its audio slower than it is played`,
            { retryable: true },
          ),
        ),
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
    starvation: FED,
    generation: 0,
    isFinishing: false,
  }),
  invoke: { src: 'rehearsal', input: ({ context }) => context },
  on: {
    'tts.say': { guard: 'mayGoOn', actions: 'enqueue' },
    'tts.finish': { actions: 'finish' },
    'tts.prepare': { actions: 'prepare' },
    'tts.forget': { actions: 'forgetPrepared' },
    'tts.end': { actions: assign({ endedGeneration: ({ event }) => event.generation }) },
    'tts.stop': { target: '.idle', actions: 'forget' },
    'child.failed': { target: '.failed', actions: 'tellFailure' },
    'child.faulted': { actions: 'tellFailure' },
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
        /** The line's room sets the pace; a voice that does not keep up with it has stalled. */
        streaming: {
          entry: assign({ starvation: FED }),
          initial: 'checking',
          states: {
            checking: {
              always: { guard: 'isStarved', target: '#tts.failed', actions: 'tellStall' },
              after: { check: { target: 'checking', reenter: true, actions: 'noteDry' } },
            },
          },
        },
      },
    },
    /** Told; the supervisor stops or replaces this actor. */
    failed: {},
  },
});
