// `npm run bench:turns`: how well the floor is taken, yielded and kept, by real calls of human speech; a table and JSON.

import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { thisMachine } from './machine.js';
import { collect } from './turns/collect.js';
import { summarise, turnsTable } from './turns/report.js';

const USAGE = `npm run bench:turns -- [options]
  --calls N      calls at once (32: a node with little to do)
  --samples N    interruptions, and turns of each kind (200)
  --seed N       of what callers say and when (1)
  --json FILE    write the figures there, too
`;

interface Settings {
  readonly calls: number;
  readonly samples: number;
  readonly seed: number;
  readonly json: string | undefined;
}

function parseSettings(argv: string[]): Settings {
  const text = { type: 'string' } as const;
  const options = { calls: text, samples: text, seed: text, json: text };
  const { values } = parseArgs({ args: argv, options });
  const number = (name: 'calls' | 'samples' | 'seed', fallback: number): number => {
    const value = Number(values[name] ?? fallback);
    if (Number.isInteger(value) && value > 0) return value;
    throw new TypeError(`--${name} must be a whole number above 0`);
  };
  return {
    calls: number('calls', 32),
    samples: number('samples', 200),
    seed: number('seed', 1),
    json: values.json,
  };
}

/** In real life callers are not on the node's machine: where both want a core, the node has it. */
function yieldToNode(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Not allowed here: then they share.
  }
}

try {
  const { json, ...options } = parseSettings(process.argv.slice(2));
  yieldToNode();
  const benchmark = summarise(await collect(options), options, thisMachine());
  console.log(turnsTable(benchmark));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(benchmark, null, 2)}\n`);
  process.exitCode = benchmark.targets.every(({ met }) => met) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
}
