// Quality of noise suppression: the stock chain and ours on the same noisy speech. Run: node
// dist/bench/quality/index.js. Prints a table and writes bench-quality.json.

import { writeFileSync } from 'node:fs';
import { batchedChain, stockChain, type Chain } from './chains.js';
import { attenuation, siSdr, stoi } from './metrics.js';
import { buildMixes, LEAD_SAMPLES, NOISES, SNRS_DB, type Mix } from './mixes.js';

/** Where in the lead steady noise is measured: after adaptation, before speech. */
const STEADY = { from: 16_000, to: 23_600 } as const;

interface Score {
  readonly mix: Mix;
  readonly improvementDb: number;
  readonly stoi: number;
  /** Of the noise in the lead; babble is no steady noise. */
  readonly attenuationDb: number;
}

function score(chain: Chain, mix: Mix): Score {
  const delayed = chain.denoise(padded(mix.noisy, chain.delaySamples));
  const output = delayed.subarray(chain.delaySamples, chain.delaySamples + mix.clean.length);
  const speech = (samples: Float32Array) => samples.subarray(LEAD_SAMPLES);
  const steady = (samples: Float32Array) => samples.subarray(STEADY.from, STEADY.to);
  return {
    mix,
    improvementDb:
      siSdr(speech(mix.clean), speech(output)) - siSdr(speech(mix.clean), speech(mix.noisy)),
    stoi: stoi(speech(mix.clean), speech(output)),
    attenuationDb: attenuation(steady(mix.noisy), steady(output)),
  };
}

/** With what the chain holds back at the end, rounded up to whole packets. */
function padded(samples: Float32Array, delay: number): Float32Array {
  const longer = new Float32Array(Math.ceil((samples.length + delay) / 160) * 160);
  longer.set(samples);
  return longer;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** One line of the report. */
function summarise(scores: readonly Score[]) {
  const steady = scores.filter(({ mix }) => mix.noise !== 'babble');
  const improvement = (keep: (score: Score) => boolean) =>
    mean(scores.filter(keep).map((s) => s.improvementDb));
  return {
    items: scores.length,
    siSdrImprovementDb: improvement(() => true),
    byNoise: Object.fromEntries(NOISES.map((n) => [n, improvement((s) => s.mix.noise === n)])),
    bySnr: Object.fromEntries(SNRS_DB.map((db) => [db, improvement((s) => s.mix.snrDb === db)])),
    stoi: mean(scores.map((s) => s.stoi)),
    attenuationDb: mean(steady.map((s) => s.attenuationDb)),
  };
}

function main(): void {
  const mixes = buildMixes();
  const noisyStoi = mean(
    mixes.map((m) => stoi(m.clean.subarray(LEAD_SAMPLES), m.noisy.subarray(LEAD_SAMPLES))),
  );
  const report = Object.fromEntries(
    [stockChain(), batchedChain()].map((chain) => [
      chain.name,
      summarise(mixes.map((mix) => score(chain, mix))),
    ]),
  );
  const columns = ['all', ...NOISES, ...SNRS_DB.map((db) => `${db} dB`), 'STOI', 'attenuation'];
  console.log(`${mixes.length} items, SI-SDR improvement in dB; STOI of the noisy speech`);
  console.log(`${noisyStoi.toFixed(3)}; attenuation of steady noise in dB`);
  console.log(['chain'.padEnd(16), ...columns.map((c) => c.padStart(9))].join(''));
  for (const [name, line] of Object.entries(report)) {
    const cells = [
      line.siSdrImprovementDb.toFixed(2),
      ...NOISES.map((noise) => (line.byNoise[noise] ?? 0).toFixed(2)),
      ...SNRS_DB.map((db) => (line.bySnr[db] ?? 0).toFixed(2)),
      line.stoi.toFixed(4),
      line.attenuationDb.toFixed(1),
    ];
    console.log([name.padEnd(16), ...cells.map((c) => c.padStart(9))].join(''));
  }
  writeFileSync('bench-quality.json', `${JSON.stringify({ noisyStoi, ...report }, null, 2)}\n`);
}

main();
