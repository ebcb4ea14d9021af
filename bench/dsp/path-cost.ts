// The whole path of a packet: mu-law into a slot, through a shard's pipeline, clean PCM and speech to a listener. Media plane.
//
// The shard is one as a pool makes it, with the engines that its worker loads; only the thread is this one. The
// pool's work around it is counted: writing into slots and telling listeners.

import { createEngines, type EngineOptions } from '../../src/dsp/shard-engines.js';
import { FRAME_MS } from '../../src/dsp/frame.js';
import { FrameRoom, type FrameCounts } from '../../src/dsp/inbound-ring.js';
import { LatencyHistogram } from '../../src/dsp/latency-histogram.js';
import { ShardPipeline } from '../../src/dsp/pipeline.js';
import { HeaderField, ShardMemory } from '../../src/dsp/shard-memory.js';
import { ShardOwnership } from '../../src/dsp/shard-ownership.js';
import { batchedPlace, stockPlace } from '../../src/dsp/shard-place.js';
import { ShardSlot } from '../../src/dsp/slot.js';
import type { LineAudio } from './line-audio.js';
import type { Subject } from './subject.js';

export type PathKind = 'stock' | 'stock, gated' | 'ours';

/** 1.5 s: what an energy gate takes to know its lines. */
const SETTLING_TICKS = 75;

/** Since the lines were settled: packets, how many of them are speech, and how many were denoised. */
export interface PathCounts {
  readonly packets: number;
  readonly speech: number;
  readonly denoised: number;
}

export interface PathSubject extends Subject {
  counts(): PathCounts;
}

/** @param options of the stock engine; the gate goes by `kind` */
export async function wholePath(
  kind: PathKind,
  options: Omit<EngineOptions, 'gate'>,
  calls: number,
  audio: LineAudio,
): Promise<PathSubject> {
  const place = kind === 'ours' ? batchedPlace(calls) : stockPlace(calls);
  const memory = new ShardMemory(place.buffer, place.byteOffset, calls);
  const ownership = new ShardOwnership(memory.header, 0);
  const gated = { ...options, gate: kind !== 'stock' };
  const engines = await createEngines(memory, place.memory, ownership, gated);
  const pipeline = new ShardPipeline(memory, engines, ownership);
  const heard = { packets: 0, speech: 0 };
  const listener = (_pcm: Int16Array, speech: number): void => {
    heard.packets++;
    if (speech >= 0.5) heard.speech++;
  };
  const frames: FrameCounts = { received: 0, processed: 0, late: 0, dropped: 0, repaired: 0 };
  const frame = new FrameRoom();
  const slots = memory.slots.map(
    (slot) => new ShardSlot(0, slot, frame, frames, listener, () => {}),
  );
  const latencies = new LatencyHistogram();
  let tick = 0;
  const run = async (): Promise<number> => {
    const before = heard.packets;
    const nowMs = performance.now();
    for (const [call, slot] of slots.entries()) slot.writeInbound(audio.mulaw(call, tick), nowMs);
    tick++;
    while (await pipeline.run());
    for (const slot of slots) slot.deliver(nowMs, latencies);
    const packets = heard.packets - before;
    const shed = Atomics.load(memory.header, HeaderField.SHED);
    if (packets !== calls || shed !== 0) throw new Error(`${kind}: ${packets} packets came out`);
    return packets;
  };
  for (let settling = 0; settling < SETTLING_TICKS; settling++) await run();
  const settled = { ...heard, denoised: engines.engine.counters.denoised };
  return {
    name: kind,
    calls,
    run,
    counts: () => ({
      packets: heard.packets - settled.packets,
      speech: heard.speech - settled.speech,
      denoised: engines.engine.counters.denoised - settled.denoised,
    }),
  };
}

/** CPU time of a packet as part of a core, in per cent. */
export function coreShare(packetUs: number): number {
  return (100 * packetUs) / (1000 * FRAME_MS);
}
