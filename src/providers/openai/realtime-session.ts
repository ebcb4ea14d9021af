// One call's realtime transcription: audio out in batches, transcripts in by utterance. Media plane.

import type { SpeechExpectation, SttEvent, SttSession } from '../../actors/ports.js';
import { LINE_RATE_HZ, MULAW_SILENCE } from '../../dsp/frame.js';
import { linearToMulaw } from '../../dsp/g711.js';
import { RingmasterError } from '../../errors.js';
import type { OpenAiClient } from './client.js';
import { RealtimeConnection } from './realtime-connection.js';
import {
  appendAudio,
  commitAudio,
  committedUtterance,
  sessionUpdate,
  transcriptionUpdate,
  type RealtimeEvent,
  type TranscriptionOptions,
} from './realtime-protocol.js';
import { errorFacts, serverError } from './server-error.js';
import { UtteranceLedger } from './utterance-ledger.js';

/** 100 ms: few enough messages, and the least that the server takes as one commit. */
const BATCH_SAMPLES = LINE_RATE_HZ / 10;

export interface RealtimeSessionSettings {
  readonly transcription: TranscriptionOptions;
  /** Prompt while digits are expected; undefined leaves the prompt alone. */
  readonly digitsPrompt: string | undefined;
  readonly noiseReduction: 'near_field' | 'far_field' | null;
  readonly openTimeoutMs: number;
  /** From `finish` to the final; longer than this the session counts as dead. */
  readonly finalTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly maxBufferedBytes: number;
  /** Audio of an utterance beyond this is not sent. */
  readonly maxUtteranceMs: number;
}

export interface RealtimeSessionListener {
  readonly emit: (event: SttEvent) => void;
  /** The session is over, whoever ended it. */
  readonly ended: () => void;
}

export class RealtimeSession implements SttSession {
  readonly #settings: RealtimeSessionSettings;
  readonly #listener: RealtimeSessionListener;
  readonly #connection: RealtimeConnection;
  readonly #ledger: UtteranceLedger;
  readonly #finalTimers = new Map<number, NodeJS.Timeout>();
  readonly #batch = Buffer.alloc(BATCH_SAMPLES);
  #batchSamples = 0;
  /** The utterance that takes audio now. */
  #current: number | undefined;
  #sentSamples = 0;
  #expectation: SpeechExpectation = 'anything';
  #prompt: string | undefined;
  #ended = false;

  constructor(
    client: OpenAiClient,
    settings: RealtimeSessionSettings,
    listener: RealtimeSessionListener,
  ) {
    this.#settings = settings;
    this.#listener = listener;
    this.#prompt = settings.transcription.prompt;
    this.#ledger = new UtteranceLedger({
      interim: (utteranceId, text) => {
        this.#tell({ type: 'interim', utteranceId, text });
      },
      final: (utteranceId, text) => {
        this.#final(utteranceId, text);
      },
    });
    this.#connection = new RealtimeConnection({
      socket: client.realtimeTranscription(),
      configuration: sessionUpdate(settings.transcription, settings.noiseReduction),
      openTimeoutMs: settings.openTimeoutMs,
      pingIntervalMs: settings.pingIntervalMs,
      maxBufferedBytes: settings.maxBufferedBytes,
      onEvent: (event) => {
        this.#event(event);
      },
      onFailed: (error) => {
        this.#fail(error);
      },
    });
  }

  /** @throws {RingmasterError} PROVIDER_* */
  async open(signal: AbortSignal): Promise<void> {
    try {
      await this.#connection.open(signal);
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  begin(utteranceId: number): void {
    if (this.#ended || utteranceId === this.#current) return;
    // Whatever of an earlier utterance is not committed would become part of this one.
    this.#seal();
    if (!this.#ledger.begin(utteranceId)) return;
    this.#current = utteranceId;
    this.#sentSamples = 0;
    this.#usePrompt();
  }

  write(pcm: Int16Array): void {
    if (this.#ended || this.#current === undefined) return;
    const room = (this.#settings.maxUtteranceMs * LINE_RATE_HZ) / 1000 - this.#sentSamples;
    const count = Math.min(pcm.length, room);
    for (let i = 0; i < count; i++) {
      this.#batch[this.#batchSamples++] = linearToMulaw(pcm[i] as number);
      if (this.#batchSamples === BATCH_SAMPLES) this.#flush();
    }
    this.#sentSamples += count;
  }

  finish(utteranceId: number): void {
    if (this.#ended) return;
    if (utteranceId === this.#current) this.#seal();
    // A final that is due already must not be told from within the caller's own call.
    queueMicrotask(() => {
      this.#ledger.finish(utteranceId);
      if (this.#ledger.awaits(utteranceId)) this.#awaitFinal(utteranceId);
    });
  }

  expect(expectation: SpeechExpectation): void {
    this.#expectation = expectation;
  }

  close(): void {
    this.#end();
    this.#connection.close();
  }

  /** Commit the audio of the current utterance; one without any has an empty transcript. */
  #seal(): void {
    const id = this.#current;
    if (id === undefined) return;
    this.#current = undefined;
    if (this.#sentSamples === 0) {
      this.#ledger.settle(id, '');
      return;
    }
    if (this.#sentSamples < BATCH_SAMPLES) {
      // A commit of less than 100 ms is an error at OpenAI.
      this.#batch.fill(MULAW_SILENCE, this.#batchSamples);
      this.#batchSamples = BATCH_SAMPLES;
    }
    this.#flush();
    this.#ledger.commit(id);
    this.#connection.send(commitAudio(id));
  }

  #flush(): void {
    if (this.#batchSamples === 0) return;
    const audio = this.#batch.toString('base64', 0, this.#batchSamples);
    this.#batchSamples = 0;
    this.#connection.send(appendAudio(audio));
  }

  #usePrompt(): void {
    const { transcription, digitsPrompt } = this.#settings;
    if (digitsPrompt === undefined) return;
    const prompt = this.#expectation === 'digits' ? digitsPrompt : (transcription.prompt ?? '');
    if (prompt === this.#prompt) return;
    this.#prompt = prompt;
    this.#connection.send(transcriptionUpdate({ ...transcription, prompt }));
  }

  #event(event: RealtimeEvent): void {
    switch (event.type) {
      case 'committed':
        if (!this.#ledger.committed(event.itemId)) {
          const text = 'realtime: the server committed audio on its own';
          this.#connection.fail(new RingmasterError('PROVIDER_PROTOCOL', text));
        }
        return;
      case 'delta':
        this.#ledger.delta(event.itemId, event.text);
        return;
      case 'completed':
        this.#ledger.completed(event.itemId, event.transcript);
        return;
      case 'item-failed': {
        const error = serverError('realtime', errorFacts(event.error));
        // An utterance that this server cannot make out is empty; any other trouble concerns the session.
        if (isAboutAudio(error)) this.#ledger.completed(event.itemId, '');
        else this.#connection.fail(error);
        return;
      }
      case 'error':
        this.#serverError(event.eventId, serverError('realtime', errorFacts(event.error)));
        return;
      case 'configured':
      case 'other':
    }
  }

  /** "Most errors are recoverable and the session will stay open" (API reference, `error`). */
  #serverError(eventId: string | undefined, error: RingmasterError): void {
    const utteranceId = committedUtterance(eventId);
    if (!isAboutAudio(error)) this.#connection.fail(error);
    else if (utteranceId !== undefined) this.#ledger.refused(utteranceId);
  }

  #awaitFinal(utteranceId: number): void {
    if (this.#ended || this.#finalTimers.has(utteranceId)) return;
    const { finalTimeoutMs } = this.#settings;
    const timer = setTimeout(() => {
      const text = `realtime: no transcript within ${finalTimeoutMs} ms`;
      this.#connection.fail(new RingmasterError('PROVIDER_TIMEOUT', text, { retryable: true }));
    }, finalTimeoutMs);
    this.#finalTimers.set(utteranceId, timer);
  }

  #final(utteranceId: number, text: string): void {
    clearTimeout(this.#finalTimers.get(utteranceId));
    this.#finalTimers.delete(utteranceId);
    this.#tell({ type: 'final', utteranceId, text });
  }

  #fail(error: RingmasterError): void {
    if (this.#ended) return;
    this.#end();
    this.#listener.emit({ type: 'failed', error });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener.ended();
    this.#current = undefined;
    for (const timer of this.#finalTimers.values()) clearTimeout(timer);
    this.#finalTimers.clear();
  }

  #tell(event: SttEvent): void {
    if (!this.#ended) this.#listener.emit(event);
  }
}

/** Neither credentials nor limits nor the server's own state: this one piece of audio. */
function isAboutAudio(error: RingmasterError): boolean {
  return error.code === 'PROVIDER_FAILED' && !error.retryable;
}
