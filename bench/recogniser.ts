// How long callers wait for their words when many speak to the local recogniser at once. `npm run bench:recogniser`

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { CallSid } from '../src/actors/ports.js';
import { FRAME_MS, FRAME_SAMPLES } from '../src/dsp/frame.js';
import { parseWav } from '../src/phone/wav.js';
import { loadIntents } from '../src/providers/local/intents.js';
import { createLocalStt } from '../src/providers/local/stt.js';
import { thisMachine } from './machine.js';

/** Short and long ones, as callers say them. */
const CLIPS = [
  'hours',
  'location',
  'telephone-number',
  'transfer',
  'hello',
  'invalid',
  'vm-goodbye',
  'demo-thanks',
  'please-try-again',
  'calling',
];

const options = parseArgs({
  options: {
    callers: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
    workers: { type: 'string' },
    /** All callers stop at one moment; otherwise they begin at one. */
    end: { type: 'boolean', default: false },
  },
}).values;

const pcmOf = (name: string): Int16Array =>
  Int16Array.from(
    parseWav(readFileSync(`assets/speech/${name}.wav`)).samples,
    (sample) => sample * 32767,
  );
const clips = CLIPS.map(pcmOf);
const callers = Number(options.callers);
const provider = createLocalStt({
  intents: loadIntents(),
  ...(options.workers !== undefined && { workers: Number(options.workers) }),
});
await provider.warmUp?.();

/** Says it in real time. @returns ms from its end to the final */
async function say(pcm: Int16Array, startMs: number): Promise<number> {
  let resolve: (atMs: number) => void = () => undefined;
  const promise = new Promise<number>((settle) => (resolve = settle));
  const session = await provider.open({
    callSid: 'CA0' as CallSid,
    signal: new AbortController().signal,
    emit: (event) => event.type === 'final' && resolve(performance.now()),
  });
  await delay(startMs - performance.now());
  session.begin(1);
  for (let at = 0, frame = 1; at < pcm.length; at += FRAME_SAMPLES, frame += 1) {
    session.write(pcm.subarray(at, at + FRAME_SAMPLES));
    await delay(startMs + frame * FRAME_MS - performance.now());
  }
  session.finish(1);
  const endMs = performance.now();
  const latencyMs = (await promise) - endMs;
  session.close();
  return latencyMs;
}

const latencies: number[] = [];
for (let round = 0; round < Number(options.rounds); round += 1) {
  const said = Array.from(
    { length: callers },
    (_, i) => clips[(i + round) % clips.length] as Int16Array,
  );
  const longest = Math.max(...said.map(({ length }) => length));
  const startMs = performance.now() + 200;
  const waited = said.map((pcm) =>
    say(pcm, startMs + (options.end ? (longest - pcm.length) / 8 : 0)),
  );
  latencies.push(...(await Promise.all(waited)));
}
await provider.close();
latencies.sort((a, b) => a - b);
const at = (share: number): number =>
  Math.round(
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] as number,
  );
console.log(
  JSON.stringify({
    ...thisMachine(),
    ...options,
    medianMs: at(0.5),
    p90Ms: at(0.9),
    worstMs: at(1),
  }),
);
