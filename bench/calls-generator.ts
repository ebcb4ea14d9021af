// Drives many simulated calls at once with human speech, as a process of its own, and reports what they met. Control plane.

import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RingmasterError } from '../src/errors.js';
import { machineNetwork } from '../src/phone/machine-network.js';
import { sharedFrameTimer } from '../src/phone/phone-clock.js';
import { seededRandom } from '../src/phone/seeded-random.js';
import { CallerPlan, loadSpeech, makeUtterances } from './caller-plan.js';
import { generateCall, type GeneratedCall } from './generated-call.js';
import { summarise, type GeneratorResult } from './generator-result.js';

/** What the generator tells whoever started it, over IPC or, without that, as lines of JSON. */
export type GeneratorMessage =
  /** Every second. */
  | { readonly type: 'progress'; readonly up: number; readonly ended: number }
  /** All calls were placed and answered, or failed: the steady part begins. */
  | { readonly type: 'ramped'; readonly up: number }
  | { readonly type: 'result'; readonly result: GeneratorResult };

const SPEECH_FOLDER = fileURLToPath(new URL('../../assets/speech', import.meta.url));
/** Of all messages of one call in so many every field is checked. */
const FULL_CHECK_EVERY = 50;
const TALK_SHARE = 0.4;
/** Calls end over so long, not at once. */
const HANG_UP_SPREAD_MS = 1000;
/** Between a caller's calls, on average. */
const REDIAL_MS = 500;
/** With less time left no one calls again. */
const SHORTEST_CALL_MS = 2000;

const USAGE = `Usage: node dist/bench/calls-generator.js --url <voice webhook> [options]
  --calls <n>        calls at once (default 10)
  --seconds <s>      how long all of them last together (default 30)
  --ramp <s>         over how long they begin (default calls / 25)
  --call-seconds <s> hang up after about so long and call again (default: one call each)
  --seed <n>         what callers say and when (default 1)
  --auth-token <t>   sign requests as Twilio does`;

interface Settings {
  readonly url: string;
  readonly calls: number;
  readonly seconds: number;
  readonly rampSeconds: number;
  /** About how long a call lasts before its caller calls again; undefined: as long as the run. */
  readonly callSeconds: number | undefined;
  readonly seed: number;
  readonly authToken: string | undefined;
}

function invalid(what: string): RingmasterError {
  return new RingmasterError('ARGUMENTS_INVALID', what);
}

function number(name: string, text: string | undefined, fallback: number, least: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(value) || value < least)
    throw invalid(`--${name} must be at least ${least}`);
  return value;
}

/** @throws {RingmasterError} ARGUMENTS_INVALID */
export function parseSettings(argv: readonly string[]): Settings {
  const options = [
    'url',
    'calls',
    'seconds',
    'ramp',
    'call-seconds',
    'seed',
    'auth-token',
  ] as const;
  let values: Partial<Record<string, string>>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: Object.fromEntries(options.map((name) => [name, { type: 'string' as const }])),
    }) as { values: Partial<Record<string, string>> });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'unknown arguments');
  }
  const url = values['url'];
  if (url === undefined || !URL.canParse(url)) throw invalid('--url must be a URL');
  const calls = Math.round(number('calls', values['calls'], 10, 1));
  const callSeconds = values['call-seconds'];
  return {
    url,
    calls,
    seconds: number('seconds', values['seconds'], 30, 1),
    rampSeconds: number('ramp', values['ramp'], calls / 25, 0),
    callSeconds: callSeconds === undefined ? undefined : number('call-seconds', callSeconds, 60, 2),
    seed: Math.round(number('seed', values['seed'], 1, 0)),
    authToken: values['auth-token'],
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Hold all calls of a run; resolves when the last one has ended. */
export async function generateCalls(
  settings: Settings,
  tell: (message: GeneratorMessage) => void,
): Promise<GeneratorResult> {
  const { calls, seed } = settings;
  const random = seededRandom(seed);
  const utterances = makeUtterances(await loadSpeech(SPEECH_FOLDER), random);
  const network = machineNetwork();
  const cpuBefore = process.cpuUsage();
  const beganAtMs = performance.now();
  const rampMs = settings.rampSeconds * 1000;
  const endAtMs = beganAtMs + rampMs + settings.seconds * 1000;
  const phases = Array.from({ length: calls }, () => random());
  let placed = 0;
  let up = 0;
  let ended = 0;
  const call = async (caller: number, endAtMs: number): Promise<GeneratedCall> => {
    const number = placed++;
    const result = await generateCall({
      webhookUrl: settings.url,
      authToken: settings.authToken,
      network,
      plan: new CallerPlan(utterances, TALK_SHARE, seededRandom(seed * 100_003 + number)),
      check: number % FULL_CHECK_EVERY === 0 ? 'full' : 'quick',
      endAtMs: endAtMs + (caller * HANG_UP_SPREAD_MS) / calls,
      onStarted: () => {
        up += 1;
      },
    });
    ended += 1;
    return result;
  };
  const run = async (caller: number): Promise<readonly GeneratedCall[]> => {
    // Calls begin at odd moments; evenly spaced ones would all send their frames at the same one.
    await sleep((Math.max(0, caller - (phases[caller] ?? 0)) * rampMs) / calls);
    if (settings.callSeconds === undefined) return [await call(caller, endAtMs)];
    const meanMs = settings.callSeconds * 1000;
    const results: GeneratedCall[] = [];
    while (performance.now() < endAtMs - SHORTEST_CALL_MS) {
      const untilMs = performance.now() + meanMs * (0.5 + random());
      results.push(await call(caller, Math.min(endAtMs, untilMs)));
      await sleep(REDIAL_MS * (0.5 + random()));
    }
    return results;
  };
  const progress = setInterval(() => tell({ type: 'progress', up, ended }), 1000);
  const ramped = setTimeout(() => tell({ type: 'ramped', up }), rampMs);
  const callers = await Promise.all(Array.from({ length: calls }, (_, caller) => run(caller)));
  const results = callers.flat();
  clearInterval(progress);
  clearTimeout(ramped);
  const { user, system } = process.cpuUsage(cpuBefore);
  return summarise(results, {
    planned: results.length,
    seed,
    steadyFromMs: beganAtMs + rampMs,
    steadyUntilMs: endAtMs,
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - beganAtMs) / 1000,
    lateness: sharedFrameTimer.lateness(),
  });
}

function tell(message: GeneratorMessage): void {
  if (process.send) process.send(message);
  else console.log(JSON.stringify(message));
}

/** In real life callers are not on the node's machine: where both want a core, the node has it. */
function yieldToNode(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Not allowed here: then they share.
  }
}

async function main(): Promise<void> {
  yieldToNode();
  try {
    const result = await generateCalls(parseSettings(process.argv.slice(2)), tell);
    tell({ type: 'result', result });
    process.exitCode = result.calls.ok === 0 ? 1 : 0;
  } catch (error) {
    console.error(error instanceof RingmasterError ? `${error.code}: ${error.message}` : error);
    if (error instanceof RingmasterError && error.code === 'ARGUMENTS_INVALID') {
      console.error(USAGE);
    }
    process.exitCode = 2;
  }
  if (process.connected) process.disconnect();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
