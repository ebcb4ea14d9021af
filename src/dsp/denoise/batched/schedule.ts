// Which octets run, and who changes places so that they are full. Media plane.
//
// The kernel computes the eight places of an octet at once: an octet with one ready call costs as much as a
// full one, about 40 us a frame. Exchanging two calls costs 2 us. So the ready calls are brought together
// in as few octets as can hold them, and stay there: calls whose packets arrive in the same tick end up in
// the same octets, and as a rule nobody moves.

import { OCTET_LANES } from '../../kernels/denoise/layout.js';

/** Told to exchange two places; a place is octet * 8 + place in it. */
export type SwapPlaces = (placeA: number, placeB: number) => void;

/** Places 0..occupied-1 hold calls; of these some are ready in a round. Reused, allocates nothing. */
export class OctetSchedule {
  readonly #ready: Uint8Array;
  /** Octets in the order of their number of ready calls, fullest first. */
  readonly #order: Int32Array;
  #readyCalls = 0;

  /** @param octets most that there can be */
  constructor(octets: number) {
    this.#ready = new Uint8Array(octets);
    this.#order = new Int32Array(octets);
  }

  clear(): void {
    this.#ready.fill(0);
    this.#readyCalls = 0;
  }

  markReady(place: number): void {
    this.#ready[place >> 3] = this.readyMask(place >> 3) | (1 << (place & 7));
    this.#readyCalls++;
  }

  /** Bit p: the call at place p of the octet is ready. */
  readyMask(octet: number): number {
    return this.#ready[octet] ?? 0;
  }

  /**
   * Bring the ready calls together.
   * @param occupied places that hold calls
   * @param swap called for each exchange, in order
   * @returns octets that have to run; all others have no ready call
   */
  consolidate(occupied: number, swap: SwapPlaces): number {
    const busy = this.#orderByFullness(occupied);
    let kept = 0;
    let room = 0;
    while (room < this.#readyCalls) room += placesOf(this.octetAt(kept++), occupied);
    if (kept < busy) this.#moveInto(kept, busy, occupied, swap);
    return kept;
  }

  /** Fill `#order` with the octets that have a ready call; counting sort by how many. */
  #orderByFullness(occupied: number): number {
    const octets = Math.ceil(occupied / OCTET_LANES);
    let busy = 0;
    for (let count = OCTET_LANES; count > 0; count--) {
      for (let octet = 0; octet < octets; octet++) {
        if (bitCount(this.readyMask(octet)) === count) this.#order[busy++] = octet;
      }
    }
    return busy;
  }

  /** The octet of a rank below what `consolidate` returned. */
  octetAt(rank: number): number {
    return this.#order[rank] ?? 0;
  }

  /** Exchange every ready call of the octets from rank `kept` on with an idle one of the octets before. */
  #moveInto(kept: number, busy: number, occupied: number, swap: SwapPlaces): void {
    let target = 0;
    for (let rank = kept; rank < busy; rank++) {
      const source = this.octetAt(rank);
      for (let ready = this.readyMask(source); ready !== 0; ready &= ready - 1) {
        while (this.#idleMask(this.octetAt(target), occupied) === 0) target++;
        const octet = this.octetAt(target);
        const idle = lowestBit(this.#idleMask(octet, occupied));
        const from = source * OCTET_LANES + lowestBit(ready);
        swap(from, octet * OCTET_LANES + idle);
        this.#ready[octet] = this.readyMask(octet) | (1 << idle);
      }
      this.#ready[source] = 0;
    }
  }

  /** Bit p: place p of the octet holds a call that is not ready. */
  #idleMask(octet: number, occupied: number): number {
    return occupiedMask(octet, occupied) & ~this.readyMask(octet);
  }
}

/** Bit p: place p of the octet holds a call. */
export function occupiedMask(octet: number, occupied: number): number {
  return (1 << placesOf(octet, occupied)) - 1;
}

function placesOf(octet: number, occupied: number): number {
  return Math.min(OCTET_LANES, occupied - octet * OCTET_LANES);
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
