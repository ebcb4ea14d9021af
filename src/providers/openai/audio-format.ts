// What audio is, told by its bytes: raw samples, or a container and noise that must not be played. Media plane.

/** Raw samples, a WAV file, something else by its name, or not known before there is more. */
export type AudioFormat = 'raw' | 'wav' | 'unknown' | { readonly other: string };

/** The longest frame of MPEG audio, and its successor's first bytes. */
const FRAME_SNIFF_BYTES = 2048;
const MIN_SNIFF_BYTES = 12;
const TEXT_BYTES = 24;

const MAGICS: readonly (readonly [offset: number, magic: string, name: string])[] = [
  [0, 'ID3', 'MPEG audio'],
  [0, 'OggS', 'Ogg'],
  [0, 'fLaC', 'FLAC'],
  [0, '\u001aE\u00df\u00a3', 'WebM'],
  [4, 'ftyp', 'MP4'],
  [0, 'FORM', 'AIFF'],
  [0, '.snd', 'AU'],
  [0, 'RIFX', 'big-endian WAV'],
  [0, 'caff', 'CAF'],
  [0, '#!AMR', 'AMR'],
  [0, '\u001f\u008b', 'gzip'],
  [0, '{"', 'JSON'],
  [0, '<!', 'a web page'],
  [0, '<h', 'a web page'],
];

/**
 * Content types lie: `application/octet-stream` may be anything.
 * @param isWhole nothing more will come
 */
export function audioFormat(head: Buffer, isWhole: boolean): AudioFormat {
  if (head.length < MIN_SNIFF_BYTES && !isWhole) return 'unknown';
  const text = head.toString('latin1', 0, 64);
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WAVE') return 'wav';
  const known = MAGICS.find(([offset, magic]) => text.startsWith(magic, offset));
  if (known) return { other: known[2] };
  if (/^[\x20-\x7e\r\n\t]+$/.test(text)) {
    if (head.length >= TEXT_BYTES || isWhole) return { other: 'text' };
    return 'unknown';
  }
  return frameFormat(head, isWhole);
}

/** The first samples may look like a frame's header: a second frame where the first one ends proves it. */
function frameFormat(head: Buffer, isWhole: boolean): AudioFormat {
  const length = frameBytes(head);
  if (length === undefined) return 'raw';
  if (head.length < length + 4) {
    if (isWhole) return { other: 'MPEG audio' };
    return head.length < FRAME_SNIFF_BYTES ? 'unknown' : 'raw';
  }
  return frameBytes(head.subarray(length)) === undefined ? 'raw' : { other: 'MPEG audio' };
}

const KBPS_V1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBPS_V2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES_HZ = [44_100, 48_000, 32_000];

/** Bytes of the MPEG layer III or ADTS frame at the beginning; undefined where there is none. */
function frameBytes(bytes: Buffer): number | undefined {
  const [sync = 0, kind = 0, rates = 0, more = 0] = bytes;
  if (sync !== 0xff || (kind & 0xe0) !== 0xe0) return undefined;
  // ADTS: layer 0, 12 bits of sync.
  if ((kind & 0xf6) === 0xf0) {
    const length = ((more & 3) << 11) | ((bytes[4] ?? 0) << 3) | ((bytes[5] ?? 0) >> 5);
    return length > 7 ? length : undefined;
  }
  const version = (kind >> 3) & 3;
  const layer = (kind >> 1) & 3;
  const rateHz = RATES_HZ[(rates >> 2) & 3];
  const kbps = (version === 3 ? KBPS_V1 : KBPS_V2)[rates >> 4] ?? 0;
  if (version === 1 || layer !== 1 || rateHz === undefined || kbps === 0) return undefined;
  const shift = version === 3 ? 0 : version === 2 ? 1 : 2;
  const padding = (rates >> 1) & 1;
  return Math.floor(((version === 3 ? 144 : 72) * kbps * 1000) / (rateHz >> shift)) + padding;
}

/** Samples that are judged together: 20 to 60 ms. */
const WINDOW = 480;
/** Fewer prove nothing. */
const MIN_JUDGED = 128;
/** Loud speech is at a third of this; bytes that are no samples are at 0.5 and more. */
const LOUD = 8000;
const BEYOND_SPEECH = 26_000;
/** Speech that loud is voiced: a sample is much like the one before. Of noise it is not. */
const MIN_CORRELATION = 0.3;
/**
 * G.711 taken for 16 bits is two codes of neighbouring samples in each, which mostly have the same segment (bits 4 to 6). In
 * 58 loud recordings at most 0.3 of real samples have; of mu-law and A-law at least 0.33, half of it 0.57.
 */
const MOST_EQUAL_SEGMENTS = 0.35;
const CLIPPED = 32_767;

/**
 * Compressed, byte-swapped, float, 8-bit or G.711 audio that is taken for samples is loud and has no likeness from
 * one sample to the next, or one that no samples have. Goes over the chunks of one answer in order.
 */
export class NoiseGuard {
  #energy = 0;
  #products = 0;
  #count = 0;
  #before = 0;
  #equalSegments = 0;

  /** @returns true where `pcm` is noise and must not be played */
  isNoise(pcm: Int16Array): boolean {
    for (const sample of pcm) {
      this.#energy += sample * sample;
      this.#products += sample * this.#before;
      this.#before = sample;
      const isClipped = sample >= CLIPPED || sample < -CLIPPED;
      if (!isClipped && ((sample >> 4) & 7) === ((sample >> 12) & 7)) this.#equalSegments++;
      this.#count++;
      if (this.#count < WINDOW) continue;
      if (this.#judge()) return true;
      this.#energy = 0;
      this.#products = 0;
      this.#count = 0;
      this.#equalSegments = 0;
    }
    return this.#count >= MIN_JUDGED && this.#judge();
  }

  #judge(): boolean {
    const rms = Math.sqrt(this.#energy / this.#count);
    if (rms > BEYOND_SPEECH) return true;
    if (rms <= LOUD) return false;
    if (this.#equalSegments > MOST_EQUAL_SEGMENTS * this.#count) return true;
    return this.#products / this.#energy < MIN_CORRELATION;
  }
}
