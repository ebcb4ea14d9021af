// `npm run bench:dsp`: what the audio engines cost and what they are worth, stock and ours side by side.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { costText, measureCost } from './dsp/cost.js';
import { thisMachine } from './machine.js';
import { denoiseQuality, denoiseQualityText } from './quality/denoise-quality.js';
import { vadQuality, vadQualityText } from './quality/vad-quality.js';

const USAGE = `npm run bench:dsp -- [options]
  --cost         cost alone
  --quality      quality alone
  --repeats N    of every measurement of cost (15)
  --json FILE    write the figures there, too
`;

interface Settings {
  readonly cost: boolean;
  readonly quality: boolean;
  readonly repeats: number;
  readonly json: string | undefined;
}

function parseSettings(argv: string[]): Settings {
  const { values } = parseArgs({
    args: argv,
    options: {
      cost: { type: 'boolean' },
      quality: { type: 'boolean' },
      repeats: { type: 'string', default: '15' },
      json: { type: 'string' },
    },
  });
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1) {
    throw new TypeError('--repeats must be a whole number above 0');
  }
  const all = !values.cost && !values.quality;
  return {
    cost: all || values.cost === true,
    quality: all || values.quality === true,
    repeats,
    json: values.json,
  };
}

function note(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`... ${what}\n`);
}

async function run({ cost, quality, repeats, json }: Settings): Promise<void> {
  const machine = thisMachine();
  console.log(`${machine.cores} x ${machine.machine}, Node ${machine.node}, ${machine.commit}\n`);
  const report: Record<string, unknown> = { ...machine };
  if (cost) {
    const found = await measureCost(repeats, note);
    report['cost'] = found;
    console.log(costText(found));
  }
  if (quality) {
    note('quality of noise suppression');
    const denoise = denoiseQuality();
    report['denoiseQuality'] = denoise;
    console.log(`\n${denoiseQualityText(denoise)}`);
    note('quality of voice activity detection');
    const vad = await vadQuality();
    report['vadQuality'] = vad;
    console.log(`\n${vadQualityText(vad)}`);
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
}

try {
  await run(parseSettings(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
}
