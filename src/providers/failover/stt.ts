// A recogniser that another takes the place of: when it opens, and after it failed in the middle of a call. Control plane.

import type { SttOpenOptions, SttProvider, SttSession } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import { contained } from '../../foreign-call.js';
import type { EngineTurn, FailoverChain } from './chain.js';

export interface FailoverSttOptions {
  /** Wait for a session, and for a final, of an engine that has another behind it. */
  readonly answerMs: number;
  readonly warmUpMs: number;
}

/**
 * A session of one engine. When it fails, the call opens the next one and tells it the utterance again, so that no
 * session has to change its engine.
 */
function openAt(
  { provider, breaker, ticket, hasNext, fail }: EngineTurn<SttProvider>,
  options: SttOpenOptions,
  answerMs: number,
): Promise<SttSession> {
  const awaited = new Map<number, NodeJS.Timeout>();
  const opening = new AbortController();
  const { signal } = options;
  let isAlive = true;
  const end = (): void => {
    isAlive = false;
    for (const timer of awaited.values()) clearTimeout(timer);
    awaited.clear();
  };
  const broken = (error: RingmasterError): void => {
    if (!isAlive) return;
    end();
    // Its ticket was used when it opened.
    breaker.failed();
    options.emit({ type: 'failed', error: fail(error) });
  };
  const late = (what: string): RingmasterError =>
    new RingmasterError('PROVIDER_TIMEOUT', `${provider.name} gave no ${what} in ${answerMs} ms`, {
      retryable: true,
    });
  const emit: SttOpenOptions['emit'] = (event) => {
    if (!isAlive) return;
    if (event.type === 'failed') {
      broken(event.error);
      return;
    }
    if (event.type === 'final') {
      clearTimeout(awaited.get(event.utteranceId));
      awaited.delete(event.utteranceId);
    }
    options.emit(event);
  };

  return new Promise((resolve, reject) => {
    const giveUp = (reason: () => RingmasterError): void => {
      if (!isAlive) return;
      end();
      cleanUp();
      opening.abort();
      reject(reason());
    };
    const onAbort = (): void =>
      giveUp(() => {
        ticket.abandoned();
        return late('session');
      });
    const timer = hasNext
      ? setTimeout(() => giveUp(() => fail(late('session'))), answerMs)
      : undefined;
    const cleanUp = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) {
      onAbort();
      return;
    }
    Promise.resolve()
      .then(() => provider.open({ ...options, emit, signal: opening.signal }))
      .then(
        (session) => {
          if (!isAlive) {
            closeQuietly(session);
            return;
          }
          cleanUp();
          ticket.succeeded();
          resolve(watched(session));
        },
        (thrown: unknown) => giveUp(() => fail(thrown)),
      );
  });

  function watched(session: SttSession): SttSession {
    return {
      begin: (utteranceId) => session.begin(utteranceId),
      write: (pcm) => session.write(pcm),
      finish(utteranceId) {
        if (hasNext && isAlive && !awaited.has(utteranceId)) {
          awaited.set(
            utteranceId,
            setTimeout(() => broken(late('final')), answerMs),
          );
        }
        session.finish(utteranceId);
      },
      expect: (expectation) => session.expect(expectation),
      close() {
        end();
        closeQuietly(session);
      },
    };
  }
}

function closeQuietly(session: SttSession): void {
  // It is gone for us either way.
  contained(
    () => session.close(),
    () => undefined,
  );
}

export function createFailoverStt(
  chain: FailoverChain<SttProvider>,
  options: FailoverSttOptions,
): SttProvider {
  return {
    name: chain.name,
    capabilities: chain.preferred.capabilities,
    warmUp: () => chain.warmUp(options.warmUpMs),
    async open(request) {
      let failure: unknown;
      for await (const turn of chain.turns(request.callSid, request.signal)) {
        try {
          return await openAt(turn, request, options.answerMs);
        } catch (thrown) {
          if (request.signal.aborted) throw thrown;
          failure = thrown;
        }
      }
      throw failure ?? new RingmasterError('PROVIDER_FAILED', `${chain.name}: nobody was asked`);
    },
    close: () => chain.close(),
  };
}
