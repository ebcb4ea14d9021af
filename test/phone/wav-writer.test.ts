import t, { type Test } from 'tap';
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WavWriter } from '../../src/phone/wav-writer.js';

const LEFT = Int16Array.from({ length: 160 }, (_, i) => i);
const RIGHT = Int16Array.from({ length: 160 }, (_, i) => -i);

function newPath(t: Test): string {
  return join(t.testdir(), 'call.wav');
}

t.test('left and right are written as stereo', async (t) => {
  const path = newPath(t);
  const writer = new WavWriter(path, 8000);
  writer.write(LEFT, RIGHT);
  await writer.finish();
  const bytes = await readFile(path);
  t.equal(bytes.length, 44 + 640);
  t.equal(bytes.readUInt32LE(4), bytes.length - 8);
  t.equal(bytes.readUInt16LE(22), 2);
  t.equal(bytes.readUInt32LE(24), 8000);
  t.equal(bytes.readUInt32LE(28), 32_000);
  t.equal(bytes.readUInt32LE(40), 640);
  t.equal(bytes.readInt16LE(44 + 4 * 5), 5);
  t.equal(bytes.readInt16LE(44 + 4 * 5 + 2), -5);
});

t.test('the file is valid while the call runs, to a second', async (t) => {
  const path = newPath(t);
  const writer = new WavWriter(path, 8000);
  writer.write(LEFT, RIGHT);
  while (!existsSync(path) || statSync(path).size < 44) await new Promise(setImmediate);
  t.equal((await readFile(path)).readUInt32LE(40), 0);
  for (let frame = 1; frame < 75; frame += 1) writer.write(LEFT, RIGHT);
  let bytes = await readFile(path);
  while (bytes.readUInt32LE(40) === 0) bytes = await readFile(path);
  t.equal(bytes.readUInt32LE(40), 32_000);
  t.ok(bytes.length >= 44 + 32_000);
  await writer.finish();
  t.equal((await readFile(path)).readUInt32LE(40), 48_000);
});

t.test('finishing twice is the same as once, and writing after it is ignored', async (t) => {
  const path = newPath(t);
  const writer = new WavWriter(path, 8000);
  writer.write(LEFT, RIGHT);
  await Promise.all([writer.finish(), writer.finish()]);
  writer.write(LEFT, RIGHT);
  await writer.finish();
  t.equal((await readFile(path)).length, 44 + 640);
});

t.test('without a sample there is no file', async (t) => {
  const path = newPath(t);
  await new WavWriter(path, 8000).finish();
  t.notOk(existsSync(path));
});

t.test('a path that cannot be written is a coded error at the end', async (t) => {
  const writer = new WavWriter('/nowhere/at/all.wav', 8000);
  for (let frame = 0; frame < 200; frame += 1) writer.write(LEFT, RIGHT);
  await t.rejects(writer.finish(), {
    code: 'WAV_NOT_WRITABLE',
    message: /all\.wav cannot be written \(ENOENT\)/,
  });
});
