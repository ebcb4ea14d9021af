import { execFile, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { LogOutput, type LogTarget } from '../src/log-output.js';
import { containedLogger, createLogger, type Logger } from '../src/log.js';

/** A target that takes, refuses or fails as a test says. */
function target(): LogTarget & { text: string; behaviour: (bytes: Buffer) => number } {
  const made = {
    text: '',
    behaviour: (bytes: Buffer) => bytes.length,
    write(bytes: Buffer): number {
      const took = made.behaviour(bytes);
      made.text += bytes.subarray(0, took).toString();
      return took;
    },
  };
  return made;
}
const noSpace = (): never => {
  throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
};

t.test(
  'lines that cannot be written are dropped and counted, and said once it works (B1)',
  async (t) => {
    const disk = target();
    const output = new LogOutput(disk);
    output.write('one\n');
    disk.behaviour = noSpace;
    for (let i = 0; i < 5; i += 1) output.write('lost\n');
    t.equal(output.dropped, 5);
    disk.behaviour = (bytes) => bytes.length;
    output.write('two\n');
    output.write('three\n');
    const [one, two, told, three] = disk.text.split('\n');
    t.strictSame([one, two, three], ['one', 'two', 'three']);
    t.match(JSON.parse(told ?? ''), { level: 40, code: 'LOG_LINES_DROPPED', dropped: 5 });
  },
);

t.test('a line that was torn does not spoil the next one (B1)', async (t) => {
  const disk = target();
  const output = new LogOutput(disk);
  let left = 3;
  disk.behaviour = (bytes) => {
    if (left === 0) return noSpace();
    const took = Math.min(left, bytes.length);
    left -= took;
    return took;
  };
  output.write('broken\n');
  output.write('lost\n');
  disk.behaviour = (bytes) => bytes.length;
  output.write('whole\n');
  t.match(disk.text, /^bro\nwhole\n/);
  t.equal(output.dropped, 2);
});

t.test('a target without room keeps lines in order, up to a bound (B1)', async (t) => {
  const pipe = target();
  const output = new LogOutput(pipe);
  pipe.behaviour = () => 0;
  const line = `${'x'.repeat(1023)}\n`;
  for (let i = 0; i < 2000; i += 1) output.write(line);
  t.equal(output.dropped, 2000 - 1024);
  pipe.behaviour = (bytes) => Math.min(700, bytes.length);
  for (let i = 0; i < 3000; i += 1) pipe.onRoom?.();
  const lines = pipe.text.trimEnd().split('\n');
  t.equal(lines.filter((kept) => kept === line.trimEnd()).length, 1024);
  t.equal(lines.length, 1025);
  t.ok(lines.some((kept) => kept.includes('"dropped":976')));
});

t.test('a logger that throws, rejects or lacks a level is contained', async (t) => {
  const thrower = (): never => {
    throw new Error('no log');
  };
  const hostile = { error: thrower, warn: async () => thrower(), info: 7 } as unknown as Logger;
  const logger = containedLogger(hostile);
  for (const level of ['error', 'warn', 'info', 'debug'] as const) logger[level]({}, 'line');
  await new Promise(setImmediate);
  t.pass('nothing came through');
});

const PROGRAM = `
  import { createLogger } from '${join(process.cwd(), 'dist/src/log.js')}';
  const logger = createLogger('info');
  let ticks = 0;
  let longestMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    for (let i = 0; i < 100; i += 1) logger.info({ i }, 'x'.repeat(200));
    ticks += 1;
    if (ticks < 50) return;
    clearInterval(timer);
    process.stderr.write(JSON.stringify({ ticks, longestMs }));
    setTimeout(() => process.exit(0), 50);
  }, 5);
`;

/** What the program tells when it has logged 1 MB in 50 ticks. */
async function run(stdout: number | 'pipe', reader: 'asleep' | 'gone' | 'none') {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', stdout, 'pipe'],
  });
  if (reader === 'asleep') child.stdout?.pause();
  if (reader === 'gone') child.stdout?.destroy();
  let told = '';
  child.stderr?.on('data', (data: Buffer) => (told += data.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, told };
}

t.test('a disk that is full ends no program that logs (B1)', async (t) => {
  const { code, told } = await run(openSync('/dev/full', 'w'), 'none');
  t.equal(code, 0);
  t.match(JSON.parse(told), { ticks: 50 });
});

for (const reader of ['asleep', 'gone'] as const) {
  t.test(
    `a reader that is ${reader} neither ends nor stops a program that logs (B2)`,
    async (t) => {
      const { code, told } = await run('pipe', reader);
      t.equal(code, 0);
      const { ticks, longestMs } = JSON.parse(told) as { ticks: number; longestMs: number };
      t.equal(ticks, 50);
      t.ok(longestMs < 1000, `${longestMs} ms`);
    },
  );
}

t.test('a terminal that nobody reads stops no program that logs (B1)', async (t) => {
  const script = `
import json, os, pty, subprocess, sys
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE)
try:
    told = child.communicate(timeout=20)[1].decode()
except subprocess.TimeoutExpired:
    child.kill()
    told = 'hung'
print(told)
`;
  const command = [process.execPath, '--input-type=module', '-e', PROGRAM];
  const told = await new Promise<string | undefined>((resolve) =>
    execFile('python3', ['-c', script, ...command], (error, stdout) =>
      resolve(error ? undefined : stdout),
    ),
  );
  if (told === undefined) {
    t.comment('not run: needs python3 for a terminal of its own');
    return;
  }
  t.match(told, '"ticks":50');
});

t.test('redaction and levels are as ever', async (t) => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  logger.info({ from: '+15550100', callSid: 'CA1' }, 'call started');
  logger.debug('not told');
  t.equal(lines.length, 1);
  t.match(lines[0], 'CA1');
  t.notMatch(lines[0], '5550100');
});
