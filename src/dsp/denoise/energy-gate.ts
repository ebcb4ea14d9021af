// Decides for many lanes when a line is so silent that noise suppression can rest. Media plane.
//
// It opens on little and closes on a lot: a frame opens it that rises above the line's own noise floor,
// over the whole band or at its upper end (where weak consonants are), or that the speech detector does
// not rule out. It closes after 300 ms without any of that, and never on a line whose noise floor is loud,
// for there noise suppression is wanted all the time.

import { FRAME_SAMPLES } from '../frame.js';

/** Rise above the floor that opens: 4 dB. */
const OPEN_RATIO = 2.5;
/** Speech probability that opens. Silero stays below 0.1 on silent lines. */
const OPEN_PROBABILITY = 0.2;
const HOLD_FRAMES = 15;
/** Mean square of the loudest floor that counts as silent: RMS 104, -50 dB re full scale. */
const SILENT_FLOOR = 104 ** 2;
/** Mean square of a line that carries the smallest mu-law step alone: no floor is taken for lower. */
const LOWEST_FLOOR = 8 ** 2;
/** A floor rises by 2 dB a second at most, and falls at once. */
const FLOOR_RISE = 10 ** (0.2 / 50);

export class EnergyGate {
  /** Mean square of each lane's noise floor. */
  readonly #floors: Float64Array;
  /** The same of the differences between neighbours: the spectrum weighted towards its upper end. */
  readonly #upperFloors: Float64Array;
  readonly #holds: Int32Array;

  constructor(lanes: number) {
    this.#floors = new Float64Array(lanes);
    this.#upperFloors = new Float64Array(lanes);
    this.#holds = new Int32Array(lanes);
  }

  /** A lane begins open, with a floor yet to be found. */
  open(lane: number): void {
    this.#floors[lane] = Infinity;
    this.#upperFloors[lane] = Infinity;
    this.#holds[lane] = HOLD_FRAMES;
  }

  /**
   * Judge one frame of 160 samples.
   * @param samples the raw line in the range of int16, from `start` on
   * @param speech probability 0..1 of speech in this frame
   * @returns true where this frame and those shortly before it need the engine
   */
  update(lane: number, samples: Float32Array, start: number, speech: number): boolean {
    let energy = 0;
    let upperEnergy = 0;
    let previous = samples[start] as number;
    for (let i = start; i < start + FRAME_SAMPLES; i++) {
      const sample = samples[i] as number;
      const difference = sample - previous;
      energy += sample * sample;
      upperEnergy += difference * difference;
      previous = sample;
    }
    energy /= FRAME_SAMPLES;
    upperEnergy /= FRAME_SAMPLES;
    const floor = followFloor(this.#floors, lane, energy);
    const upperFloor = followFloor(this.#upperFloors, lane, upperEnergy);
    const rises =
      floor > SILENT_FLOOR ||
      energy > floor * OPEN_RATIO ||
      upperEnergy > upperFloor * OPEN_RATIO ||
      speech >= OPEN_PROBABILITY;
    const hold = rises ? HOLD_FRAMES : Math.max(0, (this.#holds[lane] as number) - 1);
    this.#holds[lane] = hold;
    return hold > 0;
  }
}

function followFloor(floors: Float64Array, lane: number, energy: number): number {
  const floor = Math.max(LOWEST_FLOOR, Math.min(energy, (floors[lane] as number) * FLOOR_RISE));
  floors[lane] = floor;
  return floor;
}
