import t from 'tap';
import { rateOfContentType, SpeechAudio } from '../../../src/providers/openai/speech-audio.js';
import { encodeWav } from '../../../src/providers/openai/wav.js';
import { toBytes } from '../../fakes/openai/speech.js';
import { codedError } from './support.js';

const pcm = Int16Array.from({ length: 300 }, (_, i) => Math.round(9000 * Math.sin(i / 5)));

function read(bytes: Buffer, step: number, options: { maybeMpeg?: boolean } = {}) {
  const audio = new SpeechAudio({ rawRateHz: 24_000, maybeMpeg: options.maybeMpeg ?? false });
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

t.test('an MPEG sync word counts only where the answer calls itself MPEG', async (t) => {
  const bytes = Buffer.concat([Buffer.of(0xff, 0xf3), Buffer.alloc(20)]);
  t.equal(read(bytes, 22).samples[0], -3073);
  const error = await codedError(t, async () => read(bytes, 22, { maybeMpeg: true }));
  t.equal(error.code, 'PROVIDER_PROTOCOL');
  t.equal(read(toBytes(pcm), 50, { maybeMpeg: true }).samples.length, 300, 'mislabelled PCM');
});

t.test('chunks are the receiver’s own', async (t) => {
  const audio = new SpeechAudio({ rawRateHz: 24_000, maybeMpeg: false });
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
