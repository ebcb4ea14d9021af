// The human telephone speech in assets/speech: 8 kHz mono int16, with the words spoken. Test.

import { readFileSync } from 'node:fs';

export interface SpeechClip {
  readonly name: string;
  readonly pcm: Int16Array;
  readonly words: string;
}

const FOLDER = 'assets/speech';

/** The sample data of a 16-bit mono WAV file. */
function readWav(path: string): Int16Array {
  const file = readFileSync(path);
  let at = 12;
  while (file.toString('latin1', at, at + 4) !== 'data') at += 8 + file.readUInt32LE(at + 4);
  const samples = file.readUInt32LE(at + 4) / 2;
  return Int16Array.from({ length: samples }, (_, i) => file.readInt16LE(at + 8 + i * 2));
}

export function allClips(): SpeechClip[] {
  const lines = readFileSync(`${FOLDER}/transcripts.tsv`, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [file = '', , words = ''] = line.split('\t');
    return { name: file.replace('.wav', ''), pcm: readWav(`${FOLDER}/${file}`), words };
  });
}

export function clip(name: string): SpeechClip {
  const found = allClips().find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no clip is called ${name}`);
  return found;
}

/** Clips one after the other, with so much silence between and around them. */
export function joined(names: readonly string[], pauseMs: number): Int16Array {
  const pause = Array.from({ length: pauseMs * 8 }, () => 0);
  return Int16Array.from([...pause, ...names.flatMap((name) => [...clip(name).pcm, ...pause])]);
}
