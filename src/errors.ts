// Coded errors of every room. Both planes; media code counts instead of throwing once a call runs.

/** Every stable error code, with what it means. Codes never change their meaning. */
export const ERROR_MEANINGS = {
  CONFIG_INVALID: 'One or more settings are invalid; the message lists all of them.',
  PORT_IN_USE: 'Another process listens on the configured address.',
  AUDIO_BUFFER_TOO_SMALL: 'A caller-supplied buffer cannot hold the result.',
  AUDIO_RATE_UNSUPPORTED: 'A sample rate that the resampler has no filter for.',
  WAV_INVALID: 'A file is not a WAV file that can be read.',
  WAV_NOT_FOUND: 'A WAV file that should be played is not there or may not be read.',
  WAV_NOT_WRITABLE: 'A recording cannot be written where it was asked for.',
  DSP_POOL_FULL: 'No free audio slot: the node is at its capacity of calls.',
  DSP_WORKER_FAILED: 'An audio worker died or failed a task.',
  DSP_MODEL_MISSING: 'A model file that an installed package should carry is not there.',
  DSP_MODEL_INVALID: 'A model file is damaged or not the model that this program computes.',
  DSP_KERNEL_MISSING: 'A compiled kernel is not there: the build did not make it.',
  DSP_MODEL_NOT_FOUND: 'A model file that the settings name is not there or may not be read.',
  STREAM_MESSAGE_INVALID: 'A media stream message is not what the protocol allows.',
  STREAM_MESSAGE_TOO_LARGE: 'A media stream message is above the size limit.',
  STREAM_BINARY: 'A binary WebSocket frame where only text is allowed.',
  STREAM_START_MISSING: 'No start message within the time allowed.',
  STREAM_START_DUPLICATE: 'A second start message on the same socket.',
  STREAM_MEDIA_EARLY: 'A media message before start.',
  STREAM_FORMAT_UNSUPPORTED: 'A stream that is not 8 kHz mono G.711 mu-law.',
  STREAM_TOKEN_INVALID: 'The stream token is missing, forged, expired, used or of another call.',
  STREAM_CALL_DUPLICATE: 'A newer media stream of the same call took the place of this one.',
  STREAM_CALL_ENDED: 'A media stream for a call that has ended: Twilio is told so when it asks.',
  STREAM_IDLE: 'Nothing was received on a media stream for too long.',
  SIGNATURE_INVALID: 'The X-Twilio-Signature header is missing or wrong.',
  NOT_LOOPBACK:
    'Without a secret configured only callers of this machine are served, and nobody where a public URL is set.',
  ORIGIN_FOREIGN: 'A web page of another origin sent the request.',
  FORM_INVALID: 'The form of a webhook has too many or too long fields, or is no form.',
  UNAUTHORIZED: 'The bearer token is missing or wrong.',
  TOO_MANY_CONNECTIONS: 'Too many sockets of one address without a started stream.',
  NODE_DRAINING: 'The node is stopping and takes no new calls.',
  NODE_FULL: 'The node is at its limit of concurrent calls.',
  NODE_OVERLOADED: 'The node has all the calls that it can serve well just now.',
  CLOSE_TIMEOUT: 'A part of the node did not close in time and was left behind.',
  STORE_FAILED: 'The store of call records failed; the cause is in the log.',
  STORE_TIMEOUT: 'The store of call records did not answer in time.',
  CALL_NOT_FOUND: 'No call with this CallSid is known to this node.',
  REQUEST_INVALID: 'An HTTP request lacks a field or has a wrong one.',
  BODIES_TOO_LARGE: 'The bodies of all requests that are being read are above the limit.',
  REQUEST_TIMEOUT: 'An HTTP request was not complete in time.',
  CONNECTIONS_EXCEEDED:
    'The node is at its limit of connections; the longest waiting one was closed.',
  DESCRIPTORS_EXHAUSTED:
    'The process has no file descriptor left; new connections are turned away.',
  REQUEST_TOO_LARGE: 'The body of an HTTP request is above the size limit.',
  CONTENT_TYPE_UNSUPPORTED:
    'The body of an HTTP request is of a type that this route does not take.',
  METHOD_NOT_ALLOWED: 'This route exists, but not with this HTTP method.',
  ROUTE_NOT_FOUND: 'There is nothing at this path.',
  NODE_STARTING: 'The node is still warming up and takes no calls yet.',
  INTERNAL_ERROR: 'The node failed to answer; the cause is in its log.',
  PROVIDER_FAILED: 'A speech or language provider reported an error.',
  PROVIDER_TIMEOUT: 'A speech or language provider did not answer in time.',
  PROVIDER_PROTOCOL: 'A provider answered with something that makes no sense.',
  PROVIDER_AUTH: 'A provider refused the credentials.',
  PROVIDER_RATE_LIMITED: 'A provider limits the rate of requests.',
  PROVIDER_UNAVAILABLE: 'A provider failed repeatedly and is not asked for a moment.',
  TTS_OUTPUT_TOO_LONG: 'A text-to-speech engine gave far more audio than the text can need.',
  TOOL_FAILED: 'A tool of the agent failed or hung.',
  INTENTS_INVALID: 'The intents file of the local agent is invalid.',
  SCENARIO_FAILED: 'A simulated call did not go as expected.',
  SCENARIO_INVALID: 'A scenario file is not one; the message lists all that is wrong with it.',
  PHONE_PROTOCOL: 'The node under test broke the media stream protocol.',
  PHONE_NODE_UNREACHABLE: 'Nothing answers at the address that the simulated phone calls.',
  PHONE_WEBHOOK_FAILED: 'The voice webhook did not answer the simulated phone with a document.',
  PHONE_TWIML_INVALID: 'The voice webhook answered with TwiML that Twilio would not run.',
  PHONE_CALL_REJECTED: 'The node rejected the simulated call.',
  PHONE_STREAM_REFUSED: 'The media stream of a simulated call could not be opened.',
  ARGUMENTS_INVALID: 'A command was given arguments that it does not know.',
} as const;

export type ErrorCode = keyof typeof ERROR_MEANINGS;

export interface ErrorDetails {
  readonly cause?: unknown;
  readonly retryable?: boolean | undefined;
  readonly status?: number | undefined;
  readonly engine?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * The one error class of the project. `message` names what was wrong; it never holds audio,
 * transcripts, digits, telephone numbers or secrets.
 */
export class RingmasterError extends Error {
  override readonly name = 'RingmasterError';
  readonly code: ErrorCode;
  /** True where the same request may succeed later without any change. */
  readonly retryable: boolean;
  /** HTTP status of a server's answer, where one came. */
  readonly status: number | undefined;
  /** Name of the engine that failed, where another one than the child's own provider did. */
  readonly engine: string | undefined;
  /** How long the server asked to be left alone, where it did. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorDetails = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.status = options.status;
    this.engine = options.engine;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const NO_ERROR = 'a value that is not an Error was thrown';

/** Any thrown value as a coded error; an uncoded one keeps its cause under `fallback`. */
export function toRingmasterError(thrown: unknown, fallback: ErrorCode): RingmasterError {
  try {
    if (thrown instanceof RingmasterError) return thrown;
    const text = thrown instanceof Error ? thrown.message : NO_ERROR;
    return new RingmasterError(fallback, text, { cause: thrown });
  } catch {
    // A getter or a proxy that throws.
    return new RingmasterError(fallback, NO_ERROR);
  }
}
