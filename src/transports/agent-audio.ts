// One call's outbound audio: TTS chunks through the DSP slot, paced to the wire, booked in the ledger. Media plane.

import type { TtsChunk } from '../actors/ports.js';
import { FRAME_SAMPLES, LINE_RATE_HZ } from '../dsp/frame.js';
import type { DspSlot } from '../dsp/pool.js';
import { canResample } from '../dsp/resample.js';
import { RingmasterError } from '../errors.js';
import { Pacer } from './pacer.js';
import { PlaybackLedger } from './playback-ledger.js';
import type { StreamSender } from './twilio/stream-sink.js';

/** Queued synthesis above this makes `play` wait: room for a clause, not for a speech. */
const QUEUE_HIGH_WATER_MS = 2000;
/** A mark that is so late after its audio must have been played is taken as lost. */
const MARK_GRACE_MS = 2000;

export interface AgentAudioOptions {
  readonly slot: DspSlot;
  readonly sender: StreamSender;
  readonly onStarted: (generation: number, atMs: number) => void;
  readonly onFinished: (generation: number, heardText: string) => void;
}

interface Queued {
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
  /** Samples already with the slot. */
  offset: number;
}

const chunkMs = (samples: number, sampleRateHz: number): number => (samples * 1000) / sampleRateHz;

/** One generation is played at a time; a newer one replaces an older one that is done or cleared. */
export class AgentAudio {
  readonly #options: AgentAudioOptions;
  readonly #pacer = new Pacer();
  readonly #frame = Buffer.alloc(FRAME_SAMPLES);
  #ledger = new PlaybackLedger(0);
  /** `#frame` holds a frame that the socket did not take. */
  #frameHeld = false;
  #clearHeld = false;
  #queue: Queued[] = [];
  #queuedMs = 0;
  #waiting: (() => void)[] = [];
  #state: 'idle' | 'open' | 'ending' | 'marked' = 'idle';
  #flushed = false;
  #congested = false;
  /** Generations up to this one are cleared or finished: their audio is refused. */
  #closedGeneration = 0;
  /** Marks that never came back, for the metrics. */
  marksLost = 0;
  framesSent = 0;

  constructor(options: AgentAudioOptions) {
    this.#options = options;
  }

  /** See `Line.play`. */
  play(generation: number, chunk: TtsChunk): Promise<void> {
    if (!this.#accepts(generation) || this.#state !== 'open') return Promise.resolve();
    if (!canResample(chunk.sampleRateHz, LINE_RATE_HZ)) {
      // Here, where the engine's actor hears of it, and not later in the node's timer.
      const message = `no filter from ${chunk.sampleRateHz} Hz`;
      return Promise.reject(new RingmasterError('AUDIO_RATE_UNSUPPORTED', message));
    }
    this.#queue.push({ pcm: chunk.pcm, sampleRateHz: chunk.sampleRateHz, offset: 0 });
    this.#queuedMs += chunkMs(chunk.pcm.length, chunk.sampleRateHz);
    this.#ledger.wrote(Math.round((chunk.pcm.length * LINE_RATE_HZ) / chunk.sampleRateHz));
    this.#feedSlot();
    if (this.#queuedMs <= QUEUE_HIGH_WATER_MS) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  endClause(generation: number, text: string): void {
    if (this.#accepts(generation)) this.#ledger.endClause(text);
  }

  endPlayback(generation: number): void {
    if (this.#accepts(generation) && this.#state === 'open') this.#state = 'ending';
  }

  /** Drop everything unheard, here and at the far end; says what was heard. Idempotent. */
  clear(nowMs: number): { generation: number; heardText: string } {
    const isUnheard = this.#isPlaying || this.#pacer.bufferedMs(nowMs) > 0;
    // Closed first: the marks that the far end's clear returns must not find the reply open.
    const cut = this.#cut(nowMs);
    this.#options.slot.clearOutbound();
    if (isUnheard) this.#clearFarEnd();
    return cut;
  }

  /** A mark came back. Those of other generations prove nothing: `clear` returns them all. */
  mark(name: string): void {
    if (this.#state === 'marked' && name === this.#endMark) this.#finish();
  }

  /** The socket's buffer has room again. */
  drain(): void {
    this.#congested = false;
    if (this.#clearHeld) this.#clearFarEnd();
  }

  /** Every tick, and whenever the worker delivered: send what is due. */
  pump(nowMs: number): void {
    if (this.#state === 'idle') return;
    this.#feedSlot();
    this.#send(nowMs);
    if (this.#state === 'ending') this.#endWhenDrained();
    if (this.#state === 'marked' && this.#pacer.dryForMs(nowMs) > MARK_GRACE_MS) {
      this.marksLost += 1;
      this.#finish();
    }
  }

  /** The stream is over: free what waits and send nothing any more; says what was heard. */
  release(nowMs: number): { generation: number; heardText: string } {
    const cut = this.#cut(nowMs);
    this.#close(Number.MAX_SAFE_INTEGER);
    return cut;
  }

  get #isPlaying(): boolean {
    return this.#state !== 'idle';
  }

  get #endMark(): string {
    return `g${this.#ledger.generation}:end`;
  }

  #cut(nowMs: number): { generation: number; heardText: string } {
    const { generation } = this.#ledger;
    const unplayedMs = this.#pacer.bufferedMs(nowMs);
    const heardText = this.#isPlaying ? this.#ledger.heardText(unplayedMs) : '';
    this.#pacer.clear(nowMs);
    this.#close(generation);
    return { generation, heardText };
  }

  /** A clear that the socket does not take goes before everything else once it has drained. */
  #clearFarEnd(): void {
    this.#clearHeld = this.#options.sender.clear() === 'dropped';
    if (this.#clearHeld) this.#congested = true;
  }

  /** Is this the generation being played? A newer one begins here. */
  #accepts(generation: number): boolean {
    if (generation <= this.#closedGeneration) return false;
    if (generation > this.#ledger.generation) {
      this.#ledger = new PlaybackLedger(generation);
      this.#state = 'open';
      this.#flushed = false;
    }
    return generation === this.#ledger.generation;
  }

  #feedSlot(): void {
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      const rest = head.offset === 0 ? head.pcm : head.pcm.subarray(head.offset);
      const taken = this.#options.slot.writeOutbound(rest, head.sampleRateHz);
      head.offset += taken;
      this.#queuedMs -= chunkMs(taken, head.sampleRateHz);
      if (head.offset < head.pcm.length) break;
      this.#queue.shift();
    }
    if (this.#queuedMs > QUEUE_HIGH_WATER_MS || this.#waiting.length === 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #send(nowMs: number): void {
    const { slot, sender, onStarted } = this.#options;
    while (!this.#congested && this.#pacer.wants(nowMs)) {
      if (!this.#frameHeld && !slot.readOutbound(this.#frame)) return;
      const answer = sender.media(this.#frame.toString('base64'));
      this.#congested = answer !== 'sent';
      // Not taken: it goes out after the drain, since what is booked as sent counts as heard.
      this.#frameHeld = answer === 'dropped';
      if (this.#frameHeld) return;
      const first = this.#ledger.sentMs === 0;
      this.framesSent += 1;
      this.#pacer.sent(nowMs);
      this.#ledger.sent(FRAME_SAMPLES);
      if (first) onStarted(this.#ledger.generation, nowMs);
    }
  }

  #endWhenDrained(): void {
    const { slot, sender } = this.#options;
    if (this.#queue.length > 0 || this.#frameHeld) return;
    if (!this.#flushed) {
      slot.flushOutbound();
      this.#flushed = true;
    }
    if (slot.outboundPending) return;
    if (this.#ledger.sentMs === 0) {
      this.#finish();
      return;
    }
    sender.mark(this.#endMark);
    this.#state = 'marked';
  }

  #finish(): void {
    const { generation, text } = this.#ledger;
    this.#close(generation);
    this.#options.onFinished(generation, text);
  }

  #close(generation: number): void {
    this.#closedGeneration = Math.max(this.#closedGeneration, generation);
    this.#state = 'idle';
    this.#frameHeld = false;
    this.#queue = [];
    this.#queuedMs = 0;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
