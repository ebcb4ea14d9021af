// `ringmaster scenario`: holds the calls of scenario files and says which went as expected. Control plane.

import { toRingmasterError, type RingmasterError } from '../errors.js';
import {
  loadScenarios,
  runScenarios,
  timeline,
  type LoadedScenario,
  type ScenarioResult,
} from '../scenario/index.js';
import {
  parseScenarioArguments,
  SCENARIO_USAGE,
  type ScenarioArguments,
} from './scenario/arguments.js';
import { CallScreen, type Tone } from './call/screen.js';
import type { CommandIo } from './command-io.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const STATES: Record<ScenarioResult['state'], { readonly label: string; readonly tone: Tone }> = {
  passed: { label: 'pass', tone: 'agent' },
  failed: { label: 'FAIL', tone: 'warning' },
};

const place = ({ file, line }: LoadedScenario): string => `${file}:${line}`;

/** `at 3.21 s`. */
const moment = (atMs: number | undefined): string =>
  atMs === undefined ? '' : `  at ${(atMs / 1000).toFixed(2)} s`;

function showResult(result: ScenarioResult, screen: CallScreen, verbose: boolean): void {
  const { state, scenario, unmet, evidence, tookMs, attempts, stalledMs } = result;
  const { label, tone } = STATES[state];
  const note = `${(tookMs / 1000).toFixed(1)} s${attempts > 1 ? `, held ${attempts} times` : ''}`;
  screen.line(`${screen.paint(label, tone)}  ${scenario.name}  (${note})`);
  if (state === 'failed') screen.line(`      ${place(result)}: ${scenario.proves}`);
  for (const { expected, happened, atMs } of unmet) {
    screen.line(`      expected  ${expected}`);
    screen.line(`      happened  ${happened}${moment(atMs)}`);
  }
  if (state === 'failed' && stalledMs > 0) {
    screen.line(`      this process stood still for ${Math.round(stalledMs)} ms meanwhile`);
  }
  if (state !== 'failed' && !verbose) return;
  for (const line of timeline(evidence)) screen.line(screen.paint(`      ${line}`, 'dim'));
}

const count = (results: readonly ScenarioResult[], state: ScenarioResult['state']): number =>
  results.filter((result) => result.state === state).length;

function asJson(results: readonly ScenarioResult[], error: RingmasterError | undefined): string {
  const document = {
    passed: count(results, 'passed'),
    failed: count(results, 'failed'),
    ...(error && { error: { code: error.code, message: error.message } }),
    scenarios: results.map(({ scenario, file, line, state, unmet, evidence, ...measured }) => ({
      name: scenario.name,
      proves: scenario.proves,
      file,
      line,
      state,
      tookMs: Math.round(measured.tookMs),
      attempts: measured.attempts,
      stalledMs: Math.round(measured.stalledMs),
      unmet,
      record: evidence.record,
      tools: evidence.tools,
      events: evidence.events,
      notes: evidence.notes,
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

async function run(settings: ScenarioArguments, io: CommandIo): Promise<number> {
  const { only, json, verbose, files, parallel, url, token, authToken } = settings;
  const loaded = await loadScenarios(files);
  const wanted = loaded.filter(
    ({ scenario }) => only === undefined || scenario.name.includes(only),
  );
  const screen = new CallScreen(io.stdout);
  const interrupt = new AbortController();
  const endListening = io.onInterrupt(() => interrupt.abort());
  const results: ScenarioResult[] = [];
  let error: RingmasterError | undefined;
  const startedMs = performance.now();
  try {
    await runScenarios(wanted, {
      parallel,
      url,
      token,
      authToken,
      signal: interrupt.signal,
      onResult: (result) => {
        results.push(result);
        if (!json) showResult(result, screen, verbose);
      },
    });
  } catch (thrown) {
    error = toRingmasterError(thrown, 'SCENARIO_FAILED');
  } finally {
    endListening();
  }
  const failed = count(results, 'failed');
  if (json) io.stdout.write(asJson(results, error));
  else {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    screen.line(`${count(results, 'passed')} passed, ${failed} failed in ${seconds} s`);
  }
  if (error !== undefined) io.stderr.write(`${error.code}: ${error.message}\n`);
  if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
  return failed > 0 || error !== undefined ? EXIT_FAILED : 0;
}

/**
 * Run the command.
 * @param argv what follows `ringmaster scenario`
 * @returns the exit code: 0 when every scenario that was run has passed, 1 when one failed, 2 for a
 *   wrong file or argument, 130 after Ctrl-C (the calls that run are held to their end)
 */
export async function runScenario(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const settings = parseScenarioArguments(argv);
    if (settings.help) {
      io.stdout.write(SCENARIO_USAGE);
      return 0;
    }
    return await run(settings, io);
  } catch (thrown) {
    const { code, message } = toRingmasterError(thrown, 'SCENARIO_FAILED');
    io.stderr.write(`${code}${code === 'SCENARIO_INVALID' ? '\n' : ': '}${message}\n`);
    if (code === 'ARGUMENTS_INVALID') io.stderr.write('See: ringmaster scenario --help\n');
    return code === 'SCENARIO_INVALID' || code === 'ARGUMENTS_INVALID' ? EXIT_USAGE : EXIT_FAILED;
  }
}
