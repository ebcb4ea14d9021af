// `ringmaster serve`: run a media node until it is told to stop. Control plane.

import { loadConfig, type Config } from '../config.js';
import { RingmasterError } from '../errors.js';
import { startNode, type MediaNode } from '../main.js';
import { createLogger } from '../log.js';
import type { CommandIo } from './command-io.js';
import { hearDefects } from './defects.js';
import { untilStopped } from './stop-signals.js';

function callersRow({ twilio, server }: Config): readonly [string, string, string] {
  if (twilio.authToken !== undefined) {
    return ['callers', 'with a Twilio signature only', 'TWILIO_AUTH_TOKEN is set'];
  }
  return server.trustLoopback === 'on'
    ? ['callers', 'of this machine only', 'TWILIO_AUTH_TOKEN is not set']
    : ['callers', 'none', 'TWILIO_AUTH_TOKEN is not set, RINGMASTER_TRUST_LOOPBACK is off'];
}

function banner(node: MediaNode, config: Config): string {
  const rows = [
    ...node.choices.map(
      ({ role, engine, fallbacks, reason }) =>
        [role, [engine, ...fallbacks].join(', else '), reason] as const,
    ),
    [
      'audio',
      `${node.engine.shards} worker(s), ${node.engine.engine} engine, noise suppression ${config.dsp.denoise}`,
      node.engine.engineReason,
    ],
    ['media server', node.implementation, node.serverReason],
    callersRow(config),
    ...node.stats().notReady.map(({ role, name, code }) => {
      return ['NOT READY', `${role}: ${name}`, `${code}; tried again, the log says why`] as const;
    }),
  ] as const;
  const lines = rows.map(
    ([what, value, reason]) => `  ${what.padEnd(15)} ${value}${reason ? ` (${reason})` : ''}`,
  );
  const next = config.server.publicUrl
    ? `Next: point your number's voice webhook at ${config.server.publicUrl}/twilio/voice (POST).`
    : 'Next: place a call from a second terminal: npm run call';
  return `Ringmaster listens on ${node.url}\n${lines.join('\n')}\n${next}\n`;
}

/** @returns the exit code: 1 where the node could not start or a defect ended it, else what `untilStopped` says */
export async function runServe(environment: NodeJS.ProcessEnv, io: CommandIo): Promise<number> {
  let endDefects = (): void => undefined;
  try {
    const config = loadConfig(environment, (warning) => io.stderr.write(`Warning: ${warning}\n`));
    const logger = createLogger(config.log.level);
    const { fallen, guard } = hearDefects(io, logger);
    endDefects = guard.end;
    return await Promise.race([
      fallen,
      (async () => {
        const node = await startNode({ config, logger });
        guard.node = node;
        io.stdout.write(banner(node, config));
        return untilStopped(node, io, config.server.drainMs);
      })(),
    ]);
  } catch (thrown) {
    if (!(thrown instanceof RingmasterError)) throw thrown;
    io.stderr.write(`${thrown.code}\n${thrown.message}\n`);
    return 1;
  } finally {
    endDefects();
  }
}
