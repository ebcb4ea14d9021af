import t from 'tap';
import { rateOfContentType, SpeechAudio } from '../../../src/providers/openai/speech-audio.js';
import { linearToMulaw } from '../../../src/dsp/g711.js';
import { readWav } from '../../../src/phone/wav.js';
import { NoiseGuard } from '../../../src/providers/openai/audio-format.js';
import { encodeWav } from '../../../src/providers/openai/wav.js';
import { toBytes } from '../../fakes/openai/speech.js';
import { codedError } from './support.js';

const pcm = Int16Array.from({ length: 300 }, (_, i) => Math.round(9000 * Math.sin(i / 5)));

function read(bytes: Buffer, step: number) {
  const audio = new SpeechAudio({ rawRateHz: 24_000 });
  const samples: number[] = [];
  const rates = new Set<number>();
  const take = (chunk: ReturnType<SpeechAudio['push']>) => {
    if (chunk === undefined) return;
    samples.push(...chunk.pcm);
    rates.add(chunk.sampleRateHz);
  };
  for (let at = 0; at < bytes.length; at += step) take(audio.push(bytes.subarray(at, at + step)));
  take(audio.end());
  return { samples, rates: [...rates] };
}

t.test('raw samples survive every way of cutting them', async (t) => {
  for (const step of [1, 2, 3, 5, 11, 12, 13, 101, 600]) {
    t.same(read(toBytes(pcm), step), { samples: [...pcm], rates: [24_000] }, `${step} bytes`);
  }
});

t.test('a WAV answer is read by its header, cut in every way', async (t) => {
  const wav = encodeWav(pcm, 16_000);
  for (const step of [1, 3, 43, 44, 45, 700]) {
    t.same(read(wav, step), { samples: [...pcm], rates: [16_000] }, `${step} bytes`);
  }
});

t.test('two channels become one', async (t) => {
  const stereo = encodeWav(Int16Array.of(100, 200, -100, -301, 32_767, 32_767), 24_000);
  stereo.writeUInt16LE(2, 22);
  for (const step of [1, 5, 100]) t.same(read(stereo, step).samples, [150, -201, 32_767]);
});

t.test('what follows the samples of a WAV file is not played', async (t) => {
  const wav = Buffer.concat([encodeWav(pcm, 24_000), Buffer.from('LIST\x04\0\0\0loud')]);
  for (const step of [1, 7, 2000]) t.equal(read(wav, step).samples.length, pcm.length);
});

t.test('a WAV file of unknown length is played to its end', async (t) => {
  const wav = encodeWav(pcm, 24_000);
  wav.writeUInt32LE(0xffff_ffff, 40);
  t.same(read(wav, 7).samples, [...pcm]);
});

t.test('a half sample at the end is left out, also in the shortest answers', async (t) => {
  t.same(read(Buffer.of(1, 0, 2, 0, 3), 2).samples, [1, 2]);
  t.same(read(Buffer.of(7), 1).samples, []);
  t.same(read(Buffer.alloc(0), 1).samples, []);
});

t.test('other containers and texts are refused instead of played as noise', async (t) => {
  const bodies = [
    'ID3\x04rest of it',
    'OggS\0rest of it',
    'fLaC\0rest of it',
    '\x1aE\xdf\xa3rest of',
    '{"error":{"a":1}}',
    '<!DOCTYPE html>',
    '<html><body>',
  ];
  for (const body of bodies) {
    const error = await codedError(t, async () => read(Buffer.from(body, 'latin1'), 5));
    t.equal(error.code, 'PROVIDER_PROTOCOL', body);
  }
  const half = encodeWav(pcm, 8000).subarray(0, 30);
  t.equal(
    (await codedError(t, async () => read(half, 30))).code,
    'PROVIDER_PROTOCOL',
    'half a header',
  );
});

/** MPEG-1 layer III, 128 kbit/s, 44.1 kHz: frames of 417 bytes. */
function mpeg(frames: number): Buffer {
  const frame = Buffer.alloc(417, 0x5a);
  frame.set([0xff, 0xfb, 0x90, 0x00]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

t.test('MPEG frames are known by their bytes, whatever they call themselves (C9)', async (t) => {
  for (const step of [5, 100, 1000, 5000]) {
    const error = await codedError(t, async () => read(mpeg(8), step));
    t.match(error, { code: 'PROVIDER_PROTOCOL', message: /MPEG/ });
  }
  const one = Buffer.concat([Buffer.of(0xff, 0xf3), Buffer.alloc(20)]);
  t.equal(read(one, 22).samples[0], -3073, 'a sample that looks like a frame is none');
  const adts = Buffer.alloc(100);
  for (const at of [0, 50]) adts.set([0xff, 0xf1, 0x50, 0x80, 0x06, 0x5f, 0xfc], at);
  t.equal((await codedError(t, async () => read(adts, 7))).code, 'PROVIDER_PROTOCOL', 'ADTS');
});

/** A vowel: voiced, as loud as speech comes. */
const vowel = Int16Array.from({ length: 24_000 }, (_, i) =>
  Math.round(
    9000 *
      Math.sin((2 * Math.PI * 140 * i) / 24_000) *
      (1 + Math.sin((2 * Math.PI * 700 * i) / 24_000)),
  ),
);
const wavOf = (tag: number, bits: number, data: Buffer): Buffer => {
  const wav = encodeWav(new Int16Array(0), 8000);
  wav.writeUInt16LE(tag, 20);
  wav.writeUInt16LE(bits, 34);
  wav.writeUInt32LE(data.length, 40);
  return Buffer.concat([wav, data]);
};

t.test('WAV files of other sample formats are decoded (C9)', async (t) => {
  const float = Buffer.alloc(8);
  float.writeFloatLE(0.5, 0);
  float.writeFloatLE(-2, 4);
  t.same(read(wavOf(3, 32, float), 9).samples, [16_384, -32_768]);
  t.same(read(wavOf(1, 8, Buffer.of(128, 192, 0)), 9).samples, [0, 16_384, -32_768]);
  t.same(read(wavOf(1, 24, Buffer.of(0, 0, 64, 0, 0, 192)), 9).samples, [16_384, -16_384]);
  t.same(read(wavOf(7, 8, Buffer.of(0xff, 0x00, 0x80)), 9).samples, [0, -32_124, 32_124]);
  const adpcm = await codedError(t, async () => read(wavOf(2, 4, Buffer.alloc(20)), 9));
  t.equal(adpcm.code, 'PROVIDER_PROTOCOL');
});

t.test('bytes that are no samples are noise, speech is not (C9)', async (t) => {
  const asSamples = (bytes: Buffer) =>
    new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~1)));
  const random = Buffer.from(
    Uint8Array.from({ length: 9600 }, (_, i) => (i * 2_654_435_761) >>> 13),
  );
  const float = Buffer.from(Float32Array.from(vowel, (sample) => sample / 32_768).buffer);
  const noises: Record<string, Buffer> = {
    compressed: random,
    'byte-swapped': toBytes(vowel).swap16(),
    'one byte off': toBytes(vowel).subarray(1),
    float32: float,
    '8 bit': Buffer.from(Uint8Array.from(vowel, (sample) => (sample >> 8) + 128)),
  };
  for (const name of ['hours', 'hello', 'vm-goodbye', 'time']) {
    const { samples } = await readWav(`assets/speech/${name}.wav`);
    const pcm = Int16Array.from(samples, (sample) => sample * 32_767);
    noises[`mu-law of ${name}`] = Buffer.from(Uint8Array.from(pcm, linearToMulaw));
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    for (const gain of [0.1, 1, 2]) {
      const loud = Int16Array.from(samples, (sample) =>
        Math.max(-32_768, Math.min(32_767, (sample * gain * 32_767) / loudest)),
      );
      t.notOk(new NoiseGuard().isNoise(loud), `${name}, ${gain} of full scale`);
    }
  }
  for (const [name, bytes] of Object.entries(noises)) {
    t.ok(new NoiseGuard().isNoise(asSamples(Buffer.from(bytes))), name);
  }
  const hiss = Int16Array.from({ length: 4800 }, (_, i) => ((i * 2_654_435_761) >>> 19) % 4000);
  for (const pcm of [vowel, vowel.map((sample) => sample / 30), new Int16Array(4800), hiss]) {
    t.notOk(new NoiseGuard().isNoise(pcm));
  }
});

t.test('chunks are the receiver’s own', async (t) => {
  const audio = new SpeechAudio({ rawRateHz: 24_000 });
  const bytes = toBytes(pcm);
  const chunk = audio.push(bytes);
  bytes.fill(0);
  t.same([...(chunk?.pcm ?? [])], [...pcm]);
});

t.test('content types may name the rate', async (t) => {
  t.equal(rateOfContentType('audio/pcm;rate=16000'), 16_000);
  t.equal(rateOfContentType('audio/L16; channels=1; Rate=8000'), 8000);
  t.equal(rateOfContentType('audio/pcm'), undefined);
  t.equal(rateOfContentType('audio/pcm; bitrate=24000'), undefined);
  t.equal(rateOfContentType(null), undefined);
});
