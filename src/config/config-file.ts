// Reads the config file, and says what is wrong with it and where. Control plane.

import { readFileSync } from 'node:fs';

export type RawSections = Record<string, unknown>;

export interface ReadFile {
  readonly sections: RawSections;
  /** What is wrong with the file; `sections` is empty then. */
  readonly problem?: string;
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no file is there',
  ENOTDIR: 'no file is there',
  EISDIR: 'is a directory, not a file',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

/**
 * Where JSON.parse stops making sense of a text: its prefixes up to there fail because they end, the next one for
 * another reason. JSON.parse itself tells the place in some messages only, and shows what stands there, which may be
 * a secret.
 */
function faultOffset(text: string): number {
  const endsTooSoon = (length: number): boolean => {
    try {
      JSON.parse(text.slice(0, length));
      return true;
    } catch (error) {
      const message = String(error);
      if (/end of JSON input|Unterminated string/.test(message)) return true;
      return Number(/at position (\d+)/.exec(message)?.[1] ?? -1) >= length;
    }
  };
  let sound = 0;
  let broken = text.length + 1;
  while (broken - sound > 1) {
    const middle = (sound + broken) >> 1;
    if (endsTooSoon(middle)) sound = middle;
    else broken = middle;
  }
  return sound;
}

/** @returns what is wrong, with the line and column (from 1), and nothing of the content */
function jsonProblem(text: string): string {
  const offset = faultOffset(text);
  const before = text.slice(0, offset).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  if (offset >= text.length) return `is not JSON: it ends too soon, at ${place}`;
  const rest = text.slice(offset);
  if (/^\/[/*]|^#/.test(rest)) return `is not JSON: it has a comment at ${place}; JSON has none`;
  if (/^[}\]]/.test(rest) && /,\s*$/.test(before.join('\n'))) {
    return `is not JSON: a comma too many before ${place}`;
  }
  return `is not JSON: see ${place}`;
}

/** @param path of a JSON file whose one value is an object of sections */
export function readConfigFile(path: string): ReadFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { sections: {}, problem: `${path}: ${FILE_PROBLEMS[code] ?? code}` };
  }
  if (text.trim() === '') return { sections: {}, problem: `${path}: is empty` };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { sections: {}, problem: `${path}: ${jsonProblem(text)}` };
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return { sections: parsed as RawSections };
  }
  return { sections: {}, problem: `${path}: holds no JSON object of sections` };
}
