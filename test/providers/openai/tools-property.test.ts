// Whatever happens to drafts, turns and sessions: no side effect without commit, none twice, every reply ends.

import { mock } from 'node:test';
import { setImmediate as settle } from 'node:timers/promises';
import type {
  AgentRequest,
  AgentSession,
  CallInfo,
  HistoryTurn,
} from '../../../src/actors/ports.js';
import { createOpenAiAgent, type OpenAiClient } from '../../../src/providers/openai/index.js';
import type { JsonObject } from '../../../src/providers/openai/json.js';
import { SeededRandom } from '../../seeded-random.js';
import { callOf } from '../conformance-support.js';

const WORLDS = 2000;
const AT_ONCE = 500;
const STEPS = 14;
const STEP_MS = 10;
const TOOL_TIMEOUT_MS = 60;
/** One for all: each of its own would have a stack. */
const OVER = new Error('over');

/** A reply that was asked for. */
interface Attempt {
  readonly turn: number;
  readonly controller: AbortController;
  readonly commit: () => void;
  committed: boolean;
  ended: boolean;
  failed: boolean;
  /** How often the model wanted each run. */
  readonly wanted: Map<string, number>;
  /** What look-ups told it. */
  readonly found: string[];
  rounds: number;
}

const NAMES = ['quick', 'slow', 'throws', 'hangs', 'find'] as const;
type Name = (typeof NAMES)[number];

const worlds = new Map<string, World>();
const provider = createOpenAiAgent({
  client: {
    chat: ({ messages }: { messages: unknown }) => {
      const text = JSON.stringify(messages);
      return worlds.get(/CA[0-9a-f]{32}/.exec(text)?.[0] ?? '')?.answer(text);
    },
  } as unknown as OpenAiClient,
  instructions: ({ callSid }) => `You answer ${callSid}.`,
  tools: NAMES.map((name) => ({
    name,
    description: 'A tool.',
    parameters: { type: 'object' },
    sideEffects: name !== 'find',
    timeoutMs: TOOL_TIMEOUT_MS,
    run: async (args, { call, idempotencyKey }) =>
      worlds.get(call.callSid)?.run(name, args, idempotencyKey),
  })),
  retries: { maxAttempts: 1 },
});

/** A body without a socket's cost. */
function jsonResponse(value: unknown): Response {
  const body = [Buffer.from(JSON.stringify(value))];
  return { headers: new Headers({ 'content-type': 'application/json' }), body } as never;
}

class World {
  readonly wrongs: string[] = [];
  runs = 0;
  joined = 0;
  readonly #random: SeededRandom;
  readonly #call: CallInfo;
  #session: AgentSession;
  #attempt: Attempt | undefined;
  readonly #attempts: Attempt[] = [];
  readonly #ran = new Map<string, number>();
  readonly #keys = new Set<string>();
  readonly #withdrawn: string[] = [];
  #turn = 1;
  #lookUps = 0;
  readonly #history: HistoryTurn[] = [];

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#call = callOf(seed);
    worlds.set(this.#call.callSid, this);
    this.#session = provider.open(this.#call);
  }

  /** Something happens, or nothing. */
  act(): void {
    const random = this.#random;
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.ended) this.#proceed(attempt);
    else if (random.chance(25) && !attempt.committed) this.#commit(attempt);
    else if (random.chance(12)) this.#takeBack(attempt);
    else if (random.chance(6)) this.#restart(attempt);
    // Adopted and withdrawn in one breath.
    else if (random.chance(4)) {
      if (!attempt.committed) this.#commit(attempt);
      this.#takeBack(attempt);
    }
  }

  get replies(): number {
    return this.#attempts.length;
  }

  /** Everything that runs is let go; what is open afterwards never ends. */
  finish(): void {
    for (const attempt of this.#attempts) attempt.controller.abort(OVER);
  }

  check(): void {
    for (const attempt of this.#attempts) {
      if (!attempt.ended) this.wrongs.push('a reply never ended');
    }
    for (const [run, count] of this.#ran) {
      const turn = Number(run.split(' ')[0]);
      const most = Math.max(
        ...this.#attempts
          .filter((attempt) => attempt.turn === turn)
          .map(({ wanted }) => wanted.get(run) ?? 0),
      );
      if (count > most) this.wrongs.push(`${run} ran ${count} times, wanted ${most} times`);
    }
    this.#session.close();
    worlds.delete(this.#call.callSid);
  }

  run(name: Name, args: JsonObject, idempotencyKey: string): Promise<unknown> {
    const attempt = this.#attempt;
    if (name === 'find') return this.#find(attempt);
    if (!attempt?.committed) this.wrongs.push(`${name} ran without commit`);
    if (attempt?.controller.signal.aborted) this.wrongs.push(`${name} ran after the abort`);
    if (this.#keys.has(idempotencyKey)) this.wrongs.push(`${name} ran twice with one key`);
    this.#keys.add(idempotencyKey);
    this.runs += 1;
    const run = `${attempt?.turn} ${name} ${String(args['x'])}`;
    this.#ran.set(run, (this.#ran.get(run) ?? 0) + 1);
    if (name === 'throws') return Promise.reject(new Error('no'));
    if (name === 'hangs') return new Promise(() => undefined);
    const delayMs = name === 'slow' ? 5 + this.#random.below(50) : 0;
    return new Promise((resolve) => setTimeout(resolve, delayMs, 'done'));
  }

  #find(attempt: Attempt | undefined): Promise<string> {
    this.#lookUps += 1;
    const found = `<found ${this.#lookUps}>`;
    attempt?.found.push(found);
    return Promise.resolve(found);
  }

  /** The model: some rounds of tools, then words; it fails now and then. */
  answer(messages: string): Promise<Response> {
    const random = this.#random;
    const attempt = this.#attempt;
    const leaked = this.#withdrawn.find((found) => messages.includes(found));
    if (leaked !== undefined) this.wrongs.push(`the model is told ${leaked} of a withdrawn draft`);
    if (random.chance(4)) return Promise.reject(new Error('the server is gone'));
    const mayCall = attempt !== undefined && attempt.rounds++ < 2 && random.chance(75);
    const calls = !mayCall
      ? []
      : Array.from({ length: 1 + random.below(3) }, (_, i) => {
          const name = random.pick(NAMES);
          const x = random.below(2);
          const run = `${attempt.turn} ${name} ${x}`;
          attempt.wanted.set(run, (attempt.wanted.get(run) ?? 0) + 1);
          if ((this.#ran.get(run) ?? 0) >= (attempt.wanted.get(run) ?? 0)) this.joined += 1;
          const fields = [`"x":${x}`, '"y":{"a":1,"b":2}'];
          const args = `{${(random.chance(50) ? fields : fields.reverse()).join(',')}}`;
          return { id: `c${i}`, type: 'function', function: { name, arguments: args } };
        });
    // Each round in other words: a model that repeats itself is stopped.
    const content = `Well ${random.below(1_000_000)}.`;
    const message = { content, ...(calls.length > 0 && { tool_calls: calls }) };
    return Promise.resolve(
      jsonResponse({
        choices: [{ message, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop' }],
      }),
    );
  }

  #commit(attempt: Attempt): void {
    attempt.committed = true;
    attempt.commit();
  }

  #withdraw(attempt: Attempt): void {
    if (!attempt.committed) this.#withdrawn.push(...attempt.found);
    attempt.controller.abort(OVER);
  }

  /** The same turn again, with more words or fewer; not always at once. */
  #takeBack(attempt: Attempt): void {
    this.#withdraw(attempt);
    if (this.#random.chance(70)) this.#ask();
  }

  /** The agent dies and is asked the same again. */
  #restart(attempt: Attempt): void {
    this.#withdraw(attempt);
    this.#session.close();
    this.#session = provider.open(this.#call);
    this.#ask();
  }

  /** The reply was heard or is not wanted: the next turn, or this one again. */
  #proceed(attempt: Attempt | undefined): void {
    if (attempt !== undefined && !attempt.controller.signal.aborted) {
      if (!attempt.committed && this.#random.chance(60)) this.#commit(attempt);
      if (attempt.committed && !attempt.failed) {
        this.#checkDone(attempt);
        this.#history.push({ role: 'caller', text: 'And?' }, { role: 'agent', text: 'Well.' });
        this.#turn += 1;
      } else this.#withdraw(attempt);
    }
    if (this.#random.chance(50)) this.#ask();
  }

  /** A reply that is complete has done all that it wanted. */
  #checkDone({ wanted }: Attempt): void {
    for (const [run, count] of wanted) {
      if (!run.includes('find') && (this.#ran.get(run) ?? 0) < count) {
        this.wrongs.push(`${run} never ran`);
      }
    }
  }

  #ask(): void {
    let commit = (): void => undefined;
    const committed = new Promise<void>((resolve) => (commit = resolve));
    const attempt: Attempt = {
      turn: this.#turn,
      controller: new AbortController(),
      commit,
      committed: false,
      ended: false,
      failed: false,
      wanted: new Map(),
      found: [],
      rounds: 0,
    };
    this.#attempt = attempt;
    this.#attempts.push(attempt);
    if (this.#random.chance(40)) this.#commit(attempt);
    const request: AgentRequest = {
      input: { kind: 'turn', text: 'And?' },
      history: [...this.#history],
      signal: attempt.controller.signal,
      committed,
      turn: this.#turn,
    };
    const drain = async (): Promise<void> => {
      for await (const _ of this.#session.reply(request));
    };
    void drain()
      .catch(() => (attempt.failed = true))
      .finally(() => (attempt.ended = true));
  }
}

/** Until nothing happens any more at this moment. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 4; i += 1) await settle();
}

/** @returns what went wrong first, and how much happened */
async function simulate() {
  const totals = { runs: 0, joined: 0, replies: 0 };
  for (let first = 1; first <= WORLDS; first += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, i) => new World(first + i));
    for (let step = 0; step < STEPS; step += 1) {
      for (const world of batch) world.act();
      await quiet();
      mock.timers.tick(STEP_MS);
      await quiet();
    }
    for (const world of batch) world.finish();
    // The rest of what runs is bounded by the tools' time-outs.
    for (let ms = 0; ms < 8 * TOOL_TIMEOUT_MS; ms += STEP_MS) {
      mock.timers.tick(STEP_MS);
      await quiet();
    }
    for (const [i, world] of batch.entries()) {
      world.check();
      totals.runs += world.runs;
      totals.joined += world.joined;
      totals.replies += world.replies;
      if (world.wrongs.length > 0) return { seed: first + i, wrongs: world.wrongs, totals };
    }
  }
  return { seed: 0, wrongs: [], totals };
}

mock.timers.enable({ apis: ['setTimeout'] });
const { seed, wrongs, totals } = await simulate();
mock.timers.reset();
// Not before: its hooks on every promise would take most of the time.
const { default: t } = await import('tap');

t.test('no side effect without commit, none twice, and every reply ends', async (t) => {
  t.strictSame(wrongs, [], `seed ${seed}`);
  t.comment(JSON.stringify(totals));
  t.ok(totals.runs > WORLDS && totals.joined > WORLDS / 5, 'and much did happen');
});
