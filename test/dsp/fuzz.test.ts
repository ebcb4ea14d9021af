import t from 'tap';
import type { Denoiser } from '../../src/dsp/denoise/denoiser.js';
import { EnergyGate } from '../../src/dsp/denoise/energy-gate.js';
import { GatedDenoiser } from '../../src/dsp/denoise/gated-denoiser.js';
import { RnnoiseDenoiser } from '../../src/dsp/denoise/rnnoise.js';
import { compileRnnoise } from '../../src/dsp/denoise/rnnoise-module.js';
import type { FrameBatch } from '../../src/dsp/frame-batch.js';
import { SileroDetector } from '../../src/dsp/vad/silero.js';
import { findSileroModel } from '../../src/dsp/vad/silero-model.js';
import { linearToMulaw } from '../../src/dsp/g711.js';
import { ShardHarness, type HeardFrame } from './shard-harness.js';
import { random, speechClip } from './signals.js';

const FRAME = 160;
const LANES = 6;
const module = await compileRnnoise();
const model = await findSileroModel();

/** The real engines, with a look at every sample that comes out of the noise suppressor. */
class WatchedDenoiser extends GatedDenoiser implements Denoiser {
  notFinite = 0;
  loudest = 0;
  override process(batch: FrameBatch): void {
    super.process(batch);
    for (let i = 0; i < batch.count * FRAME; i++) {
      const sample = batch.samples[i] as number;
      if (!Number.isFinite(sample)) this.notFinite++;
      this.loudest = Math.max(this.loudest, Math.abs(sample));
    }
  }
}

type Line = (frame: number) => Uint8Array;

const next = random(77);
const anyBytes = (): Uint8Array => Uint8Array.from({ length: FRAME }, () => next() * 256);
const square = (period: number): Uint8Array =>
  Uint8Array.from({ length: FRAME }, (_, i) => (i % period < period / 2 ? 0x80 : 0x00));
const speech = Uint8Array.from(speechClip('tt-weasels'), linearToMulaw);

const SPOKEN = Math.floor(speech.length / FRAME);

const LINES: readonly Line[] = [
  anyBytes,
  () => square(40),
  () => new Uint8Array(FRAME).fill(0xff),
  // Every second silent, then every second of another kind.
  (frame) =>
    [() => new Uint8Array(FRAME).fill(0x7f), anyBytes, () => square(2)][
      Math.floor(frame / 50) % 3
    ]?.() ?? new Uint8Array(FRAME),
  (frame) => speech.subarray((frame % SPOKEN) * FRAME, ((frame % SPOKEN) + 1) * FRAME),
  () => new Uint8Array(FRAME).fill(Math.floor(next() * 256)),
];

t.test(
  'any byte stream gives probabilities and finite audio through the real engines',
  async (t) => {
    const denoiser = new WatchedDenoiser(
      new RnnoiseDenoiser(module, LANES),
      LANES,
      new EnergyGate(LANES),
    );
    const detector = await SileroDetector.create(model, LANES);
    t.teardown(() => detector.release());
    const shard = new ShardHarness(LANES, { denoiser, detector });
    const heard: HeardFrame[][] = LINES.map(() => []);
    const slots = heard.map((frames, slot) => shard.open(slot, frames));
    let fed = 0;
    // Frame by frame, in small heaps, and as a burst of 2 s.
    for (const burst of [...Array.from({ length: 60 }, () => 1), 3, 7, 1, 20, 100]) {
      for (let i = 0; i < burst; i++, fed++) {
        slots.forEach((slot, lane) =>
          t.equal(slot.writeInbound(LINES[lane]?.(fed) ?? anyBytes(), 0), 0),
        );
      }
      await shard.runAll();
      for (const slot of slots) slot.deliverAll();
    }
    t.equal(denoiser.notFinite, 0);
    t.ok(denoiser.loudest < 200_000, `loudest ${denoiser.loudest}`);
    t.equal(denoiser.faults + detector.faults, 0);
    for (const frames of heard) {
      t.equal(frames.length, fed);
      t.ok(frames.every(({ speech }) => speech >= 0 && speech <= 1));
    }
    const talked = heard[4]?.filter(({ speech }) => speech > 0.5).length ?? 0;
    t.ok(talked > fed / 3, `speech is heard among all that: ${talked} of ${fed} frames`);
    t.ok(
      heard[2]?.every(({ pcm, speech }) => speech < 0.35 && pcm.every((sample) => sample === 0)),
      'digital silence stays silent',
    );
  },
);

t.test('whatever PCM at whatever rates gives whole mu-law frames', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  const frame = new Uint8Array(FRAME);
  const rates = [8000, 16000, 22050, 24000, 44100, 48000];
  let read = 0;
  for (let i = 0; i < 300; i++) {
    const rate = rates[Math.floor(next() * rates.length)] as number;
    const kind = next();
    const pcm = Int16Array.from({ length: Math.floor(next() * 2000) }, (_, n) =>
      kind < 0.3 ? (n % 2 === 0 ? 32767 : -32768) : kind < 0.5 ? 0 : 65536 * (next() - 0.5),
    );
    const taken = slot.writeOutbound(pcm, rate);
    t.ok(taken >= 0 && taken <= pcm.length);
    if (next() < 0.2) slot.flushOutbound();
    await shard.runAll();
    while (slot.readOutbound(frame)) read++;
  }
  t.ok(read > 500, `${read} frames`);
});
