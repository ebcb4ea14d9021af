// What the tests of the OpenAI provider share. Test.

import type { Test } from 'tap';
import type {
  AgentEvent,
  AgentInput,
  AgentSession,
  HistoryTurn,
  SttEvent,
  SttProvider,
  SttSession,
  TtsChunk,
  TtsProvider,
} from '../../../src/actors/ports.js';
import { RingmasterError } from '../../../src/errors.js';
import {
  createOpenAiAgent,
  createOpenAiClient,
  type OpenAiAgentSettings,
  type OpenAiClient,
} from '../../../src/providers/openai/index.js';
import { IdempotencyKeys } from '../../../src/providers/openai/idempotency-keys.js';
import type { ToolReply } from '../../../src/providers/openai/tool-runner.js';
import {
  startOpenAiServer,
  type OpenAiServer,
  type OpenAiServerOptions,
} from '../../fakes/openai-server.js';
import { callOf, callSidOf, until } from '../conformance-support.js';

export const never: AbortSignal = new AbortController().signal;
/** Retries without the waiting. */
export const quickRetries = { retryDelayMs: 1, maxRetryAfterMs: 200 };

export interface Bench {
  readonly server: OpenAiServer;
  readonly client: OpenAiClient;
}

/** A server of the test's own, closed with it, and a client of it. */
export async function bench(t: Test, options: OpenAiServerOptions = {}): Promise<Bench> {
  const server = await startOpenAiServer(options);
  t.teardown(() => server.close());
  return { server, client: createOpenAiClient({ baseUrl: server.baseUrl, apiKey: server.apiKey }) };
}

/** A client of a server that is gone. */
export async function deadClient(): Promise<OpenAiClient> {
  const server = await startOpenAiServer();
  await server.close();
  return createOpenAiClient({ baseUrl: server.baseUrl, apiKey: server.apiKey });
}

/** The RingmasterError that `run` throws; fails the test where it throws none. */
export async function codedError(t: Test, run: () => Promise<unknown>): Promise<RingmasterError> {
  try {
    await run();
  } catch (thrown) {
    if (thrown instanceof RingmasterError) return thrown;
    t.fail('threw something without a code', { thrown });
    throw thrown;
  }
  t.fail('threw nothing');
  return new RingmasterError('PROVIDER_FAILED', 'nothing was thrown');
}

// ---------------------------------------------------------------- speech to text

export interface Listening {
  readonly session: SttSession;
  readonly events: SttEvent[];
  readonly finals: () => string[];
  readonly failure: () => RingmasterError | undefined;
  /** 20 ms frames, as the media path writes them. */
  say(id: number, pcm: Int16Array): void;
  /** Resolves when so many finals came, or the session failed. */
  until(finals: number): Promise<void>;
  failed(): Promise<RingmasterError>;
}

export async function listen(t: Test, provider: SttProvider): Promise<Listening> {
  const events: SttEvent[] = [];
  t.teardown(() => provider.close());
  const session = await provider.open({
    callSid: callSidOf(1),
    emit: (event) => events.push(event),
    signal: never,
  });
  const finals = () => events.flatMap((event) => (event.type === 'final' ? [event.text] : []));
  const failure = () => events.find((event) => event.type === 'failed')?.error;
  return {
    session,
    events,
    finals,
    failure,
    say(id, pcm) {
      session.begin(id);
      for (let at = 0; at < pcm.length; at += 160) session.write(pcm.subarray(at, at + 160));
      session.finish(id);
    },
    until: (count) =>
      until(() => finals().length >= count || failure() !== undefined, 5000, `${count} finals`),
    async failed() {
      await until(() => failure() !== undefined, 5000, 'failed');
      return failure() as RingmasterError;
    },
  };
}

/** A tone that no recogniser takes for silence. */
export function tone(ms: number, amplitude = 8000): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * 400 * i) / 8000)),
  );
}

// ---------------------------------------------------------------- text to speech

export async function speak(
  provider: TtsProvider,
  text: string,
  signal: AbortSignal = never,
): Promise<TtsChunk[]> {
  const chunks: TtsChunk[] = [];
  for await (const chunk of provider.synthesize({ callSid: callSidOf(1), text, signal })) {
    chunks.push(chunk);
  }
  return chunks;
}

export function samplesOf(chunks: readonly TtsChunk[]): number[] {
  return chunks.flatMap((chunk) => [...chunk.pcm]);
}

// ---------------------------------------------------------------- agent

export interface Answer {
  readonly text: string;
  readonly events: readonly AgentEvent[];
  readonly actions: readonly AgentEvent[];
}

export function openAgent(
  t: Test,
  client: OpenAiClient,
  settings: Partial<OpenAiAgentSettings> = {},
): AgentSession {
  const provider = createOpenAiAgent({
    client,
    instructions: 'You answer for a bakery.',
    retries: quickRetries,
    ...settings,
  });
  t.teardown(() => provider.close());
  return provider.open(callOf(1));
}

export async function ask(
  session: AgentSession,
  input: AgentInput | string,
  history: readonly HistoryTurn[] = [],
  signal: AbortSignal = never,
): Promise<Answer> {
  const events: AgentEvent[] = [];
  const asked = typeof input === 'string' ? ({ kind: 'turn', text: input } as const) : input;
  for await (const event of session.reply({
    input: asked,
    committed: Promise.resolve(),
    turn: 1,
    history,
    signal,
  }))
    events.push(event);
  return {
    text: events.map((event) => (event.type === 'text' ? event.text : '')).join(''),
    events,
    actions: events.filter((event) => event.type === 'action'),
  };
}

/** A reply of the first turn that tools run for, final and wanted unless said otherwise. */
export function toolReply(change: Partial<ToolReply> = {}): ToolReply {
  return {
    signal: never,
    committed: Promise.resolve(),
    keys: new IdempotencyKeys({ callSid: callSidOf(1), turn: 1, repliesHeard: 0 }),
    onResult: () => undefined,
    ...change,
  };
}
