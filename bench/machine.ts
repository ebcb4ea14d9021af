// What a benchmark ran on, for its report.

import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

export interface Machine {
  readonly cores: number;
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
}

function git(...parameters: string[]): string {
  return execFileSync('git', parameters, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** The commit, with a plus sign where files differ from it. */
function commit(): string {
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}

export function thisMachine(): Machine {
  return {
    cores: cpus().length,
    machine: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    commit: commit(),
  };
}
