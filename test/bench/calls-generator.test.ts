// The generator as the process it is, against the stand-in node.

import t, { type Test } from 'tap';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseSettings, type GeneratorMessage } from '../../bench/calls-generator.js';
import { startStandIn, type StandInNode, type StandInOptions } from '../fakes/stand-in-node.js';

const GENERATOR = 'dist/bench/calls-generator.js';

// Runs last as long as they are told to and mostly wait.
t.jobs = 2;

async function standIn(t: Test, options?: StandInOptions): Promise<StandInNode> {
  const node = await startStandIn(options);
  t.teardown(() => node.close());
  return node;
}

async function run(argv: string[]): Promise<{ messages: GeneratorMessage[]; code: number | null }> {
  const messages: GeneratorMessage[] = [];
  const child = fork(GENERATOR, argv, { stdio: 'ignore', execArgv: [] });
  child.on('message', (message) => messages.push(message as GeneratorMessage));
  const [code] = (await once(child, 'exit')) as [number | null];
  return { messages, code };
}

t.test('calls are held and measured, and the result comes over IPC', async (t) => {
  const node = await standIn(t);
  const argv = ['--url', node.webhookUrl, '--calls', '6', '--seconds', '12', '--ramp', '2'];
  const { messages, code } = await run(argv);
  t.equal(code, 0);
  t.match(
    messages.find(({ type }) => type === 'ramped'),
    { up: 6 },
  );
  t.ok(messages.filter(({ type }) => type === 'progress').length >= 10);
  const last = messages.at(-1);
  if (last?.type !== 'result') throw new Error('no result');
  const { result } = last;
  t.strictSame(result.calls, { planned: 6, ok: 6, failed: 0, reasons: {} });
  t.ok(result.responseMs.length >= 6, `${result.responseMs.length} answers`);
  t.ok(result.responseMs.every((ms) => ms > 0 && ms < 5000));
  t.ok(result.mediaOut > 6 * 500 && result.mediaOut < 6 * 750, `${result.mediaOut} frames out`);
  t.equal(result.mediaOut, node.received.get('media'));
  t.equal(node.received.get('stop'), 6);
  t.ok(result.mediaIn > 0);
  t.equal(result.violations.total, 0);
  t.ok(result.generator.cpuSeconds > 0);
  t.ok(result.generator.lateness.count > 1000);
  t.ok(result.talkShare > 0.1 && result.talkShare < 0.6, `talk share ${result.talkShare}`);
});

t.test('callers who hang up call again until the run is over', async (t) => {
  const node = await standIn(t);
  const argv = ['--url', node.webhookUrl, '--calls', '2', '--seconds', '7', '--ramp', '0'];
  const { messages, code } = await run([...argv, '--call-seconds', '2']);
  t.equal(code, 0);
  const last = messages.at(-1);
  if (last?.type !== 'result') throw new Error('no result');
  const { planned, ok } = last.result.calls;
  t.ok(planned >= 4 && planned <= 14, `${planned} calls`);
  t.equal(ok, planned);
  t.equal(node.received.get('stop'), planned);
});

t.test('messages that Twilio would refuse are counted in every call', async (t) => {
  const node = await standIn(t, {
    stream: ({ socket, streamSid }) =>
      socket.send(JSON.stringify({ event: 'clear', streamSid, extra: 1 })),
  });
  const argv = ['--url', node.webhookUrl, '--calls', '3', '--seconds', '1', '--ramp', '0'];
  const { messages } = await run(argv);
  const last = messages.at(-1);
  if (last?.type !== 'result') throw new Error('no result');
  t.equal(last.result.violations.total, 3);
});

t.test('calls that fail are counted with their reasons', async (t) => {
  const node = await startStandIn();
  await node.close();
  const argv = ['--url', node.webhookUrl, '--calls', '4', '--seconds', '1', '--ramp', '0'];
  const { messages, code } = await run(argv);
  t.equal(code, 1);
  const last = messages.at(-1);
  if (last?.type !== 'result') throw new Error('no result');
  t.strictSame(last.result.calls, {
    planned: 4,
    ok: 0,
    failed: 4,
    reasons: { PHONE_NODE_UNREACHABLE: 4 },
  });
});

t.test('a node that hangs up fails the call', async (t) => {
  const node = await standIn(t, { stream: ({ socket }) => socket.close(1000) });
  const argv = ['--url', node.webhookUrl, '--calls', '2', '--seconds', '1', '--ramp', '0'];
  const { messages } = await run(argv);
  t.match(messages.at(-1), { result: { calls: { failed: 2, reasons: { 'node-hung-up': 2 } } } });
});

t.test('without IPC the messages are lines of JSON', async (t) => {
  const node = await standIn(t, { stream: () => {} });
  const argv = ['--url', node.webhookUrl, '--calls', '1', '--seconds', '1', '--ramp', '0'];
  const child = spawn(process.execPath, [GENERATOR, ...argv], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GeneratorMessage);
  t.equal(lines.at(-1)?.type, 'result');
});

t.test('wrong arguments end with the usage', async (t) => {
  const child = spawn(process.execPath, [GENERATOR, '--calls', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  t.equal(code, 2);
  t.match(text, /^ARGUMENTS_INVALID: --url must be a URL\nUsage/);
});

t.test('settings have defaults and limits', async (t) => {
  t.strictSame(parseSettings(['--url', 'http://127.0.0.1:1/v', '--calls', '100']), {
    url: 'http://127.0.0.1:1/v',
    calls: 100,
    seconds: 30,
    rampSeconds: 4,
    callSeconds: undefined,
    seed: 1,
    authToken: undefined,
  });
  for (const argv of [
    ['--calls', 'many'],
    ['--seconds', '0'],
    ['--ramp', '-1'],
    ['--call-seconds', '1'],
    ['--odd'],
  ]) {
    t.throws(() => parseSettings(['--url', 'http://127.0.0.1:1/v', ...argv]), {
      code: 'ARGUMENTS_INVALID',
    });
  }
});
