// One simulated telephone line: every 20 ms a frame each way, on one time line. Media plane.

import { FRAME_MS, FRAME_SAMPLES } from '../dsp/frame.js';
import { AgentEar } from './agent-ear.js';
import { CallerLine } from './caller-line.js';
import { SPURT_PAUSE_MS, type MediaSession } from './media-session.js';
import type { PhoneClock } from './phone-clock.js';
import type { TellFact } from './phone-events.js';
import type { Recorder } from './recorder.js';

export interface PhoneLineOptions {
  readonly clock: PhoneClock;
  readonly tell: TellFact;
  readonly recorder: Recorder | undefined;
  /** How much faster than true time this line's clock runs, in parts per million. */
  readonly clockDriftPpm: number;
  /** Share of packets that get lost, 0 to 1. */
  readonly lossProbability: number;
  readonly random: () => number;
}

interface Condition {
  readonly holds: () => boolean;
  readonly act: () => void;
}

export class PhoneLine {
  readonly caller: CallerLine;
  readonly ear: AgentEar;
  readonly #options: PhoneLineOptions;
  readonly #agent = new Uint8Array(FRAME_SAMPLES);
  readonly #spare = new Uint8Array(FRAME_SAMPLES);
  readonly #duplicates = new Set<MediaSession>();
  readonly #conditions = new Set<Condition>();
  #session: MediaSession | undefined;
  #answeredAtMs: number | undefined;
  #firstFrameMs: number | undefined;
  #frames = 0;
  #endTicks: (() => void) | undefined;

  constructor(options: PhoneLineOptions) {
    this.#options = options;
    this.caller = new CallerLine(options.tell);
    this.ear = new AgentEar(options.tell);
  }

  /** Milliseconds since the call was answered; 0 before. */
  get nowMs(): number {
    return this.#answeredAtMs === undefined ? 0 : this.#options.clock.nowMs() - this.#answeredAtMs;
  }

  /** The stream that carries the call now. */
  get session(): MediaSession | undefined {
    return this.#session;
  }

  /** The call is answered: frames begin. */
  start(): void {
    this.#answeredAtMs = this.#options.clock.nowMs();
    this.#endTicks = this.#options.clock.everyFrame((dueMs) => this.#tick(dueMs));
  }

  /** The call is over: no more frames. Idempotent. */
  stop(): void {
    this.#endTicks?.();
    this.#endTicks = undefined;
    this.#conditions.clear();
  }

  /** Carry the line over `session` from now on; `undefined` between two streams. */
  attach(session: MediaSession | undefined): void {
    this.#session = session;
    // What an ended stream still had queued is never played.
    if (session === undefined) this.ear.cleared(this.nowMs);
  }

  /** A second stream beside the first: it gets the caller's audio too, nobody hears it. */
  addDuplicate(session: MediaSession): () => void {
    this.#duplicates.add(session);
    return () => {
      this.#duplicates.delete(session);
    };
  }

  /** Agent audio came in on the stream that carries the call. */
  queued(mulaw: Uint8Array): void {
    const silentBefore = !this.ear.speaking;
    const idleMs = this.#session?.idleMs ?? 0;
    this.ear.queued(mulaw);
    // A stream of digital silence is not an answer: there, sound must come.
    const sounds = silentBefore && this.ear.speaking;
    if (idleMs >= SPURT_PAUSE_MS || sounds) this.#options.tell({ type: 'agent.arrived' });
  }

  /**
   * Call `act` after the first frame at which `holds`.
   * @returns what ends the waiting, idempotent
   */
  once(holds: () => boolean, act: () => void): () => void {
    const condition = { holds, act };
    this.#conditions.add(condition);
    return () => {
      this.#conditions.delete(condition);
    };
  }

  #tick(dueMs: number): void {
    this.#firstFrameMs ??= dueMs - FRAME_MS;
    const rate = (1 + this.#options.clockDriftPpm / 1e6) / FRAME_MS;
    const owed = Math.floor((dueMs - this.#firstFrameMs) * rate + 1e-6);
    while (this.#frames < owed && this.#endTicks !== undefined) this.#frame();
  }

  #frame(): void {
    const { lossProbability, random, recorder } = this.#options;
    const { nowMs, caller } = this;
    this.#frames += 1;
    caller.frame(nowMs);
    if (lossProbability > 0 && random() < lossProbability) this.#session?.gap(FRAME_MS);
    const bytes = this.#session?.frame(caller.payload, this.#agent) ?? this.#silence();
    for (const duplicate of this.#duplicates) duplicate.frame(caller.payload, this.#spare);
    this.ear.frame(this.#agent, bytes, nowMs);
    recorder?.frame(caller.mulaw, this.#agent);
    for (const condition of this.#conditions) {
      if (!condition.holds()) continue;
      this.#conditions.delete(condition);
      condition.act();
    }
  }

  #silence(): number {
    this.#agent.fill(0xff);
    return 0;
  }
}
