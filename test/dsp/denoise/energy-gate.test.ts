import t from 'tap';
import { EnergyGate } from '../../../src/dsp/denoise/energy-gate.js';
import { lineNoise, random, speechClip, throughMulaw } from '../signals.js';

const FRAME = 160;
const LOOK_AHEAD = 2;
const CLIPS = ['basic-pbx-ivr-main', 'demo-abouttotry', 'telephone-number', 'hours', 'tt-weasels'];

function judge(signal: Int16Array, speech = 0): boolean[] {
  const gate = new EnergyGate(1);
  gate.open(0);
  const samples = Float32Array.from(signal);
  const open: boolean[] = [];
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
    open.push(gate.update(0, samples, at, speech));
  }
  return open;
}

/** Clips one after the other with 1.2 s between them; `clean` holds them without noise. */
function call(noiseRms: number, seed: number): { clean: Int16Array; line: Int16Array } {
  const pieces = CLIPS.flatMap((name) => [...new Int16Array(9600), ...speechClip(name)]);
  const clean = Int16Array.from([...pieces, ...new Int16Array(9600)]);
  const hiss = lineNoise(clean.length, noiseRms, seed);
  return { clean, line: throughMulaw(clean.map((sample, i) => sample + (hiss[i] as number))) };
}

/** Mean square of each frame's louder half. */
function levels(signal: Int16Array): number[] {
  const result: number[] = [];
  for (let at = 0; at + FRAME <= signal.length; at += FRAME) {
    let louder = 0;
    for (const half of [0, 80]) {
      let sum = 0;
      for (let i = 0; i < 80; i++) sum += (signal[at + half + i] as number) ** 2;
      louder = Math.max(louder, sum / 80);
    }
    result.push(louder);
  }
  return result;
}

for (const noiseDb of [-72, -60, -55, -45, -35]) {
  t.test(`at ${noiseDb} dB of line noise no frame of speech comes out closed`, async (t) => {
    const { clean, line } = call(32768 * 10 ** (noiseDb / 20), 11);
    const open = judge(line);
    const level = levels(clean);
    const active = 1500 ** 2;
    let frames = 0;
    const cut: number[] = [];
    for (let n = 0; n + LOOK_AHEAD < open.length; n++) {
      if ((level[n] as number) < active / 1000) continue; // 30 dB below the voice
      frames++;
      if (!open[n] && !open[n + 1] && !open[n + LOOK_AHEAD]) cut.push(n);
    }
    t.ok(frames > 500, `${frames} frames of speech`);
    t.same(cut, []);
  });
}

for (const noiseDb of [-90, -72, -60, -55]) {
  t.test(`at ${noiseDb} dB of line noise most of the silence is spared`, async (t) => {
    const { clean, line } = call(32768 * 10 ** (noiseDb / 20), 12);
    const open = judge(line);
    const silent = levels(clean)
      .slice(0, open.length)
      .flatMap((level, n) => (level === 0 ? [open[n]] : []));
    const closed = silent.filter((state) => !state).length / silent.length;
    t.ok(closed > 0.6, `${(closed * 100).toFixed(0)} % of the silent frames`);
  });
}

t.test('a line with loud noise never closes', async (t) => {
  t.ok(judge(lineNoise(8000 * 20, 250, 3)).every(Boolean));
});

t.test('it holds for 300 ms after the last frame that opened it', async (t) => {
  const line = new Int16Array(FRAME * 100);
  for (let i = FRAME * 50; i < FRAME * 51; i++) line[i] = 2000 * Math.sin(i);
  const open = judge(line);
  t.same(
    open.map((state, n) => (state ? n : -1)).filter((n) => n >= 40),
    Array.from({ length: 15 }, (_, i) => 50 + i),
  );
});

t.test('a speech probability opens it whatever the energy', async (t) => {
  t.notOk(judge(new Int16Array(FRAME * 40), 0.1).at(-1));
  t.ok(judge(new Int16Array(FRAME * 40), 0.2).every(Boolean));
});

t.test('noise that steps up is taken for the new floor within 15 s', async (t) => {
  const quiet = lineNoise(8000 * 5, 10, 5);
  const louder = lineNoise(8000 * 15, 60, 6);
  const open = judge(Int16Array.from([...quiet, ...louder]));
  t.equal(open[251], true);
  t.equal(open.at(-1), false);
});

t.test('a lane that is opened again has forgotten its floor', async (t) => {
  const gate = new EnergyGate(1);
  const next = random(8);
  const frame = Float32Array.from({ length: FRAME }, () => 60 * (next() - 0.5));
  gate.open(0);
  for (let i = 0; i < 50; i++) gate.update(0, new Float32Array(FRAME), 0, 0);
  gate.open(0);
  const open = Array.from({ length: 30 }, () => gate.update(0, frame, 0, 0));
  t.equal(open.at(-1), false, 'noise from the start on is its floor');
});
