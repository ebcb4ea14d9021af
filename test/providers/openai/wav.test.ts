import t from 'tap';
import { encodeWav, readWavHeader } from '../../../src/providers/openai/wav.js';
import { decodeWav } from '../../fakes/openai/audio.js';
import { codedError } from './support.js';

const pcm = Int16Array.of(0, 1, -1, 32_767, -32_768);

/** A header as given, with any chunks before the samples. */
function header(
  options: {
    format?: number;
    channels?: number;
    rate?: number;
    bits?: number;
    before?: Buffer;
    dataBytes?: number;
    subformat?: number;
  } = {},
): Buffer {
  const { format = 1, channels = 1, rate = 24_000, bits = 16 } = options;
  const fmt = Buffer.alloc(options.subformat === undefined ? 24 : 48);
  fmt.write('fmt ', 0, 'latin1');
  fmt.writeUInt32LE(fmt.length - 8, 4);
  fmt.writeUInt16LE(format, 8);
  fmt.writeUInt16LE(channels, 10);
  fmt.writeUInt32LE(rate, 12);
  fmt.writeUInt32LE((rate * channels * bits) / 8, 16);
  fmt.writeUInt16LE((channels * bits) / 8, 20);
  fmt.writeUInt16LE(bits, 22);
  if (options.subformat !== undefined) fmt.writeUInt16LE(options.subformat, 32);
  const data = Buffer.from('data\0\0\0\0', 'latin1');
  data.writeUInt32LE(options.dataBytes ?? 100, 4);
  const riff = Buffer.from('RIFF\0\0\0\0WAVE', 'latin1');
  return Buffer.concat([riff, fmt, options.before ?? Buffer.alloc(0), data]);
}

t.test('a written file is a correct WAV file with the same samples', async (t) => {
  const file = decodeWav(encodeWav(pcm, 8000));
  t.equal(file.sampleRateHz, 8000);
  t.same([...file.pcm], [...pcm]);
  t.equal(decodeWav(encodeWav(new Int16Array(0), 16_000)).pcm.length, 0);
});

t.test('a header is read as soon as it is whole, and not before', async (t) => {
  const head = header({ rate: 22_050, channels: 2 });
  for (let bytes = 12; bytes < head.length; bytes++) {
    t.equal(readWavHeader(head.subarray(0, bytes)), undefined, `${bytes} bytes`);
  }
  t.match(readWavHeader(head), {
    sampleRateHz: 22_050,
    channels: 2,
    dataOffset: head.length,
    dataBytes: 100,
  });
});

t.test('chunks before the samples are skipped, odd ones with their padding', async (t) => {
  const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
  const head = header({ before: list });
  t.match(readWavHeader(head), { dataOffset: head.length, sampleRateHz: 24_000 });
});

t.test('a length that streaming could not know means until the end', async (t) => {
  for (const dataBytes of [0, 0x7fff_ffff, 0xffff_ffff]) {
    t.equal(readWavHeader(header({ dataBytes }))?.dataBytes, Number.POSITIVE_INFINITY);
  }
});

t.test('an extensible header counts by its sub-format', async (t) => {
  t.match(readWavHeader(header({ format: 0xfffe, subformat: 1 })), { channels: 1 });
  const error = await codedError(t, async () =>
    readWavHeader(header({ format: 0xfffe, subformat: 3 })),
  );
  t.equal(error.code, 'PROVIDER_PROTOCOL');
});

t.test('what is no PCM or mu-law of one or two channels is refused', async (t) => {
  for (const options of [
    { format: 2 },
    { format: 6 },
    { bits: 12 },
    { channels: 6 },
    { channels: 0 },
    { rate: 0 },
  ]) {
    const error = await codedError(t, async () => readWavHeader(header(options)));
    t.equal(error.code, 'PROVIDER_PROTOCOL', JSON.stringify(options));
  }
});

t.test('samples without a format before them, or never any samples, are refused', async (t) => {
  const bare = Buffer.from('RIFF\0\0\0\0WAVEdata\x10\0\0\0', 'latin1');
  t.equal((await codedError(t, async () => readWavHeader(bare))).code, 'PROVIDER_PROTOCOL');
  const junk = Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WAVEjunk\xff\xff\xff\x7f', 'latin1'),
    Buffer.alloc(70_000),
  ]);
  t.equal((await codedError(t, async () => readWavHeader(junk))).code, 'PROVIDER_PROTOCOL');
});
