// `ringmaster call`: calls a node as Twilio would and shows the conversation. Control plane.

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LINE_RATE_HZ } from '../dsp/frame.js';
import { RingmasterError, toRingmasterError, type ErrorCode } from '../errors.js';
import { placeCall, WavWriter, type CallReport } from '../phone/index.js';
import { CALL_USAGE, parseCallArguments, type CallArguments } from './call/arguments.js';
import { conversation, loadTurns } from './call/conversation.js';
import { LiveView } from './call/live-view.js';
import { CallScreen } from './call/screen.js';
import { summary } from './call/summary.js';
import { Transcript } from './call/transcript.js';
import type { CommandIo } from './command-io.js';

const VOICE_PATH = '/twilio/voice';
const TIME_LIMIT_MS = 3_600_000;

/** What to do about an error, where that can be said. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  PHONE_NODE_UNREACHABLE: 'Is the node running? Start it with: npm start',
  PHONE_WEBHOOK_FAILED:
    'If the node checks Twilio signatures, give it --auth-token and, behind a public name, --public-url.',
  PHONE_STREAM_REFUSED:
    'The node answered the call but not its media stream: its log says why. Signatures need --auth-token.',
  ARGUMENTS_INVALID: 'See: ringmaster call --help',
};

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

async function checkWritable(path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory() === true) {
    throw new RingmasterError('WAV_NOT_WRITABLE', `${path} is a folder`);
  }
  try {
    await access(existing === undefined ? dirname(path) : path, constants.W_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new RingmasterError('WAV_NOT_WRITABLE', `${path} cannot be written (${code})`, { cause });
  }
}

/** Ctrl-C hangs up; a second one breaks the line. */
function hangUpOnInterrupt(
  io: CommandIo,
  call: { hangUp(): void; drop(): void },
): { readonly interrupted: () => boolean; readonly end: () => void } {
  let count = 0;
  const end = io.onInterrupt(() => {
    count += 1;
    if (count === 1) call.hangUp();
    else call.drop();
  });
  return { interrupted: () => count > 0, end };
}

function throwRejection(report: CallReport): void {
  if (report.outcome !== 'rejected') return;
  const reason = report.rejectReason ?? 'no reason given';
  throw new RingmasterError('PHONE_CALL_REJECTED', `the node rejected the call (${reason})`);
}

async function holdCall(
  settings: CallArguments,
  io: CommandIo,
  screen: CallScreen,
): Promise<number> {
  const turns = await loadTurns(settings.files);
  await checkWritable(settings.out);
  const { nodeUrl, publicUrl, token } = settings;
  const recording = new WavWriter(settings.out, LINE_RATE_HZ);
  screen.line(`Calling ${nodeUrl}`);
  const call = placeCall({
    webhookUrl: `${publicUrl}${VOICE_PATH}`,
    connectTo: publicUrl === nodeUrl ? undefined : nodeUrl,
    from: settings.from,
    to: settings.to,
    authToken: settings.authToken,
    recording,
    timeLimitMs: TIME_LIMIT_MS,
    script: conversation(turns, (note) => screen.line(screen.paint(note, 'warning'))),
  });
  const view = new LiveView(
    screen,
    call,
    turns.map(({ clip }) => clip),
  );
  const transcript = new Transcript({
    nodeUrl,
    callSid: call.callSid,
    token,
    onTurn: (turn) => view.turn(turn),
    onUnavailable: (why) => view.withoutWords(why),
  });
  const interrupt = hangUpOnInterrupt(io, call);
  try {
    call.onEvent(({ type }) => {
      if (type === 'stream.started') transcript.start();
    });
    const report = await call.finished;
    throwRejection(report);
    await transcript.finish();
    view.stop();
    screen.line();
    for (const line of summary(report, transcript.record)) screen.line(line);
    if (recording.started) {
      screen.line(`Recording: ${settings.out} (stereo: caller left, agent right)`);
    }
    return interrupt.interrupted() ? EXIT_INTERRUPTED : 0;
  } finally {
    interrupt.end();
    view.stop();
    await transcript.finish();
  }
}

/**
 * Run the command.
 * @param argv what follows `ringmaster call`
 * @returns the exit code: 0 when the call was held, 1 when it failed, 2 for wrong arguments, 130
 *   after Ctrl-C. Errors are written to `io.stderr`, with their code.
 */
export async function runCall(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const settings = parseCallArguments(argv);
    if (settings.help) {
      io.stdout.write(CALL_USAGE);
      return 0;
    }
    return await holdCall(settings, io, new CallScreen(io.stdout));
  } catch (thrown) {
    const { code, message } = toRingmasterError(thrown, 'SCENARIO_FAILED');
    io.stderr.write(`${code}: ${message}\n`);
    const advice = ADVICE[code];
    if (advice !== undefined) io.stderr.write(`${advice}\n`);
    return code === 'ARGUMENTS_INVALID' ? EXIT_USAGE : EXIT_FAILED;
  }
}
