// Engine audio to the line's rate by the SIMD kernel, in the shard's own memory. Media plane.

import { readFileSync } from 'node:fs';
import { RingmasterError } from '../errors.js';
import { LINE_RATE_HZ } from './frame.js';
import * as layout from './kernels/outbound/layout.js';
import { LINE_SAMPLES, type LineConverter } from './line-converter.js';
import { polyphaseFor, SOURCE_RATES_HZ, type Polyphase } from './polyphase.js';
import type { SlotMemory } from './shard-memory.js';
import { wasm, type SharedWasmMemory } from './wasm.js';

/** Beside this module's compiled form. */
const KERNEL_FILE = new URL('./kernels/outbound.wasm', import.meta.url);

const ALIGNMENT = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

const RATES_HZ: readonly number[] = SOURCE_RATES_HZ.filter((rateHz) => rateHz !== LINE_RATE_HZ);
const STREAM_BYTES = aligned(layout.STREAM_BYTES + LINE_SAMPLES * 2);

const WARM_UP_RUNS = 200;

interface OutboundKernel {
  convert(
    stream: number,
    design: number,
    workspace: number,
    input: number,
    count: number,
    output: number,
  ): number;
}

const tapsOf = ({ taps }: Polyphase): number =>
  Math.ceil(taps / layout.TAPS_UNIT) * layout.TAPS_UNIT;

function designBytes(filter: Polyphase): number {
  return aligned(layout.DESIGN_COEFFICIENTS + filter.up * tapsOf(filter) * 2);
}

/** The line converters of all slots of a shard: filters, scratch and streams in one part of its memory. */
export class BatchedLineConverters {
  readonly #memory: SharedWasmMemory;
  readonly #kernel: OutboundKernel;
  /** Address and delay of each rate's filter. */
  readonly #designs = new Map<number, { readonly at: number; readonly delaySamples: number }>();
  readonly #workspace: number;
  readonly #streams: number;
  /** A stream that belongs to no slot. */
  readonly #spareStream: number;

  /** Bytes that the converters of `slots` slots need: 0.1 MB, and 1.6 KB a slot. */
  static bytesFor(slots: number): number {
    const designs = RATES_HZ.reduce(
      (sum, rateHz) => sum + designBytes(polyphaseFor(rateHz, LINE_RATE_HZ)),
      0,
    );
    return designs + aligned(layout.WORKSPACE_BYTES) + (slots + 1) * STREAM_BYTES;
  }

  /**
   * @param memory shared; this uses `bytesFor(slots)` bytes from `byteOffset` on, a multiple of 64
   * @throws {RingmasterError} DSP_KERNEL_MISSING
   */
  constructor(memory: SharedWasmMemory, byteOffset: number, slots: number) {
    this.#memory = memory;
    this.#kernel = loadKernel(memory);
    let at = byteOffset;
    for (const rateHz of RATES_HZ) {
      const filter = polyphaseFor(rateHz, LINE_RATE_HZ);
      writeDesign(memory.buffer, at, filter);
      this.#designs.set(rateHz, { at, delaySamples: filter.delaySamples });
      at += designBytes(filter);
    }
    this.#workspace = at;
    this.#streams = at + aligned(layout.WORKSPACE_BYTES);
    this.#spareStream = this.#streams + slots * STREAM_BYTES;
  }

  /** Let the optimising compiler take over the kernel. */
  warmUp(): void {
    const stream = this.#spareStream;
    for (const { at } of this.#designs.values()) {
      for (let run = 0; run < WARM_UP_RUNS; run++) {
        this.#kernel.convert(stream, at, this.#workspace, 0, 160, stream + layout.STREAM_BYTES);
      }
    }
  }

  /** The converter of a slot; one at a time for each. */
  forSlot(slot: number, { pcm }: SlotMemory): LineConverter {
    const kernel = this.#kernel;
    const workspace = this.#workspace;
    const stream = this.#streams + slot * STREAM_BYTES;
    const state = new Uint8Array(this.#memory.buffer, stream, layout.STREAM_BYTES);
    const lineAt = stream + layout.STREAM_BYTES;
    const line = new Int16Array(this.#memory.buffer, lineAt, LINE_SAMPLES);
    let design: number | undefined;
    const convert = (input: number, count: number, at: number): number =>
      kernel.convert(stream, design ?? 0, workspace, input, count, lineAt + at * 2);
    return {
      line,
      begin: (rateHz) => {
        state.fill(0);
        const found = this.#designs.get(rateHz);
        if (found === undefined && rateHz !== LINE_RATE_HZ) {
          const message = `no filter from ${rateHz} Hz to ${LINE_RATE_HZ} Hz`;
          throw new RingmasterError('AUDIO_RATE_UNSUPPORTED', message);
        }
        design = found?.at;
        return found?.delaySamples ?? 0;
      },
      convert: (from, count, at) => {
        if (design !== undefined) return convert(pcm.byteOffset + from * 2, count, at);
        for (let i = 0; i < count; i++) line[at + i] = pcm[from + i] as number;
        return count;
      },
      drain: (count, at) => {
        if (design !== undefined) return convert(0, count, at);
        line.fill(0, at, at + count);
        return count;
      },
    };
  }
}

function loadKernel(memory: SharedWasmMemory): OutboundKernel {
  try {
    const module = new wasm.Module(readFileSync(KERNEL_FILE));
    return new wasm.Instance(module, { env: { memory } }).exports as unknown as OutboundKernel;
  } catch (cause) {
    const message = 'the outbound kernel cannot be loaded';
    throw new RingmasterError('DSP_KERNEL_MISSING', message, { cause });
  }
}

function writeDesign(buffer: SharedArrayBuffer, at: number, filter: Polyphase): void {
  const { up, down, taps, coefficients } = filter;
  const kernelTaps = tapsOf(filter);
  if (kernelTaps > layout.MAX_TAPS) throw new RangeError('the filter is too long for the kernel');
  const fields = new Int32Array(buffer, at, layout.DESIGN_COEFFICIENTS >> 2);
  fields[layout.DESIGN_UP >> 2] = up;
  fields[layout.DESIGN_STEP >> 2] = Math.trunc(down / up);
  fields[layout.DESIGN_PHASE_STEP >> 2] = down % up;
  fields[layout.DESIGN_TAPS >> 2] = kernelTaps;
  const scaled = new Int16Array(buffer, at + layout.DESIGN_COEFFICIENTS, up * kernelTaps);
  const scale = 2 ** layout.COEFFICIENT_BITS;
  for (let phase = 0; phase < up; phase++) {
    let magnitudes = 0;
    for (let tap = 0; tap < taps; tap++) {
      const value = Math.round((coefficients[phase * taps + tap] as number) * scale);
      scaled[phase * kernelTaps + kernelTaps - taps + tap] = value;
      magnitudes += Math.abs(value);
    }
    // Else a sum of products could leave int32.
    if (magnitudes >= 2 ** 16) throw new RangeError('the filter is too loud for the kernel');
  }
}
