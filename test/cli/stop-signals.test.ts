// Signals to the whole command, as operators and service managers send them.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { placeCall, type PhoneCall } from '../../src/phone/phone-call.js';

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly out: () => string;
  readonly err: () => string;
  readonly exited: Promise<number | string>;
  readonly call: () => Promise<PhoneCall>;
}

const ENVIRONMENT = {
  PORT: '0',
  RINGMASTER_LOG: 'info',
  RINGMASTER_DSP_SHARDS: '1',
  RINGMASTER_STT: 'scripted',
  RINGMASTER_TTS: 'scripted',
  RINGMASTER_AGENT: 'scripted',
};

async function serve(t: Test, environment: Record<string, string> = {}): Promise<Running> {
  const child = spawn(process.execPath, ['dist/src/cli.js', 'serve'], {
    env: { PATH: process.env['PATH'], ...ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  t.teardown(() => child.kill('SIGKILL'));
  while (!out.includes('Next:')) await new Promise((resolve) => setTimeout(resolve, 20));
  const url = /listens on (\S+)/.exec(out)?.[1] ?? '';
  const call = async (): Promise<PhoneCall> => {
    const placed = placeCall({
      webhookUrl: `${url}/twilio/voice`,
      script: (caller) => caller.waitForEnd(60_000),
      timeLimitMs: 60_000,
    });
    while (!placed.events.some(({ type }) => type === 'stream.started')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return placed;
  };
  return { child, url, out: () => out, err: () => err, exited, call };
}

const written = async (read: () => string, text: string): Promise<void> => {
  while (!read().includes(text)) await new Promise((resolve) => setTimeout(resolve, 10));
};

for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  t.test(`${signal} lets the call end, refuses others and exits with 0 (B3)`, async (t) => {
    const node = await serve(t);
    const call = await node.call();
    node.child.kill(signal);
    await written(node.out, 'Waiting for 1 call(s)');
    t.equal((await fetch(`${node.url}/readyz`)).status, 503);
    // The log says what is waited for.
    await written(() => node.out() + node.err(), '"calls":1,"inSetup":0,"unasked":0');
    call.hangUp();
    t.equal(await node.exited, 0);
    t.match(await call.finished, { outcome: 'caller-hung-up' });
  });
}

t.test('signals without a meaning are named and change nothing (B3)', async (t) => {
  const node = await serve(t);
  const call = await node.call();
  for (const signal of [
    'SIGUSR2',
    'SIGALRM',
    'SIGVTALRM',
    'SIGPWR',
    'SIGXCPU',
    'SIGXFSZ',
  ] as const) {
    node.child.kill(signal);
    await written(node.err, `${signal} is not supported`);
  }
  t.equal((await fetch(`${node.url}/readyz`)).status, 200);
  call.hangUp();
  await call.finished;
  node.child.kill('SIGTERM');
  t.equal(await node.exited, 0);
});

t.test('a second SIGTERM ends calls at once, and the exit code says so (B3)', async (t) => {
  const node = await serve(t);
  const call = await node.call();
  node.child.kill('SIGTERM');
  await written(node.out, 'Waiting for 1 call(s)');
  node.child.kill('SIGTERM');
  t.equal(await node.exited, 143);
  call.hangUp();
  await call.finished.catch(() => undefined);
});

t.test('a second SIGHUP goes on draining; SIGINT behind it drains too (B3)', async (t) => {
  const node = await serve(t);
  const call = await node.call();
  node.child.kill('SIGHUP');
  await written(node.out, 'Waiting for 1 call(s)');
  node.child.kill('SIGHUP');
  node.child.kill('SIGINT');
  t.equal((await fetch(`${node.url}/healthz`)).status, 200);
  node.child.kill('SIGINT');
  t.equal(await node.exited, 130);
  call.hangUp();
  await call.finished.catch(() => undefined);
});

t.test(
  'calls that outlast the time to drain are ended, and the exit code says so (B4)',
  async (t) => {
    const node = await serve(t, { RINGMASTER_DRAIN_MS: '200' });
    const call = await node.call();
    node.child.kill('SIGTERM');
    t.equal(await node.exited, 3);
    t.match(await call.finished, { outcome: 'node-hung-up' });
  },
);
