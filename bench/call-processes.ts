// The processes of a call benchmark: a media node and a generator of calls, and how they are talked to. Control plane.

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ServerMessage, ServerReport, ServerRequest } from './calls-server.js';

/** Delays of the scripted engines, taken off where the node's own share is told. */
export const SCRIPTED_MS = { stt: 100, agent: 200, tts: 100 } as const;
export const ENDPOINT_MS = 600;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface ServerSettings {
  readonly calls: number;
  readonly shards: number | undefined;
  readonly engine: string;
}

/** The next message of a type. @throws {Error} where the process ends before */
export function next<Message extends { type: string }, Type extends Message['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<Message, { type: Type }>> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (message: unknown): void => {
      if ((message as Message).type !== type) return;
      stop();
      resolve(message as Extract<Message, { type: Type }>);
    };
    const onExit = (code: number | null): void => {
      stop();
      reject(new Error(`a benchmark process ended with ${code}`));
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}

/** A media node with scripted engines, in a process of its own. */
export class BenchmarkServer {
  readonly url: string;
  /** Before the first call. */
  readonly idleRssMb: number;
  readonly #child: ChildProcess;

  static async start({ calls, shards, engine }: ServerSettings): Promise<BenchmarkServer> {
    const child = fork(here('./calls-server.js'), {
      env: {
        ...process.env,
        RINGMASTER_STT: 'scripted',
        RINGMASTER_TTS: 'scripted',
        RINGMASTER_AGENT: 'scripted',
        RINGMASTER_SCRIPTED_STT_DELAY_MS: String(SCRIPTED_MS.stt),
        RINGMASTER_SCRIPTED_AGENT_DELAY_MS: String(SCRIPTED_MS.agent),
        RINGMASTER_SCRIPTED_TTS_DELAY_MS: String(SCRIPTED_MS.tts),
        RINGMASTER_ENDPOINT_SILENCE_MS: String(ENDPOINT_MS),
        RINGMASTER_MAX_CALLS: String(calls),
        ...(shards !== undefined && { RINGMASTER_DSP_SHARDS: String(shards) }),
        RINGMASTER_ENGINE: engine,
      },
    });
    const { url, idleRssMb } = await next<ServerMessage, 'ready'>(child, 'ready');
    return new BenchmarkServer(child, url, idleRssMb);
  }

  private constructor(child: ChildProcess, url: string, idleRssMb: number) {
    this.#child = child;
    this.url = url;
    this.idleRssMb = idleRssMb;
  }

  /** Measure CPU and the event loop from now on. */
  begin(): void {
    this.#send({ type: 'begin' });
  }

  /** @param collect after a full garbage collection, which a node with calls would feel */
  async report(collect = false): Promise<ServerReport> {
    this.#send({ type: 'report', collect });
    return (await next<ServerMessage, 'report'>(this.#child, 'report')).report;
  }

  stop(): void {
    this.#send({ type: 'stop' });
  }

  /** Without a goodbye. */
  kill(): void {
    this.#child.kill();
  }

  #send(message: ServerRequest): void {
    this.#child.send(message);
  }
}

export function startGenerator(options: Readonly<Record<string, string | number>>): ChildProcess {
  const argv = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return fork(here('./calls-generator.js'), argv);
}
