#!/usr/bin/env node
// The commands: `ringmaster serve` and `ringmaster call`. Control plane.

import { runCall } from './cli/call.js';
import { processIo } from './cli/command-io.js';
import { runServe } from './cli/serve.js';

const USAGE = `usage: ringmaster <command>

  serve   run a media node (settings: docs/settings.md)
  call    place a simulated telephone call to a running node

ringmaster call --help tells its options.
`;

const [command, ...argv] = process.argv.slice(2);
switch (command) {
  case 'serve':
    process.exitCode = await runServe(process.env, processIo);
    break;
  case 'call':
    process.exitCode = await runCall(argv, processIo);
    break;
  default:
    process.stderr.write(USAGE);
    process.exitCode = command === undefined || command === '--help' ? 0 : 2;
}
