// Engines as one call has them: what they opened for it is closed with it, whatever became of the actors. Control plane.

import type { AgentProvider, SttProvider, TtsProvider } from './actors/ports.js';
import { RingmasterError } from './errors.js';
import { contained } from './foreign-call.js';

interface Engines {
  readonly stt: SttProvider;
  readonly tts: TtsProvider;
  readonly agent: AgentProvider;
}

/** What is open for one call. */
export class OpenSessions {
  readonly #open = new Set<{ close(): unknown }>();
  readonly #abort = new AbortController();
  readonly #onThrown: (thrown: unknown) => void;

  /** @param onThrown told what a `close` threw; must not throw */
  constructor(onThrown: (thrown: unknown) => void) {
    this.#onThrown = onThrown;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** @returns what closes it, once; a throw is contained */
  add(session: { close(): unknown }): () => void {
    const close = (): void => {
      if (this.#open.delete(session)) contained(() => session.close(), this.#onThrown);
    };
    this.#open.add(session);
    if (this.#abort.signal.aborted) close();
    return close;
  }

  /** The call is over: close and abort what is left. */
  close(): void {
    this.#abort.abort('the call is over');
    for (const session of this.#open) {
      this.#open.delete(session);
      contained(() => session.close(), this.#onThrown);
    }
  }
}

/** `target` with some methods replaced; the others run on itself, so that private fields are found. */
function withMethods<T extends object>(target: T, methods: Partial<T>): T {
  const bound = new Map<PropertyKey, unknown>(Object.entries(methods));
  return new Proxy(target, {
    get(_target, key) {
      if (bound.has(key)) return bound.get(key);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method: unknown = value.bind(target);
      bound.set(key, method);
      return method;
    },
  });
}

function ownedStt(stt: SttProvider, sessions: OpenSessions): SttProvider {
  const open: SttProvider['open'] = async (options) => {
    const signal = AbortSignal.any([options.signal, sessions.signal]);
    const emit: typeof options.emit = (event) => {
      if (sessions.signal.aborted) return;
      try {
        options.emit(event);
      } catch (cause) {
        // An engine that lies from a timer of its own would end the process by what it is thrown back.
        const message = `${stt.name} gave an event that makes no sense`;
        const error = new RingmasterError('PROVIDER_PROTOCOL', message, { cause });
        options.emit({ type: 'failed', error });
      }
    };
    const session = await stt.open({ ...options, signal, emit });
    return withMethods(session, { close: sessions.add(session) });
  };
  return withMethods(stt, { open });
}

/** The engines for one call: orphans of a machine that failed hold nothing after it. */
export function ownedEngines({ stt, tts, agent }: Engines, sessions: OpenSessions): Engines {
  return {
    stt: ownedStt(stt, sessions),
    tts: withMethods(tts, {
      synthesize: (request) =>
        tts.synthesize({ ...request, signal: AbortSignal.any([request.signal, sessions.signal]) }),
    }),
    agent: withMethods(agent, {
      open: (call) => {
        const session = agent.open(call);
        return withMethods(session, { close: sessions.add(session) });
      },
    }),
  };
}
