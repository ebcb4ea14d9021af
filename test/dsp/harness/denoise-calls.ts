// Calls through a denoising engine: puts packets where the kernel reads them and takes the clean ones.

import {
  DenoiseEngine,
  denoiseRegionBytes,
  type SampleFormat,
} from '../../../src/dsp/denoise/batched/engine.js';
import { sharedMemoryFor, type WasmMemory } from '../../../src/dsp/wasm.js';
import * as layout from '../../../src/dsp/kernels/denoise/layout.js';

export type Samples = Float32Array | Int16Array | Uint8Array;

/** Room of a lane for two packets in each direction and their speech probabilities. */
const LANE_BYTES = 4096;
const OUTPUT_AT = 1600;
const SPEECH_AT = 3200;
const PACKETS = 2;

export interface CallsOptions {
  readonly lanes: number;
  readonly framesPerPacket?: 1 | 2;
  readonly inputFormat?: SampleFormat;
  readonly outputFormat?: SampleFormat;
  /** Where the engine's region begins in the memory. */
  readonly byteOffset?: number;
}

export class DenoiseCalls {
  readonly engine: DenoiseEngine;
  readonly memory: WasmMemory;
  readonly packetSamples: number;
  readonly #input: SampleFormat;
  readonly #output: SampleFormat;
  readonly #regionAt: number;
  readonly #buffersAt: number;

  constructor(options: CallsOptions) {
    const { lanes, framesPerPacket = 1, byteOffset = 0 } = options;
    this.#input = options.inputFormat ?? 'float32';
    this.#output = options.outputFormat ?? 'float32';
    this.#regionAt = byteOffset;
    this.#buffersAt = byteOffset + Math.ceil(denoiseRegionBytes(lanes) / 64) * 64;
    this.memory = sharedMemoryFor(this.#buffersAt + lanes * LANE_BYTES);
    this.packetSamples = framesPerPacket * layout.FRAME_SAMPLES;
    this.engine = new DenoiseEngine({
      memory: this.memory,
      byteOffset,
      maxLanes: lanes,
      framesPerPacket,
      inputFormat: this.#input,
      outputFormat: this.#output,
    });
  }

  /** Queue a packet of a lane; `slot` 0 or 1 tells packets of one run apart. */
  submit(lane: number, packet: Samples, slot = 0): boolean {
    this.#view(this.#input, lane, 0, slot).set(packet);
    return this.engine.submit(
      lane,
      this.#address(lane, 0, slot),
      this.#address(lane, OUTPUT_AT, slot),
      this.#address(lane, SPEECH_AT, slot),
    );
  }

  /** A copy of the clean packet. */
  output(lane: number, slot = 0): Samples {
    return this.#view(this.#output, lane, OUTPUT_AT, slot).slice();
  }

  speech(lane: number, slot = 0): Float32Array {
    const at = this.#address(lane, SPEECH_AT, slot);
    return new Float32Array(this.memory.buffer, at, this.packetSamples / 80).slice();
  }

  /** One row of the state of the call at a place of octet 0. */
  stateValue(place: number, row: number): number {
    const at =
      this.#regionAt +
      layout.WORKSPACE_BYTES +
      Math.floor(place / 4) * layout.GROUP_BYTES +
      (place % 4) * 4;
    return new Float32Array(this.memory.buffer, at + row, 1)[0] ?? Number.NaN;
  }

  /** All packets of a recording through lane `lane`, alone. */
  denoise(lane: number, samples: Float32Array): Float32Array {
    const clean = new Float32Array(samples.length);
    for (let at = 0; at + this.packetSamples <= samples.length; at += this.packetSamples) {
      this.submit(lane, samples.subarray(at, at + this.packetSamples));
      this.engine.run();
      clean.set(this.output(lane), at);
    }
    return clean;
  }

  #address(lane: number, at: number, slot: number): number {
    return this.#buffersAt + lane * LANE_BYTES + at + slot * ((SPEECH_AT - OUTPUT_AT) / PACKETS);
  }

  #view(format: SampleFormat, lane: number, at: number, slot: number): Samples {
    const { buffer } = this.memory;
    const address = this.#address(lane, at, slot);
    if (format === 'mulaw') return new Uint8Array(buffer, address, this.packetSamples);
    if (format === 'int16') return new Int16Array(buffer, address, this.packetSamples);
    return new Float32Array(buffer, address, this.packetSamples);
  }
}
