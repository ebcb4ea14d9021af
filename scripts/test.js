// Runs the compiled tests, every file in a Node process of its own, the long ones first. Arguments choose files; none means all.
//
// The files go through tap's own spawn and parser, so the verdict is tap's. They do not go through its runner: that loads
// TypeScript and three chains of module hooks into every process and every worker thread, a second of CPU for each, and the
// tests are compiled already.

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const COMPILED = 'dist/test';
const TIMEOUT_MS = 120_000;

/** Tests that wait in real time leave cores idle: one process more than there are cores. */
const JOBS = availableParallelism() + 1;

/** Files that take longest, longest first: were one of them started late, the run would end with waiting for it alone. */
const LONG = [
  'node/doubtful-words',
  'node/containment',
  'actors/turn-property',
  'bench/calls-generator',
  'scenario/shipped',
  'providers/local/stt',
  'providers/local/stt-table',
  'providers/local/stt-conformance',
  'providers/local/tts-conformance',
  'node/local-call',
  'node/scripted-call',
  'dsp/pool-faults',
  'phone/phone-call-live',
  'providers/local/tts-voices',
  'dsp/clock-drift',
  'dsp/vad-kernel/parity',
  'dsp/denoise-parity',
  'node/openai-call',
  'cli/call',
  'node/turn-model',
  'node/ugly-calls',
  'node/lost-stream',
  'node/fallback',
  'node/answering-machine',
  'transports/echo-callers',
  'transports/echo-guard',
  'scenario/human-sounds',
  'cli/stop-signals',
  'cli/defects',
  'node/drain',
  'node/stateful-agent',
];

/** Files that hold a hundred calls in real time on all cores: they come last, and nothing runs beside them. */
const ALONE = ['dsp/batched-faults'];

const all = readdirSync(join(ROOT, COMPILED), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => `${COMPILED}/${name}`)
  .sort();
const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : all;

const compiled = (name) => `${COMPILED}/${name}.test.js`;
const [long, alone] = [LONG.map(compiled), ALONE.map(compiled)];
const gone = [...long, ...alone].filter((file) => !all.includes(file));
if (gone.length > 0) throw new Error(`No such test: ${gone.join(', ')}`);

function rank(file) {
  if (long.includes(file)) return long.indexOf(file);
  return alone.includes(file) ? Infinity : long.length;
}

/** A file's own tests have as long as the file. */
const env = { ...process.env, TAP_TIMEOUT: String(TIMEOUT_MS / 1000) };

t.setTimeout(0);
t.jobs = JOBS;
t.plan(files.length);
for (const file of files.toSorted((a, b) => rank(a) - rank(b))) {
  // tap's spawn asks for its module hooks by NODE_OPTIONS; env(1) takes that back.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, '--enable-source-maps', file];
  const buffered = !alone.includes(file);
  void t.spawn('env', command, { name: file, cwd: ROOT, env, buffered, timeout: TIMEOUT_MS });
}
