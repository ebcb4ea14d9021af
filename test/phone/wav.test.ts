import t from 'tap';
import { join } from 'node:path';
import { parseWav, readWav } from '../../src/phone/wav.js';
import { int16Bytes, wavFile, type WavFields } from '../fakes/wav.js';

const PCM = { tag: 1, bits: 16 };

function read(fields: WavFields): number[] {
  return [...parseWav(wavFile(fields)).samples];
}

t.test('16-bit PCM is read exactly', async (t) => {
  const data = int16Bytes([0, 16_384, -32_768, 32_767]);
  t.strictSame(read({ ...PCM, data }), [0, 0.5, -1, 32_767 / 32_768]);
});

t.test('8-bit PCM is unsigned', async (t) => {
  t.strictSame(read({ tag: 1, bits: 8, data: Uint8Array.of(128, 192, 0) }), [0, 0.5, -1]);
});

t.test('24-bit PCM keeps its sign and its low byte', async (t) => {
  const data = Uint8Array.of(0, 0, 0x40, 0, 0, 0x80, 1, 0, 0, 0xff, 0xff, 0xff);
  t.strictSame(read({ tag: 1, bits: 24, data }), [0.5, -1, 2 ** -23, -(2 ** -23)]);
});

t.test('32-bit PCM is read', async (t) => {
  const data = new Uint8Array(Int32Array.of(2 ** 30, -(2 ** 31)).buffer);
  t.strictSame(read({ tag: 1, bits: 32, data }), [0.5, -1]);
});

t.test('float is read, and what is no number is silence', async (t) => {
  const data = new Uint8Array(Float32Array.of(0.25, -0.5, NaN, Infinity).buffer);
  t.strictSame(read({ tag: 3, bits: 32, data }), [0.25, -0.5, 0, 0]);
});

t.test('mu-law is expanded by G.711', async (t) => {
  const data = Uint8Array.of(0xff, 0x80, 0x00);
  t.strictSame(read({ tag: 7, bits: 8, data }), [0, 32_124 / 32_768, -32_124 / 32_768]);
});

t.test('A-law is expanded by G.711', async (t) => {
  const data = Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a);
  const expected = [8, -8, 32_256, -32_256].map((value) => value / 32_768);
  t.strictSame(read({ tag: 6, bits: 8, data }), expected);
});

t.test('an extensible header is read as its sub-format', async (t) => {
  const data = int16Bytes([16_384]);
  t.strictSame(read({ ...PCM, data, extensible: true }), [0.5]);
});

t.test('stereo is averaged to mono', async (t) => {
  const data = int16Bytes([16_384, 0, -16_384, 16_384]);
  t.strictSame(read({ ...PCM, channels: 2, data }), [0.25, 0]);
});

t.test('the sample rate is told', async (t) => {
  const wav = parseWav(wavFile({ ...PCM, rateHz: 44_100, data: int16Bytes([1]) }));
  t.equal(wav.sampleRateHz, 44_100);
});

t.test('unknown chunks of odd length are skipped', async (t) => {
  const chunks = [{ id: 'LIST', data: Uint8Array.of(1, 2, 3) }];
  t.strictSame(read({ ...PCM, data: int16Bytes([16_384]), chunks }), [0.5]);
});

t.test('a data chunk that claims more than the file has is read as far as it goes', async (t) => {
  for (const claimedDataBytes of [1000, 0xffffffff]) {
    const data = int16Bytes([16_384, -16_384]);
    t.strictSame(read({ ...PCM, data, claimedDataBytes }), [0.5, -0.5]);
  }
});

t.test('a file cut inside a sample is read up to the last whole one', async (t) => {
  const whole = wavFile({ ...PCM, data: int16Bytes([16_384, -16_384]) });
  t.strictSame([...parseWav(whole.subarray(0, -1)).samples], [0.5]);
});

const good = wavFile({ ...PCM, data: int16Bytes([1, 2]) });

function patched(offset: number, bytes: number[]): Buffer {
  const copy = Buffer.from(good);
  copy.set(bytes, offset);
  return copy;
}

const INVALID: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an empty file', new Uint8Array(), /0 bytes are too few/],
  ['an MP3 file', Buffer.from('ID3\x04 this is not a WAV file'), /does not begin with RIFF/],
  ['a big-endian file', patched(0, [...Buffer.from('RIFX')]), /RIFX files are not supported/],
  ['an AVI file', patched(8, [...Buffer.from('AVI ')]), /not of type WAVE/],
  ['a file without fmt chunk', patched(12, [...Buffer.from('junk')]), /before the fmt chunk/],
  ['a file without data chunk', patched(36, [...Buffer.from('junk')]), /no data chunk/],
  ['a file that ends in its header', good.subarray(0, 30), /ends inside its fmt chunk/],
  ['a file of nothing but RIFF and WAVE', good.subarray(0, 12), /no fmt chunk/],
  ['six channels', wavFile({ ...PCM, channels: 6, data: int16Bytes([1]) }), /6 channels/],
  ['no channel', patched(22, [0, 0]), /0 channels/],
  ['a rate of zero', patched(24, [0, 0, 0, 0]), /0 Hz makes no sense/],
  ['a block size that contradicts', patched(32, [7, 0]), /contradicts itself/],
  ['12-bit PCM', wavFile({ tag: 1, bits: 12, data: int16Bytes([1]) }), /contradicts|12 bits/],
  ['ADPCM', wavFile({ tag: 2, bits: 8, data: int16Bytes([1]) }), /format tag 2 with 8 bits/],
  ['no sample at all', wavFile({ ...PCM, data: new Uint8Array() }), /holds no audio/],
];

for (const [what, bytes, message] of INVALID) {
  t.test(`${what} is refused with what is wrong`, async (t) => {
    t.throws(() => parseWav(bytes), { code: 'WAV_INVALID', message });
  });
}

t.test('an unknown sub-format is refused', async (t) => {
  const bytes = wavFile({ ...PCM, data: int16Bytes([1]), extensible: true });
  bytes[12 + 8 + 30] = 0x77;
  t.throws(() => parseWav(bytes), { code: 'WAV_INVALID', message: /sub-format/ });
});

t.test('a view into a larger buffer is read from its own offset', async (t) => {
  const larger = Buffer.concat([Buffer.alloc(7), good]);
  t.equal(parseWav(larger.subarray(7)).samples.length, 2);
});

t.test('errors of a file name it', async (t) => {
  const folder = t.testdir({ 'page.html.wav': '<!doctype html><title>not audio</title>' });
  const path = join(folder, 'page.html.wav');
  await t.rejects(readWav(path), { code: 'WAV_INVALID', message: /page\.html\.wav: not a WAV/ });
  await t.rejects(readWav(join(folder, 'none.wav')), {
    code: 'WAV_NOT_FOUND',
    message: /none\.wav: there is no such file/,
  });
  await t.rejects(readWav(folder), { code: 'WAV_NOT_FOUND', message: /EISDIR/ });
});

t.test('the human speech of the repository is read', async (t) => {
  const { sampleRateHz, samples } = await readWav('assets/speech/hello.wav');
  t.equal(sampleRateHz, 8000);
  t.equal(samples.length, 6291);
  t.ok(Math.max(...samples) > 0.1);
});
