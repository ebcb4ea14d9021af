// A line that stirs, and a voice that fades: by energy alone.

import t from 'tap';
import { EnergyRise } from '../../../src/dsp/vad/energy-rise.js';

/** Mean square of int16 samples at so many dB of full scale. */
const power = (dbfs: number): number => 32_768 ** 2 * 10 ** (dbfs / 10);

/** Frames of these levels, in dBFS. */
function after(levels: readonly number[], speaking = false): EnergyRise {
  const energy = new EnergyRise();
  for (const level of levels) energy.push(power(level), speaking);
  return energy;
}

const times = (count: number, level: number): number[] =>
  Array.from({ length: count }, () => level);

t.test(
  'a line that grows louder by more than 10 dB stirs at once, for as long as it does',
  async (t) => {
    t.equal(after([...times(20, -70), -50]).loudMs, 20);
    t.equal(after([...times(20, -70), ...times(3, -50)]).loudMs, 60);
    t.equal(after([...times(20, -55), -50]).loudMs, 0, '5 dB are no rise');
    t.equal(after([...times(20, -70), -50, -70]).loudMs, 0, 'silent again');
  },
);

t.test('what is too soft for a voice is none, however silent the line was', async (t) => {
  t.equal(after([...times(20, -96), ...times(3, -60)]).loudMs, 0);
});

t.test('noise that comes to stay stirs the line for 200 ms', async (t) => {
  t.equal(after([...times(20, -80), ...times(10, -40)]).loudMs, 200);
  t.equal(after([...times(20, -80), ...times(11, -40)]).loudMs, 0);
  t.equal(after([...times(20, -80), ...times(30, -40), -25]).loudMs, 20, 'a voice above it');
});

t.test('a voice is loud however long it lasts, and its soft ending is part of it', async (t) => {
  const voice = [...times(20, -80), ...times(100, -20)];
  t.equal(after([...voice, ...times(4, -45)], true).quietMs, 0);
  t.equal(after([...voice, ...times(4, -45), ...times(3, -80)], true).quietMs, 60);
});

t.test('a floor that was lower long ago is forgotten', async (t) => {
  t.equal(after([-80, ...times(200, -62), -50]).loudMs, 20);
  t.equal(after([-80, ...times(200, -58), -50]).loudMs, 0);
});

t.test('frames of which nothing is known of the line leave its floor alone', async (t) => {
  const energy = after(times(20, -52));
  for (let i = 0; i < 10; i += 1) energy.skip();
  for (const level of times(3, -52)) energy.push(power(level), false);
  t.equal(energy.loudMs, 0, 'its noise is no voice afterwards');
  t.equal(energy.quietMs, 33 * 20);
});
