import t from 'tap';
import { batchedPlace } from '../../src/dsp/shard-place.js';
import { createFrameRound } from '../../src/dsp/shard-engine.js';
import { createBatchedEngines } from '../../src/dsp/shard-engines.js';
import { ShardMemory } from '../../src/dsp/shard-memory.js';
import { findSileroModel } from '../../src/dsp/vad/silero-model.js';
import { linearToMulaw } from '../../src/dsp/g711.js';
import { speechClip } from './signals.js';

const FRAME = 160;

t.test('coarse windows cost half, still find the voice, and end at once', async (t) => {
  const place = batchedPlace(1);
  const memory = new ShardMemory(place.buffer, 0, 1);
  const slot = memory.slots[0];
  if (!slot || !place.memory) throw new Error('no such slot');
  const sileroPath = await findSileroModel();
  const { engine } = createBatchedEngines(memory, place.memory, { sileroPath, denoises: false });
  const round = createFrameRound(1);
  round.count = 1;
  const clip = speechClip('hours');
  const frames = Math.floor(clip.length / FRAME);
  /** Windows judged, and the most that the probability rose to. */
  const hear = async (coarse: boolean): Promise<{ windows: number; most: number }> => {
    engine.open(0);
    engine.coarsen(coarse);
    const before = engine.counters.windows;
    let most = 0;
    for (let frame = 0; frame < frames; frame++) {
      for (let i = 0; i < FRAME; i++) {
        slot.mulawIn[i] = linearToMulaw(clip[frame * FRAME + i] ?? 0);
      }
      await engine.process(round);
      most = Math.max(most, slot.speech[0] ?? 0);
    }
    return { windows: engine.counters.windows - before, most };
  };
  const whole = await hear(false);
  const half = await hear(true);
  t.ok(Math.abs(half.windows * 2 - whole.windows) <= 1, `${half.windows} of ${whole.windows}`);
  t.ok(whole.most > 0.5);
  t.ok(half.most > 0.5, `${half.most.toFixed(2)} of a voice`);
  t.same(await hear(false), whole, 'and everything again afterwards');
});
