// What a stream's start message says of its call, and whether its audio is a telephone's. Media plane.

import type { AnsweredBy, CallInfo } from '../../actors/ports.js';
import { LINE_RATE_HZ } from '../../dsp/frame.js';
import type { StartMessage } from './media-stream-messages.js';
import { NODE_PARAMETERS } from './stream-parameters.js';

const ANSWERED_BY: readonly AnsweredBy[] = [
  'human',
  'machine_start',
  'machine_end_beep',
  'machine_end_silence',
  'machine_end_other',
  'fax',
  'unknown',
];

/** G.711 mu-law, 8 kHz, mono, with the caller's track: all that a two-way stream can be. */
export function isTelephoneAudio({ mediaFormat, tracks }: StartMessage): boolean {
  const { encoding, sampleRateHz, channels } = mediaFormat;
  return (
    encoding === 'audio/x-mulaw' &&
    sampleRateHz === LINE_RATE_HZ &&
    channels === 1 &&
    (tracks.length === 0 || tracks.includes('inbound'))
  );
}

/** What is known of the call, and the token that was its parameter. */
export function callOf(message: StartMessage): { call: CallInfo; token: string | undefined } {
  const {
    [NODE_PARAMETERS.token]: token,
    [NODE_PARAMETERS.from]: from,
    [NODE_PARAMETERS.to]: to,
    [NODE_PARAMETERS.answeredBy]: said,
    ...parameters
  } = message.parameters;
  const answeredBy = ANSWERED_BY.find((each) => each === said);
  const call: CallInfo = {
    callSid: message.callSid,
    streamSid: message.streamSid,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(answeredBy === undefined ? {} : { answeredBy }),
    parameters,
  };
  return { call, token };
}
