// Quality of noise suppression: the stock chain and ours on the same noisy speech. Media plane.

import { atMost, table, targetTable, type Target } from '../table.js';
import { batchedChain, stockChain, type Chain } from './chains.js';
import { attenuation, siSdr, Stoi } from './metrics.js';
import { buildMixes, LEAD_SAMPLES, NOISES, SNRS_DB, type Mix } from './mixes.js';

/** Where in the lead steady noise is measured: after adaptation, before speech. */
const STEADY = { from: 16_000, to: 23_600 } as const;

/** How much worse than stock ours may be, and how far apart their attenuation. */
const LIMITS = { siSdrDb: 0.2, stoi: 0.005, attenuationDb: 1 } as const;

interface Score {
  readonly mix: Mix;
  readonly improvementDb: number;
  readonly noisyStoi: number;
  readonly stoi: number;
  /** Of the noise in the lead; babble is no steady noise. */
  readonly attenuationDb: number;
}

/** Means over some items. */
export interface QualityMeans {
  readonly items: number;
  readonly siSdrImprovementDb: number;
  readonly noisyStoi: number;
  readonly stoi: number;
  /** NaN where there is babble alone. */
  readonly attenuationDb: number;
}

export interface QualityRow {
  readonly condition: string;
  readonly stock: QualityMeans;
  readonly ours: QualityMeans;
}

export interface DenoiseQuality {
  readonly voices: readonly string[];
  /** By noise, by ratio, and all. */
  readonly rows: readonly QualityRow[];
  readonly targets: readonly Target[];
}

function scoreOf(chain: Chain, mix: Mix, stoi: Stoi, noisyStoi: number): Score {
  const delayed = chain.denoise(padded(mix.noisy, chain.delaySamples));
  const output = delayed.subarray(chain.delaySamples, chain.delaySamples + mix.clean.length);
  const speech = (samples: Float32Array) => samples.subarray(LEAD_SAMPLES);
  const steady = (samples: Float32Array) => samples.subarray(STEADY.from, STEADY.to);
  return {
    mix,
    improvementDb:
      siSdr(speech(mix.clean), speech(output)) - siSdr(speech(mix.clean), speech(mix.noisy)),
    noisyStoi,
    stoi: stoi.of(speech(output)),
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

function meansOf(scores: readonly Score[]): QualityMeans {
  const steady = scores.filter(({ mix }) => mix.noise !== 'babble');
  return {
    items: scores.length,
    siSdrImprovementDb: mean(scores.map((score) => score.improvementDb)),
    noisyStoi: mean(scores.map((score) => score.noisyStoi)),
    stoi: mean(scores.map((score) => score.stoi)),
    attenuationDb: mean(steady.map((score) => score.attenuationDb)),
  };
}

function targetsOf({ stock, ours }: QualityRow): Target[] {
  return [
    atMost(
      'SI-SDR improvement lost',
      stock.siSdrImprovementDb - ours.siSdrImprovementDb,
      LIMITS.siSdrDb,
      'dB',
    ),
    atMost('STOI lost', stock.stoi - ours.stoi, LIMITS.stoi, ''),
    atMost(
      'attenuation apart',
      Math.abs(stock.attenuationDb - ours.attenuationDb),
      LIMITS.attenuationDb,
      'dB',
    ),
  ];
}

/** 192 items: 12 clips of six speakers, four noises, four ratios of speech to noise. */
export function denoiseQuality(): DenoiseQuality {
  const chains = { stock: stockChain(), ours: batchedChain() };
  const scores = { stock: [] as Score[], ours: [] as Score[] };
  const mixes = buildMixes();
  for (const mix of mixes) {
    const stoi = new Stoi(mix.clean.subarray(LEAD_SAMPLES));
    const noisyStoi = stoi.of(mix.noisy.subarray(LEAD_SAMPLES));
    for (const name of ['stock', 'ours'] as const) {
      scores[name].push(scoreOf(chains[name], mix, stoi, noisyStoi));
    }
  }
  const row = (condition: string, belongs: (mix: Mix) => boolean): QualityRow => ({
    condition,
    stock: meansOf(scores.stock.filter(({ mix }) => belongs(mix))),
    ours: meansOf(scores.ours.filter(({ mix }) => belongs(mix))),
  });
  const all = row('all', () => true);
  return {
    voices: [...new Set(mixes.map(({ voice }) => voice))],
    rows: [
      ...NOISES.map((noise) => row(noise, (mix) => mix.noise === noise)),
      ...SNRS_DB.map((snrDb) => row(`${snrDb} dB`, (mix) => mix.snrDb === snrDb)),
      all,
    ],
    targets: targetsOf(all),
  };
}

function cells({ condition, stock, ours }: QualityRow): string[] {
  const pair = (of: (means: QualityMeans) => number, places: number): string[] => {
    const values = [of(stock), of(ours), of(ours) - of(stock)];
    return values.map((value) => (Number.isNaN(value) ? '-' : value.toFixed(places)));
  };
  return [
    condition,
    String(stock.items),
    ...pair((means) => means.siSdrImprovementDb, 2),
    stock.noisyStoi.toFixed(4),
    ...pair((means) => means.stoi, 4),
    ...pair((means) => means.attenuationDb, 1),
  ];
}

export function denoiseQualityText({ voices, rows, targets }: DenoiseQuality): string {
  const three = (name: string): string[] => [name, 'ours', 'diff'];
  return [
    `Quality of noise suppression: ${voices.join(', ')}`,
    'SI-SDR improvement in dB; STOI of the noisy line and of the clean one; attenuation of steady noise in dB\n',
    table([
      [
        'noise / SNR',
        'items',
        ...three('SI-SDR stock'),
        'STOI noisy',
        ...three('stock'),
        ...three('att stock'),
      ],
      ...rows.map(cells),
    ]),
    `\n${targetTable(targets, 4)}`,
  ].join('\n');
}
