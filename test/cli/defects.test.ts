// What nobody caught, in the whole command, while a caller is on the line.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { placeCall } from '../../src/phone/phone-call.js';

const ENVIRONMENT = {
  PORT: '0',
  RINGMASTER_LOG: 'info',
  RINGMASTER_DSP_SHARDS: '1',
  RINGMASTER_STT: 'scripted',
  RINGMASTER_TTS: 'scripted',
  RINGMASTER_AGENT: 'scripted',
};
const PRELOAD = join(process.cwd(), 'dist/test/fakes/throwing-preload.js');

async function serve(t: Test) {
  const child = spawn(process.execPath, ['--import', PRELOAD, 'dist/src/cli.js', 'serve'], {
    env: { PATH: process.env['PATH'], ...ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  while (!out.includes('Next:')) await new Promise((resolve) => setTimeout(resolve, 20));
  const url = /listens on (\S+)/.exec(out)?.[1] ?? '';
  const call = placeCall({
    webhookUrl: `${url}/twilio/voice`,
    script: (caller) => caller.waitForEnd(60_000),
    timeLimitMs: 60_000,
  });
  while (!call.events.some(({ type }) => type === 'stream.started')) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { child, exited, call, out: () => out, err: () => err };
}

t.jobs = 3;

for (const [kind, message, origin] of [
  ['throw', 'a timer of somebody broke', 'uncaughtException'],
  ['reject', 'nobody heard this', 'unhandledRejection'],
  ['storm', 'again and again', 'uncaughtException'],
] as const) {
  t.test(
    `a ${kind} that nobody caught is logged, the caller is told, the process exits (B1)`,
    async (t) => {
      const { child, exited, call, out, err } = await serve(t);
      const startedMs = performance.now();
      child.send(kind);
      const report = await call.finished;
      t.equal(report.outcome, 'node-hung-up', 'not a line that broke');
      t.equal(await exited, 1);
      t.ok(performance.now() - startedMs < 30_000);
      const lines = out()
        .split('\n')
        .filter((line) => line.includes('nobody caught this'));
      t.ok(lines.length >= 1 && lines.length <= 20, `${lines.length} lines`);
      t.match(JSON.parse(lines[0] ?? '{}'), {
        level: 50,
        code: 'INTERNAL_ERROR',
        origin,
        error: { stack: /throwing-preload/ },
      });
      t.match(lines[0], message);
      t.match(err(), message);
      t.notMatch(out() + err(), '5550100', 'personal data stays out');
    },
  );
}
