// Speech clips for measurements: 8 kHz mono WAV files, linear 16-bit or mu-law, as int16. Media plane.
import { readFileSync } from 'node:fs';
import { decodeMulaw } from './g711.js';

const FORMAT_PCM = 1;
const FORMAT_MULAW = 7;

/** @throws {Error} where the file is not 8 kHz mono WAV of one of the two formats */
export function readClip(path: string): Int16Array {
  const file = readFileSync(path);
  let format = 0;
  for (let at = 12; at + 8 <= file.length;) {
    const id = file.toString('latin1', at, at + 4);
    const size = Math.min(file.readUInt32LE(at + 4), file.length - at - 8);
    const start = at + 8;
    if (id === 'fmt ') {
      format = file.readUInt16LE(start);
      const shape = [file.readUInt16LE(start + 2), file.readUInt32LE(start + 4)].join();
      if (shape !== '1,8000') throw new Error(`${path}: channels and rate are ${shape}`);
    } else if (id === 'data' && format === FORMAT_PCM) {
      return Int16Array.from({ length: size >> 1 }, (_, i) => file.readInt16LE(start + 2 * i));
    } else if (id === 'data' && format === FORMAT_MULAW) {
      return Int16Array.from(file.subarray(start, start + size), decodeMulaw);
    }
    at = start + size + (size & 1);
  }
  throw new Error(`${path}: no audio of a known format (${format})`);
}
