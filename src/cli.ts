#!/usr/bin/env node
// The commands: `ringmaster serve`, `ringmaster call` and `ringmaster scenario`. Control plane.

import { processIo } from './cli/command-io.js';
import { hearUnsupported } from './cli/stop-signals.js';

const USAGE = `usage: ringmaster <command>

  serve     run a media node (settings: docs/settings.md)
  call      place a simulated telephone call to a running node
  scenario  hold the calls of scenario files and say which went as expected

ringmaster call --help and ringmaster scenario --help tell their options.
`;

/** For lines that are still on their way out. */
const LAST_LINES_MS = 2000;

/** Loading takes a moment, in which a signal that means nothing here must not end the process. */
async function serve(): Promise<number> {
  const endHearing = hearUnsupported(processIo);
  try {
    const { runServe } = await import('./cli/serve.js');
    return await runServe(process.env, processIo);
  } finally {
    endHearing();
  }
}

const [command, ...argv] = process.argv.slice(2);
switch (command) {
  case 'serve':
    // A reader that is gone ends no call: without listeners it would end the process.
    process.stdout.on('error', () => undefined);
    process.stderr.on('error', () => undefined);
    process.exitCode = await serve();
    // A reader that is asleep would keep the process for ever.
    processIo.exitAfter(process.exitCode, LAST_LINES_MS);
    break;
  case 'call':
    process.exitCode = await (await import('./cli/call.js')).runCall(argv, processIo);
    break;
  case 'scenario':
    process.exitCode = await (await import('./cli/scenario.js')).runScenario(argv, processIo);
    break;
  default:
    process.stderr.write(USAGE);
    process.exitCode = command === undefined || command === '--help' ? 0 : 2;
}
