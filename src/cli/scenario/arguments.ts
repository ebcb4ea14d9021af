// What `ringmaster scenario` is asked for. Control plane.

import { parseArgs } from 'node:util';
import { RingmasterError } from '../../errors.js';
import { DEFAULT_PARALLEL } from '../../scenario/run-scenarios.js';

export interface ScenarioArguments {
  readonly help: boolean;
  readonly files: readonly string[];
  readonly parallel: number;
  readonly json: boolean;
  readonly verbose: boolean;
  /** Only scenarios with this in their name. */
  readonly only: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly authToken: string | undefined;
}

export const SCENARIO_USAGE = `Usage: ringmaster scenario [options] FILE...

Holds the calls that scenario files describe and says which went as expected. The format:
docs/scenarios.md. Exit code 0: all passed; 1: one failed; 2: a file or an argument is wrong.

  --parallel <n>         calls at the same time (default ${DEFAULT_PARALLEL})
  --only <text>          scenarios with this in their name
  --url <origin>         call a running node instead; then only the caller is scripted
  --token <token>        bearer token of that node's API, for the call records
  --auth-token <token>   Twilio auth token to sign requests with
  --verbose              the time line of every call, not of failed ones alone
  --json                 one JSON document instead of text
  --help                 this text
`;

function invalid(what: string): RingmasterError {
  return new RingmasterError('ARGUMENTS_INVALID', what);
}

/** @throws {RingmasterError} ARGUMENTS_INVALID */
export function parseScenarioArguments(argv: readonly string[]): ScenarioArguments {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      strict: true,
      options: {
        parallel: text,
        only: text,
        url: text,
        token: text,
        'auth-token': text,
        verbose: flag,
        json: flag,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'arguments that make no sense');
  }
  const { values, positionals } = parsed;
  const help = values.help ?? false;
  const parallel = Number(values.parallel ?? DEFAULT_PARALLEL);
  if (!Number.isInteger(parallel) || parallel < 1 || parallel > 200) {
    throw invalid('--parallel must be a whole number from 1 to 200');
  }
  if (values.url !== undefined && !/^https?:\/\//.test(values.url)) {
    throw invalid('--url must be like http://127.0.0.1:8080');
  }
  if (!help && positionals.length === 0) throw invalid('which scenario? Give at least one file');
  return {
    help,
    files: positionals,
    parallel,
    json: values.json ?? false,
    verbose: values.verbose ?? false,
    only: values.only,
    url: values.url === undefined ? undefined : new URL(values.url).origin,
    token: values.token,
    authToken: values['auth-token'],
  };
}
