// The whole command against the stand-in node.

import t, { type Test } from 'tap';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCall } from '../../src/cli/call.js';
import type { CommandIo } from '../../src/cli/command-io.js';
import { readWav } from '../../src/phone/wav.js';
import { receptionistWith } from '../fakes/stand-in-agent.js';
import {
  sendTwiml,
  startStandIn,
  type StandInNode,
  type StandInOptions,
} from '../fakes/stand-in-node.js';

interface Terminal extends CommandIo {
  readonly out: () => string;
  readonly err: () => string;
  readonly interrupt: () => void;
  /** Resolves when this was written. */
  readonly wrote: (text: string) => Promise<void>;
}

function terminal(isTTY = false): Terminal {
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  return {
    stdout: {
      isTTY,
      columns: 80,
      write: (text) => {
        out += text;
      },
    },
    stderr: {
      write: (text) => {
        err += text;
      },
    },
    onSignals: () => () => undefined,
    onDefect: () => () => undefined,
    exitAfter: () => undefined,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    out: () => out,
    err: () => err,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
    wrote: async (text) => {
      while (!out.includes(text)) await new Promise(setImmediate);
    },
  };
}

async function standIn(t: Test, options?: StandInOptions): Promise<StandInNode> {
  const node = await startStandIn(options);
  t.teardown(() => node.close());
  return node;
}

function outFile(t: Test): string {
  return join(t.testdir(), 'call.wav');
}

const HOURS = 'assets/speech/hours.wav';

t.test('a call is held, shown and recorded', async (t) => {
  const node = await standIn(t, { stream: receptionistWith({ hangUpAfter: 1 }) });
  const out = outFile(t);
  const io = terminal();
  const code = await runCall(['--url', node.url, '--out', out, '--from', '+15550111', HOURS], io);
  t.equal(code, 0);
  t.equal(io.err(), '');
  const lines = io.out().split('\n');
  t.match(lines, [
    `Calling ${node.url}`,
    'Answered. Ctrl-C hangs up.',
    /^ \d:\d\d\.\d {2}agent {3}greeting$/,
    /^ \d:\d\d\.\d {2}caller {2}turn 1 {2}\(hours\.wav\)$/,
    /^ \d:\d\d\.\d {2}agent {3}answer 1 {2}\(after \d\.\d\d s\)$/,
    '',
    /^Call over after \d:\d\d\.\d: the agent hung up\.$/,
    /^1 answer after \d\.\d\d s\.$/,
    `Recording: ${out} (stereo: caller left, agent right)`,
    '',
  ]);
  t.notMatch(io.out(), '\u001b', 'a pipe gets no control codes');
  t.equal(node.forms[0]?.['From'], '+15550111');
  const { samples, sampleRateHz } = await readWav(out);
  t.equal(sampleRateHz, 8000);
  t.ok(samples.length > 4 * 8000);
});

t.test('on a terminal the progress is shown and taken away', async (t) => {
  const node = await standIn(t);
  const io = terminal(true);
  const running = runCall(['--url', node.url, '--out', outFile(t), HOURS], io);
  await io.wrote('<<< the agent is speaking, 0.5 s');
  io.interrupt();
  t.equal(await running, 130);
  t.match(io.out(), '... waiting for the agent');
  t.ok(io.out().endsWith('agent right)\n'));
});

t.test('Ctrl-C hangs up in order and the recording is whole', async (t) => {
  const node = await standIn(t);
  const out = outFile(t);
  const io = terminal();
  const running = runCall(['--url', node.url, '--out', out, HOURS], io);
  await io.wrote('greeting');
  io.interrupt();
  t.equal(await running, 130);
  t.equal(node.received.get('stop'), 1);
  t.match(io.out(), /the caller hung up/);
  t.ok((await readWav(out)).samples.length > 0);
});

t.test('without a transcript the facts of the phone are shown', async (t) => {
  const node = await standIn(t, { token: 'secret', stream: receptionistWith({ hangUpAfter: 1 }) });
  const io = terminal();
  const code = await runCall(['--url', node.url, '--out', outFile(t), HOURS], io);
  t.equal(code, 0);
  t.match(io.out(), /No transcript: the node asks for its API token \(--token\)\./);
  t.match(io.out(), /caller {2}\(hours\.wav\)\n/);
  t.match(io.out(), /agent {3}spoke for \d\.\d\d s {2}\(after \d\.\d\d s\)\n/);
});

t.test('the token opens the transcript', async (t) => {
  const node = await standIn(t, { token: 'secret' });
  const io = terminal();
  const argv = ['--url', node.url, '--token', 'secret', '--out', outFile(t), HOURS];
  const running = runCall(argv, io);
  await io.wrote('greeting');
  io.interrupt();
  await running;
  t.notMatch(io.out(), /No transcript/);
});

/** Run a call that must fail, and see that it leaves no file. */
async function failing(t: Test, argv: string[], code: number, message: RegExp): Promise<Terminal> {
  const out = 'call-that-failed.wav';
  const io = terminal();
  t.equal(await runCall(['--out', out, ...argv], io), code);
  t.match(io.err(), message);
  t.notOk(existsSync(out), 'no recording is left behind');
  return io;
}

t.test('a node that does not run is named, with what to do', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  const message = /^PHONE_NODE_UNREACHABLE: .*\nIs the node running\? Start it with: npm start\n$/;
  await failing(t, ['--url', `http://127.0.0.1:${port}`, HOURS], 1, message);
});

t.test('a call that is rejected is an error', async (t) => {
  const node = await standIn(t, {
    webhook: ({ response }) => sendTwiml(response, '<Reject reason="busy"/>'),
  });
  await failing(t, ['--url', node.url, HOURS], 1, /^PHONE_CALL_REJECTED: .*busy/);
});

t.test('a webhook that refuses is an error with what to do', async (t) => {
  const node = await standIn(t, {
    webhook: ({ response }) => {
      response.statusCode = 403;
      response.end();
    },
  });
  await failing(t, ['--url', node.url, HOURS], 1, /^PHONE_WEBHOOK_FAILED: .*403[^]*--auth-token/);
});

t.test('a stream that is refused is an error', async (t) => {
  const node = await standIn(t, {
    upgrade: (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return 'taken';
    },
  });
  const io = terminal();
  t.equal(await runCall(['--url', node.url, '--out', outFile(t), HOURS], io), 1);
  t.match(io.err(), /^PHONE_STREAM_REFUSED: .*403.*31920/);
});

t.test('a file that is no WAV is refused before anybody is called', async (t) => {
  const node = await standIn(t);
  const file = join(t.testdir({ 'song.wav': 'ID3 not a WAV file at all' }), 'song.wav');
  await failing(t, ['--url', node.url, file], 1, /^WAV_INVALID: .*song\.wav/);
  t.equal(node.forms.length, 0);
});

t.test('a file that is missing is refused', async (t) => {
  await failing(t, ['nothing-here.wav'], 1, /^WAV_NOT_FOUND: nothing-here\.wav/);
});

t.test('a recording that cannot be written is refused before anybody is called', async (t) => {
  const node = await standIn(t);
  const io = terminal();
  const folder = t.testdir();
  for (const out of ['/nowhere/at/all.wav', folder]) {
    t.equal(await runCall(['--url', node.url, '--out', out, HOURS], io), 1);
  }
  t.match(io.err(), /WAV_NOT_WRITABLE: .*ENOENT[^]*WAV_NOT_WRITABLE: .* is a folder/);
  t.equal(node.forms.length, 0);
});

t.test('wrong arguments point to the help, and the help is printed', async (t) => {
  await failing(t, ['--bogus'], 2, /^ARGUMENTS_INVALID: [^]*call --help\n$/);
  const io = terminal();
  t.equal(await runCall(['--help'], io), 0);
  t.match(io.out(), /^Usage: ringmaster call/);
});
