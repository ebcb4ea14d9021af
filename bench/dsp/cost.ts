// What a call's audio costs, stock engines and ours side by side: measuring and the table. Media plane.

import { compileRnnoise } from '../../src/dsp/denoise/rnnoise-module.js';
import { BatchedLineConverters } from '../../src/dsp/batched-line-converter.js';
import { ScalarLineConverter } from '../../src/dsp/line-converter.js';
import { ShardMemory, type SlotMemory } from '../../src/dsp/shard-memory.js';
import { sharedMemoryFor } from '../../src/dsp/wasm.js';
import { findSileroModel } from '../../src/dsp/vad/silero-model.js';
import { atLeast, atMost, table, targetTable, type Target } from '../table.js';
import { ourDenoise, stockAt48k, stockDenoise } from './denoise-cost.js';
import { LineAudio } from './line-audio.js';
import { coreShare, wholePath, type PathKind, type PathSubject } from './path-cost.js';
import { measure, type Cost, type Measurement, type Subject } from './subject.js';
import { ourVad, stockVad } from './vad-cost.js';

const BATCHES = [1, 8, 64, 256] as const;
/** The batch whose figures are held against the targets: calls of one worker in service. */
const SERVICE_CALLS = 64;
/** Share of calls that have a packet in a tick, where not all have. */
const READY_SHARES = [0.9, 0.5] as const;
const PATHS: readonly PathKind[] = ['stock', 'stock, gated', 'ours'];

/** What must be kept: us a 10 ms frame, us a window, per cent of a core, stock over ours. */
const LIMITS = { denoiseUs: 8, vadUs: 7, corePercent: 0.1, ratio: 12 } as const;

export interface PathCost extends Cost {
  readonly corePercent: number;
  /** Of the packets: taken for speech, and run through noise suppression. */
  readonly speechShare: number;
  readonly denoisedShare: number;
}

export interface CostReport {
  readonly repeats: number;
  /** us of CPU time: a 10 ms frame, a 256-sample window, a 20 ms packet, each of one call. */
  readonly denoise: readonly Cost[];
  readonly vad: readonly Cost[];
  readonly path: readonly PathCost[];
  readonly resample: readonly Cost[];
  readonly targets: readonly Target[];
}

/** A repeat of each subject takes a few ms at least. */
function measurement(repeats: number, callTicks: number): Measurement {
  return { repeats, callTicks };
}

const NOTHING = { packets: NaN, speech: NaN, denoised: NaN };

async function measurePaths(
  calls: number,
  options: Parameters<typeof wholePath>[1],
  audio: LineAudio,
  repeats: number,
): Promise<PathCost[]> {
  const subjects: PathSubject[] = [];
  for (const kind of PATHS) subjects.push(await wholePath(kind, options, calls, audio));
  const costs = await measure(subjects, measurement(repeats, 128));
  return costs.map((cost, i) => {
    const { packets, speech, denoised } = subjects[i]?.counts() ?? NOTHING;
    return {
      ...cost,
      corePercent: coreShare(cost.medianUs),
      speechShare: speech / packets,
      denoisedShare: denoised / packets,
    };
  });
}

/** What comes beside: agent audio on its way out, a frame of 20 ms, in JavaScript and by the kernel. */
function resamplers(): Subject[] {
  const at = Math.ceil(ShardMemory.bytesFor(1) / 64) * 64;
  const memory = sharedMemoryFor(at + BatchedLineConverters.bytesFor(1));
  const slot = new ShardMemory(memory.buffer, 0, 1).slots[0] as SlotMemory;
  for (let i = 0; i < slot.pcm.length; i++) slot.pcm[i] = 8000 * Math.sin(0.1 * i);
  const kernel = new BatchedLineConverters(memory, at, 1).forSlot(0, slot);
  const kinds = { stock: new ScalarLineConverter(slot), ours: kernel };
  return [16000, 24000, 48000].flatMap((rateHz) =>
    Object.entries(kinds).map(([kind, converter]) => ({
      name: `${rateHz} Hz ${kind}`,
      calls: 1,
      // A new passage each time: the others share the converter.
      run() {
        converter.begin(rateHz);
        for (let frame = 0; frame < 10; frame++) converter.convert(0, rateHz / 50, 0);
        return 10;
      },
    })),
  );
}

function targetsOf(report: Omit<CostReport, 'targets'>): Target[] {
  const at = (costs: readonly Cost[], name: string): number =>
    costs.find((cost) => cost.name === name && cost.calls === SERVICE_CALLS)?.medianUs ?? NaN;
  const ours = at(report.path, 'ours');
  const calls = `${SERVICE_CALLS} calls`;
  return [
    atMost(`noise suppression, ${calls}`, at(report.denoise, 'ours'), LIMITS.denoiseUs, 'us'),
    atMost(`voice activity, ${calls}`, at(report.vad, 'ours'), LIMITS.vadUs, 'us'),
    atMost(`whole path, ${calls}`, coreShare(ours), LIMITS.corePercent, '% of a core'),
    atLeast('stock / ours, whole path', at(report.path, 'stock') / ours, LIMITS.ratio, 'x'),
  ];
}

/** @param note told what is measured next */
export async function measureCost(
  repeats: number,
  note: (what: string) => void,
): Promise<CostReport> {
  const [rnnoise, sileroPath] = await Promise.all([compileRnnoise(), findSileroModel()]);
  const audio = new LineAudio();
  const denoise: Cost[] = [];
  const vad: Cost[] = [];
  const path: PathCost[] = [];
  for (const calls of BATCHES) {
    note(`cost, ${calls} calls`);
    const shares = calls === SERVICE_CALLS ? READY_SHARES : [];
    const denoisers = [
      stockDenoise(rnnoise, calls, audio),
      stockAt48k(calls, audio),
      ourDenoise(calls, audio),
      ...shares.map((share) => ourDenoise(calls, audio, share)),
    ];
    denoise.push(...(await measure(denoisers, measurement(repeats, 256))));
    const detectors = [await stockVad(sileroPath, calls, audio), ourVad(calls, audio)];
    vad.push(...(await measure(detectors, measurement(repeats, 64))));
    path.push(
      ...(await measurePaths(calls, { denoises: true, rnnoise, sileroPath }, audio, repeats)),
    );
  }
  note('cost, resampling');
  const resample = await measure(resamplers(), measurement(repeats, 200));
  const report = { repeats, denoise, vad, path, resample };
  return { ...report, targets: targetsOf(report) };
}

function figure({ medianUs, fastestUs }: Cost): string {
  return `${medianUs.toFixed(2)} (${fastestUs.toFixed(2)})`;
}

/** One line a subject, one column a batch; the last line is the ratio of the first subject to ours. */
function costTable(costs: readonly Cost[]): string {
  const names = [...new Set(costs.map(({ name }) => name))];
  const find = (name: string, calls: number): Cost | undefined =>
    costs.find((cost) => cost.name === name && cost.calls === calls);
  const rows = names.map((name) => [
    name,
    ...BATCHES.map((calls) => {
      const cost = find(name, calls);
      return cost ? figure(cost) : '';
    }),
  ]);
  const ratios = BATCHES.map((calls) => {
    const ratio = (find('stock', calls)?.medianUs ?? NaN) / (find('ours', calls)?.medianUs ?? NaN);
    return `x ${ratio.toFixed(1)}`;
  });
  return table([['calls', ...BATCHES.map(String)], ...rows, ['stock / ours', ...ratios]]);
}

function pathTable(costs: readonly PathCost[]): string {
  const percent = (part: number): string => `${(100 * part).toFixed(0)} %`;
  return table([
    ['engine', 'calls', 'us a packet', '% of a core', 'speech', 'denoised'],
    ...costs.map((cost) => [
      cost.name,
      String(cost.calls),
      figure(cost),
      cost.corePercent.toFixed(3),
      percent(cost.speechShare),
      percent(cost.denoisedShare),
    ]),
  ]);
}

export function costText(report: CostReport): string {
  return [
    `us of CPU time on one thread, median (fastest) of ${report.repeats} repeats in turns`,
    `\nNoise suppression, a 10 ms frame of one call\n${costTable(report.denoise)}`,
    `\nVoice activity, a 256-sample window of one call\n${costTable(report.vad)}`,
    `\nWhole path, a 20 ms packet of one call: mu-law into its slot to clean PCM and speech\n${costTable(report.path)}`,
    `\n${pathTable(report.path)}`,
    `\nBeside it, a 20 ms frame of agent audio to 8 kHz: ${report.resample
      .map((cost) => `${cost.name} ${cost.medianUs.toFixed(1)} us`)
      .join(', ')}`,
    `\n${targetTable(report.targets, 3)}`,
  ].join('\n');
}
