// WAV files of any encoding for tests, built from header fields.

export interface WavFields {
  readonly tag: number;
  readonly bits: number;
  readonly channels?: number;
  readonly rateHz?: number;
  readonly data: Uint8Array;
  /** What the data chunk says its size is; default the truth. */
  readonly claimedDataBytes?: number;
  /** Write the tag as a sub-format of WAVE_FORMAT_EXTENSIBLE. */
  readonly extensible?: boolean;
  /** Chunks between fmt and data. */
  readonly chunks?: readonly { readonly id: string; readonly data: Uint8Array }[];
}

function chunk(id: string, data: Uint8Array, claimedBytes = data.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(claimedBytes, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

export function wavFile(fields: WavFields): Buffer {
  const { tag, bits, channels = 1, rateHz = 8000, data, extensible = false } = fields;
  const block = (channels * bits) / 8;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rateHz, 4);
  format.writeUInt32LE(rateHz * block, 8);
  format.writeUInt16LE(block, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(bits, 18);
    format.writeUInt16LE(tag, 24);
    Buffer.from('000000001000800000aa00389b71', 'hex').copy(format, 26);
  }
  const body = Buffer.concat([
    Buffer.from('WAVE', 'latin1'),
    chunk('fmt ', format),
    ...(fields.chunks ?? []).map(({ id, data: content }) => chunk(id, content)),
    chunk('data', data, fields.claimedDataBytes),
  ]);
  return chunk('RIFF', body);
}

export function int16Bytes(samples: readonly number[]): Uint8Array {
  return new Uint8Array(Int16Array.from(samples).buffer);
}
