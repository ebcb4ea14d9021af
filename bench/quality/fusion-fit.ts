// Fits the fusion of Silero's and RNNoise's voice activity, and judges it on speakers it was not fitted to. Media plane.
//
//   node dist/bench/quality/fusion-fit.js [folder of sounds] [calls a voice] [seconds a call]
//
// Speech: recorded prompts of the Debian packages asterisk-core-sounds-{en,es,fr,it,ru}-wav (CC BY-SA 3.0 and
// CC BY 3.0), four speakers in five languages. The last lines are the weights fitted to all calls: what
// src/dsp/vad/fusion.ts holds. 20 calls of a minute take some ten minutes, nearly all of it in the stock RNNoise.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FUSED, SILERO_ALONE, type FusionWeights } from '../../src/dsp/vad/fusion.js';
import { readClip } from '../../test/dsp/harness/wav.js';
import {
  fit,
  fuse,
  hear,
  type All,
  type Heard,
  type PeekPolicy,
  type Term,
} from './fusion-runs.js';
import { buildVadData, CONDITIONS, type LabelledCall, type VadVoice } from './vad-data.js';
import { columnsOf, figuresOf, figuresText } from './vad-figures.js';
import { isPrompt } from './vad-voices.js';

/** Where the Debian packages put them. */
const DEFAULT_SOUNDS = '/usr/share/asterisk/sounds';
const VOICES = [
  ['en_US_f_Allison', 'Allison'],
  ['es_MX_f_Allison', 'Allison'],
  ['fr_CA_f_June', 'June'],
  ['it_IT_m_Carlo', 'Carlo'],
  ['ru_RU_f_IvrvoiceRU', 'IvrvoiceRU'],
] as const;
/** Prompts that are no speech, by name. */
const NO_SPEECH = /beep|ring|silence|tone|music|monk|screech|loop/;

/** @throws {Error} where the packages are not installed */
function installedVoices(sounds: string): VadVoice[] {
  return VOICES.map(([name, speaker]) => {
    const folder = join(sounds, name);
    if (!existsSync(folder)) {
      throw new Error(
        `${folder} is not there: install asterisk-core-sounds-{en,es,fr,it,ru}-wav or give their place.`,
      );
    }
    const files = readdirSync(folder).filter(
      (file) => file.endsWith('.wav') && !NO_SPEECH.test(file),
    );
    const clips = files.toSorted().map((file) => readClip(join(folder, file)));
    return { name, speaker, clips: clips.filter(isPrompt) };
  });
}

interface Method {
  readonly policy: PeekPolicy;
  readonly terms: readonly Term[];
  /** Fixed weights; by default they are fitted to the calls of the other speakers. */
  readonly weights?: FusionWeights;
}

const METHODS: Readonly<Record<string, Method>> = {
  Silero: { policy: 'never', terms: ['silero'], weights: SILERO_ALONE },
  'Silero and floor': { policy: 'never', terms: ['silero', 'floor'] },
  'without floor': { policy: 'always', terms: ['silero', 'rnnoise'] },
  'all three': { policy: 'always', terms: ['silero', 'rnnoise', 'floor'] },
  FUSED: { policy: 'suspicion', terms: ['silero', 'rnnoise', 'floor'], weights: FUSED },
};

/** Weights for each call from the calls of the other speakers. */
function heldOut(
  all: All,
  calls: readonly LabelledCall[],
  { terms, policy }: Method,
): (call: LabelledCall) => FusionWeights {
  const speakers = new Set(calls.map((call) => call.voice.speaker));
  const bySpeaker = new Map<string, FusionWeights>();
  for (const speaker of speakers) {
    const others = (call: LabelledCall): boolean => call.voice.speaker !== speaker;
    bySpeaker.set(speaker, fit(all, calls, others, terms, policy));
  }
  return (call) => bySpeaker.get(call.voice.speaker) ?? FUSED;
}

function describe({ silero, rnnoise, floor, offset }: FusionWeights): string {
  return `silero ${silero.toFixed(3)}, rnnoise ${rnnoise.toFixed(3)}, floor ${floor.toFixed(3)}, offset ${offset.toFixed(3)}`;
}

const [sounds = DEFAULT_SOUNDS, callsPerVoice = '4', seconds = '60'] = process.argv.slice(2);
const data = buildVadData(installedVoices(sounds), Number(callsPerVoice), Number(seconds));
const { calls } = data;
const all: Heard[][] = [];
for (const condition of CONDITIONS) {
  all.push(hear(calls.map((_, i) => data.line(i, condition))));
  process.stderr.write('.');
}

const judged = Object.entries(METHODS).map(([name, method]) => {
  const { weights } = method;
  const weightsOf = weights ? () => weights : heldOut(all, calls, method);
  const figures = all.map((heard) => {
    const scores = heard.map((one, i) => {
      const call = calls[i];
      if (!call) throw new RangeError(`no call ${i}`);
      return fuse(one, weightsOf(call), method.policy);
    });
    return figuresOf(scores, calls, 0);
  });
  return [name, columnsOf(figures)] as const;
});
console.log(`\n${calls.length} calls of ${seconds} s under ${CONDITIONS.length} conditions\n`);
console.log(figuresText(Object.fromEntries(judged)));

console.log('\nFitted to all calls:');
for (const [name, { terms, policy, weights }] of Object.entries(METHODS)) {
  if (weights) continue;
  console.log(`  ${name.padEnd(18)}${describe(fit(all, calls, () => true, terms, policy))}`);
}
