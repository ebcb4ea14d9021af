// A media node of the benchmark of turns in a process of its own, as the callers' process talks to it. Control plane.

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { next } from '../call-processes.js';
import type { TimedWord } from '../../src/scenario/timed-words.js';
import type { CallScript, LoadReport, NodeFacts, TurnsMessage, TurnsRequest } from './server.js';

const FACTS_TIMEOUT_MS = 10_000;
const SERVER = fileURLToPath(new URL('./server.js', import.meta.url));

export interface NodeManner {
  /** Whether its recogniser tells words before an utterance is over. */
  readonly interims: boolean;
  /** Count the events of its actors. */
  readonly inspect: boolean;
  /** Whether its agent may begin before a turn is final. */
  readonly drafts: boolean;
}

export class NodeProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (facts: NodeFacts | undefined) => void>();

  /** @param calls at once, at most */
  static async start(
    calls: number,
    { interims, inspect, drafts }: NodeManner,
  ): Promise<NodeProcess> {
    const argv = [`--interims=${interims ? 'on' : 'off'}`, ...(inspect ? ['--inspect'] : [])];
    // A call that has just ended may hold its slot while the next one begins.
    const env = {
      ...process.env,
      RINGMASTER_MAX_CALLS: String(2 * calls),
      RINGMASTER_DRAFTS: drafts ? 'on' : 'off',
    };
    const child = fork(SERVER, argv, { env });
    const { url } = await next<TurnsMessage, 'ready'>(child, 'ready');
    return new NodeProcess(child, url);
  }

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    child.on('message', (message: TurnsMessage) => {
      if (message.type !== 'call') return;
      this.#waiting.get(message.callSid)?.(message.facts);
      this.#waiting.delete(message.callSid);
    });
  }

  enter(callSid: string, script: CallScript): void {
    this.#send({ type: 'enter', callSid, script });
  }

  says(callSid: string, words: readonly TimedWord[], startedAtMs: number): void {
    this.#send({ type: 'says', callSid, words, startedAtMs });
  }

  /** What the node did in a call that is over; undefined where it knows nothing of it. */
  leave(callSid: string): Promise<NodeFacts | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), FACTS_TIMEOUT_MS);
      this.#waiting.set(callSid, (facts) => {
        clearTimeout(timer);
        resolve(facts);
      });
      this.#send({ type: 'leave', callSid });
    });
  }

  begin(): void {
    this.#send({ type: 'begin' });
  }

  async report(): Promise<LoadReport> {
    this.#send({ type: 'report' });
    return (await next<TurnsMessage, 'report'>(this.#child, 'report')).report;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#send({ type: 'stop' });
    await ended;
  }

  /** Without a goodbye. */
  kill(): void {
    this.#child.kill();
  }

  #send(message: TurnsRequest): void {
    if (this.#child.connected) this.#child.send(message);
  }
}
