// Noise suppression for all calls of a worker at once. Media plane.

import * as layout from '../../kernels/denoise/layout.js';
import { loadDenoiseKernel, type DenoiseKernel } from './kernel.js';
import { PacketQueue } from './packet-queue.js';
import { loadRnnoiseModel, type RnnoiseModel } from './rnnoise-model.js';
import { occupiedMask, OctetSchedule } from './schedule.js';
import { writeTables } from './tables.js';
import type { WasmMemory } from '../../wasm.js';
import { writeWeights } from './weights.js';

/** How far the output lags behind the input: half of the 20 ms window. */
export const DENOISE_DELAY_SAMPLES = layout.FRAME_SAMPLES;

/** How samples lie in memory; floats are in int16 units. */
export type SampleFormat = 'mulaw' | 'int16' | 'float32';

const FORMAT_CODES = {
  mulaw: layout.MULAW,
  int16: layout.INT16,
  float32: layout.FLOAT32,
} as const;

const MULAW_SILENCE = 0xff;
/** The region begins on a cache line. */
const ALIGNMENT = 64;
/** Place of a lane that is not open. */
const NOWHERE = -1;
/** Largest packet: two frames of floats. */
const MAX_PACKET_BYTES = 2 * layout.FRAME_SAMPLES * 4;
/** Places without a call read silence and write where nobody looks. */
const IDLE_BYTES = 2 * MAX_PACKET_BYTES + ALIGNMENT;

export interface DenoiseOptions {
  /** Shared, so that another thread can write line audio where the kernel reads it. */
  readonly memory: WasmMemory;
  /** Start of a part of the memory that nobody else uses, `denoiseRegionBytes` long; a multiple of 64. */
  readonly byteOffset: number;
  /** Most calls at a time; lanes are 0..maxLanes-1. */
  readonly maxLanes: number;
  /** Frames of 10 ms in a packet: 2 for the 20 ms of a telephone packet. */
  readonly framesPerPacket: 1 | 2;
  readonly inputFormat: SampleFormat;
  readonly outputFormat: SampleFormat;
}

/** Since the engine was made. */
export interface DenoiseCounters {
  /** Packets denoised. */
  packets: number;
  /** Kernel runs over an octet: at best an eighth of the packets. */
  octetRuns: number;
  /** Exchanges of two calls' places. */
  swaps: number;
  /** Octet runs in which a call without audio was held. */
  holds: number;
}

/** Bytes of memory of an engine: about 0.3 MB, and 4.7 KB for each call. */
export function denoiseRegionBytes(maxLanes: number): number {
  return layout.WORKSPACE_BYTES + octetsFor(maxLanes) * layout.OCTET_BYTES + IDLE_BYTES;
}

function octetsFor(lanes: number): number {
  return Math.ceil(lanes / layout.OCTET_LANES);
}

/**
 * RNNoise at 8 kHz for many calls. A call has a lane; packets are queued for lanes in any order and `run`
 * denoises them all. What a lane hears does not depend on other lanes, on its place among them or on when
 * its packets come, to the last bit.
 *
 * Allocates nothing after construction. For use by one thread.
 */
export class DenoiseEngine {
  readonly maxLanes: number;
  readonly counters: Readonly<DenoiseCounters>;
  readonly #counters: DenoiseCounters = { packets: 0, octetRuns: 0, swaps: 0, holds: 0 };
  readonly #kernel: DenoiseKernel;
  readonly #framesPerPacket: number;
  readonly #inputCode: number;
  readonly #outputCode: number;
  readonly #octetsAt: number;
  readonly #idleInput: Uint8Array;
  readonly #idleOutputAt: number;
  readonly #idleSpeechAt: number;
  /** Addresses of the next kernel run, one for each place; in the workspace. */
  readonly #jobInput: Uint32Array;
  readonly #jobOutput: Uint32Array;
  readonly #jobSpeech: Uint32Array;

  /** Open lanes lie densely: places 0..openLanes-1; a place is octet * 8 + place in the octet. */
  readonly #placeOf: Int32Array;
  readonly #laneAt: Int32Array;
  #openLanes = 0;
  readonly #packets: PacketQueue;
  readonly #schedule: OctetSchedule;
  readonly #exchange = (placeA: number, placeB: number): void => {
    this.#swapPlaces(placeA, placeB);
    this.#counters.swaps++;
  };

  /**
   * @param model read once for all engines of a process
   * @throws {RingmasterError} DSP_MODEL_MISSING where the kernel or the model is not installed; noise
   *   suppression then needs another engine
   * @throws {RangeError} where the region does not fit
   */
  constructor(options: DenoiseOptions, model: RnnoiseModel = loadRnnoiseModel()) {
    const { maxLanes, byteOffset } = options;
    const buffer = checkedBuffer(options);
    this.maxLanes = maxLanes;
    this.counters = this.#counters;
    this.#framesPerPacket = options.framesPerPacket;
    this.#inputCode = FORMAT_CODES[options.inputFormat];
    this.#outputCode = FORMAT_CODES[options.outputFormat];

    new Uint8Array(buffer, byteOffset, denoiseRegionBytes(maxLanes)).fill(0);
    this.#octetsAt = byteOffset + layout.WORKSPACE_BYTES;
    const idleAt = this.#octetsAt + octetsFor(maxLanes) * layout.OCTET_BYTES;
    this.#idleInput = new Uint8Array(buffer, idleAt, MAX_PACKET_BYTES);
    if (options.inputFormat === 'mulaw') this.#idleInput.fill(MULAW_SILENCE);
    this.#idleOutputAt = idleAt + MAX_PACKET_BYTES;
    this.#idleSpeechAt = this.#idleOutputAt + MAX_PACKET_BYTES;
    const job = (at: number) => new Uint32Array(buffer, byteOffset + at, layout.OCTET_LANES);
    this.#jobInput = job(layout.JOB_INPUT);
    this.#jobOutput = job(layout.JOB_OUTPUT);
    this.#jobSpeech = job(layout.JOB_SPEECH);

    writeTables(buffer, byteOffset);
    writeWeights(buffer, byteOffset, model);
    this.#kernel = loadDenoiseKernel(options.memory);
    this.#kernel.configure(byteOffset);

    this.#placeOf = new Int32Array(maxLanes).fill(NOWHERE);
    this.#laneAt = new Int32Array(maxLanes);
    this.#packets = new PacketQueue(maxLanes);
    this.#schedule = new OctetSchedule(octetsFor(maxLanes));
  }

  get openLanes(): number {
    return this.#openLanes;
  }

  /** Start a lane afresh, open or not: it knows nothing of any call before. */
  open(lane: number): void {
    if (!(lane >= 0 && lane < this.maxLanes)) throw new RangeError('no such lane');
    if (this.#placeOf[lane] === NOWHERE) this.#setPlace(lane, this.#openLanes++);
    this.#packets.drop(lane);
    const place = this.#placeOf[lane] ?? 0;
    this.#kernel.clearPlace(this.#octetAddress(place), place & 7);
  }

  /** End a lane and forget its queued packets; the last place's call moves up into its place. Idempotent. */
  close(lane: number): void {
    const place = this.#placeOf[lane] ?? NOWHERE;
    if (place === NOWHERE) return;
    this.#packets.drop(lane);
    const last = --this.#openLanes;
    if (place !== last) this.#swapPlaces(place, last);
    this.#placeOf[lane] = NOWHERE;
  }

  /**
   * Queue a packet of an open lane for the next run. Packets of one lane run in the order in which they are
   * queued; a second one needs a second round, in which other lanes may have nothing to do.
   * @param input byte address of the samples, which are read during `run`
   * @param output byte address for the clean samples; may be `input` where the formats agree
   * @param speech byte address for speech probabilities 0..1, one float32 for each frame; a multiple of 4
   * @returns false where the lane is not open or the queue is full: the packet is not queued then
   */
  submit(lane: number, input: number, output: number, speech: number): boolean {
    if ((this.#placeOf[lane] ?? NOWHERE) === NOWHERE) return false;
    return this.#packets.push(lane, input, output, speech);
  }

  /** Denoise all queued packets. @returns how many */
  run(): number {
    const before = this.#counters.packets;
    while (this.#packets.laneCount > 0) this.#runRound();
    return this.#counters.packets - before;
  }

  /**
   * Let the optimizing compiler take over the kernel, by work on noise: until then a frame costs ten times
   * as much. Before the first lane is opened.
   */
  warmUp(packets = 100): void {
    if (this.#openLanes > 0) throw new RangeError('a lane is open');
    const silence = this.#idleInput.slice();
    for (const at of silence.keys()) this.#idleInput[at] = Math.imul(at + 1, 0x9e3779b1) >>> 24;
    this.#schedule.clear();
    for (let packet = 0; packet < packets; packet++) this.#runOctet(0);
    this.#idleInput.set(silence);
    this.#counters.octetRuns -= packets;
  }

  /** The first queued packet of every lane that has one. */
  #runRound(): void {
    const schedule = this.#schedule;
    const packets = this.#packets;
    schedule.clear();
    for (let index = 0; index < packets.laneCount; index++) {
      schedule.markReady(this.#placeOf[packets.laneAt(index)] ?? 0);
    }
    const octets = schedule.consolidate(this.#openLanes, this.#exchange);
    for (let rank = 0; rank < octets; rank++) this.#runOctet(schedule.octetAt(rank));
    this.#counters.packets += packets.laneCount;
    packets.shiftAll();
  }

  #runOctet(octet: number): void {
    const packets = this.#packets;
    const ready = this.#schedule.readyMask(octet);
    const first = octet * layout.OCTET_LANES;
    for (let place = 0; place < layout.OCTET_LANES; place++) {
      const isReady = ((ready >> place) & 1) === 1;
      const lane = this.#laneAt[first + place] ?? 0;
      this.#jobInput[place] = isReady ? packets.inputOf(lane) : this.#idleInput.byteOffset;
      this.#jobOutput[place] = isReady ? packets.outputOf(lane) : this.#idleOutputAt;
      this.#jobSpeech[place] = isReady ? packets.speechOf(lane) : this.#idleSpeechAt;
    }
    const held = occupiedMask(octet, this.#openLanes) & ~ready;
    this.#kernel.process(
      this.#octetAddress(first),
      this.#framesPerPacket,
      this.#inputCode,
      this.#outputCode,
      held,
    );
    this.#counters.octetRuns++;
    if (held !== 0) this.#counters.holds++;
  }

  #swapPlaces(placeA: number, placeB: number): void {
    const octetA = this.#octetAddress(placeA);
    const octetB = this.#octetAddress(placeB);
    this.#kernel.swapPlaces(octetA, placeA & 7, octetB, placeB & 7);
    const laneA = this.#laneAt[placeA] ?? 0;
    this.#setPlace(this.#laneAt[placeB] ?? 0, placeA);
    this.#setPlace(laneA, placeB);
  }

  #setPlace(lane: number, place: number): void {
    this.#placeOf[lane] = place;
    this.#laneAt[place] = lane;
  }

  #octetAddress(place: number): number {
    return this.#octetsAt + (place >> 3) * layout.OCTET_BYTES;
  }
}

function checkedBuffer({ memory, byteOffset, maxLanes }: DenoiseOptions): SharedArrayBuffer {
  const { buffer } = memory;
  if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError('the memory is not shared');
  if (byteOffset % ALIGNMENT !== 0) throw new RangeError('byteOffset is no multiple of 64');
  if (byteOffset + denoiseRegionBytes(maxLanes) > buffer.byteLength) {
    throw new RangeError('the region reaches beyond the memory');
  }
  return buffer;
}
