// What webhook and stream agree on: the stream's path and the node's own parameters. Control plane.

/** Where Twilio connects the media stream to. */
export const STREAM_PATH = '/twilio/media';

/** The `<Parameter>`s that are the node's own; the session takes them out of `CallInfo.parameters`. */
export const NODE_PARAMETERS = {
  token: 'token',
  from: 'from',
  to: 'to',
  answeredBy: 'answeredBy',
} as const;
