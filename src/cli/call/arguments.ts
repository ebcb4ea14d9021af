// What `ringmaster call` is asked for. Control plane.

import { parseArgs } from 'node:util';
import { RingmasterError } from '../../errors.js';

export interface CallArguments {
  readonly help: boolean;
  /** Where the node is reached: an origin. */
  readonly nodeUrl: string;
  /** What the node calls itself: an origin; the same where nothing else was said. */
  readonly publicUrl: string;
  readonly out: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Bearer token of the node's API. */
  readonly token: string | undefined;
  /** Twilio's auth token, to sign with. */
  readonly authToken: string | undefined;
  readonly files: readonly string[];
}

export const CALL_USAGE = `Usage: ringmaster call [options] [wav...]

Calls a node as Twilio would, with recorded speech for a caller: each WAV file is one turn,
said when the agent has finished. Without files it holds a short conversation of its own.

  --url <origin>         the node (default http://127.0.0.1:8080)
  --out <file>           where the recording goes (default call-<time>.wav)
  --from <number>        the caller's number
  --to <number>          the number that is called
  --token <token>        bearer token of the node's API, for the transcript
  --auth-token <token>   Twilio auth token to sign requests with
  --public-url <origin>  what the node calls itself to Twilio, if not --url
  --help                 this text
`;

const DEFAULT_URL = 'http://127.0.0.1:8080';

function invalid(what: string): RingmasterError {
  return new RingmasterError('ARGUMENTS_INVALID', what);
}

function origin(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw invalid(`--${option} must be like ${DEFAULT_URL}`);
  }
  return url.origin;
}

/** `call-2026-11-20-094512.wav`, in local time. */
function defaultOut(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return `call-${date}-${time}.wav`;
}

/** @throws {RingmasterError} ARGUMENTS_INVALID */
export function parseCallArguments(argv: readonly string[], now = new Date()): CallArguments {
  const text = { type: 'string' } as const;
  const options = {
    url: text,
    out: text,
    from: text,
    to: text,
    token: text,
    'auth-token': text,
    'public-url': text,
    help: { type: 'boolean', short: 'h' },
  } as const;
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'arguments that make no sense');
  }
  const { values, positionals } = parsed;
  const nodeUrl = origin('url', values.url ?? DEFAULT_URL);
  const publicUrl = values['public-url'];
  return {
    help: values.help ?? false,
    nodeUrl,
    publicUrl: publicUrl === undefined ? nodeUrl : origin('public-url', publicUrl),
    out: values.out ?? defaultOut(now),
    from: values.from,
    to: values.to,
    token: values.token,
    authToken: values['auth-token'],
    files: positionals,
  };
}
