// A node without a file descriptor left goes on for those connected, says so once, and recovers.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { rawConnection, until } from '../transports/wire-clients.js';

/** Enough to load the program, fewer than the connections that a node allows. */
const DESCRIPTORS = 400;

interface Node {
  readonly child: ChildProcess;
  readonly port: number;
  readonly output: () => string;
}

async function startLimitedNode(t: Test, server: string): Promise<Node> {
  const command = `ulimit -n ${DESCRIPTORS}; exec "${process.execPath}" dist/src/cli.js serve`;
  const child = spawn('bash', ['-c', command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      RINGMASTER_SERVER: server,
      RINGMASTER_DSP_SHARDS: '1',
      RINGMASTER_STT: 'scripted',
      RINGMASTER_TTS: 'scripted',
      RINGMASTER_AGENT: 'scripted',
    },
  });
  t.teardown(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const port = (): string | undefined => /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
  await until(() => port() !== undefined, 'the node listens', 30_000);
  return { child, port: Number(port()), output: () => output };
}

/** CPU time of the process, in ms. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

for (const server of ['ws']) {
  t.test(`${server}: file descriptors run out and come back (B10)`, async (t) => {
    if (process.platform !== 'linux') return t.comment('reads /proc');
    const node = await startLimitedNode(t, server);
    const told = (): number => node.output().match(/DESCRIPTORS_EXHAUSTED/g)?.length ?? 0;

    const kept = await rawConnection(node.port);
    const healthy = async (socket: Socket, text: () => string): Promise<void> => {
      const before = text().length;
      socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until(() => text().slice(before).includes('"ok"'), 'healthz answers');
    };
    const alive = setInterval(
      () => void healthy(kept.socket, kept.text).catch(() => undefined),
      1000,
    );
    await healthy(kept.socket, kept.text);

    const crowd: Socket[] = [];
    for (let index = 0; index < DESCRIPTORS * 2 && told() === 0; index += 1) {
      const raw = await rawConnection(node.port).catch(() => undefined);
      if (raw === undefined) break;
      raw.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Half: ');
      crowd.push(raw.socket);
    }
    await until(() => told() > 0, 'the node says that it has none left', 10_000);

    const usedMs = cpuMs(node.child.pid ?? 0);
    const startedMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const share = (cpuMs(node.child.pid ?? 0) - usedMs) / (performance.now() - startedMs);
    t.ok(share < 0.6, `no core spins: ${share.toFixed(2)}`);
    await healthy(kept.socket, kept.text);
    t.equal(told(), 1, 'once');

    for (const socket of crowd) socket.destroy();
    await until(
      async () => {
        const fresh = await rawConnection(node.port).catch(() => undefined);
        if (fresh === undefined) return false;
        fresh.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
        await fresh.ended;
        return fresh.text().includes('"ok"');
      },
      'new connections are taken again',
      15_000,
    );
    clearInterval(alive);
    kept.socket.destroy();
    t.equal(node.child.exitCode, null);
  });
}
