// The messages of OpenAI's realtime transcription WebSocket (GA shape). Control plane.

import { asObject, asString, parseJson, type JsonObject } from './json.js';

/** The wire audio: G.711 mu-law, 8000 Hz, one byte a sample. */
const LINE_FORMAT = 'audio/pcmu';

export interface TranscriptionOptions {
  readonly model: string;
  readonly language?: string | undefined;
  readonly prompt?: string | undefined;
}

/** What the server tells, as far as transcription goes. */
export type RealtimeEvent =
  | { readonly type: 'configured'; readonly problem: string | undefined }
  | { readonly type: 'committed'; readonly itemId: string }
  | { readonly type: 'delta'; readonly itemId: string; readonly text: string }
  | { readonly type: 'completed'; readonly itemId: string; readonly transcript: string }
  | { readonly type: 'item-failed'; readonly itemId: string; readonly error: JsonObject }
  | { readonly type: 'error'; readonly eventId: string | undefined; readonly error: JsonObject }
  | { readonly type: 'other' };

/**
 * The whole session: turn detection is off, since the node's own VAD decides, and so is noise
 * reduction unless asked for, since the audio is clean already.
 */
export function sessionUpdate(
  transcription: TranscriptionOptions,
  noiseReduction: 'near_field' | 'far_field' | null,
): string {
  const input = {
    format: { type: LINE_FORMAT },
    noise_reduction: noiseReduction === null ? null : { type: noiseReduction },
    transcription: wireTranscription(transcription),
    turn_detection: null,
  };
  return JSON.stringify({
    type: 'session.update',
    event_id: 'session',
    session: { type: 'transcription', audio: { input } },
  });
}

/** A change of the transcription alone; fields left out keep their values. */
export function transcriptionUpdate(transcription: TranscriptionOptions): string {
  return JSON.stringify({
    type: 'session.update',
    event_id: 'prompt',
    session: {
      type: 'transcription',
      audio: { input: { transcription: wireTranscription(transcription) } },
    },
  });
}

/** @param audio base64 of mu-law bytes */
export function appendAudio(audio: string): string {
  return `{"type":"input_audio_buffer.append","audio":"${audio}"}`;
}

export function commitAudio(utteranceId: number): string {
  return `{"type":"input_audio_buffer.commit","event_id":"commit-${utteranceId}"}`;
}

/** The utterance of a commit's event id, or undefined where it is another event's. */
export function committedUtterance(eventId: string | undefined): number | undefined {
  const digits = /^commit-(\d+)$/.exec(eventId ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** @returns undefined where the text is not an event at all */
export function parseRealtimeEvent(text: string): RealtimeEvent | undefined {
  const event = asObject(parseJson(text));
  const type = asString(event?.['type']);
  if (event === undefined || type === undefined) return undefined;
  const itemId = asString(event['item_id']);
  switch (type) {
    case 'session.updated':
      return { type: 'configured', problem: sessionProblem(asObject(event['session'])) };
    case 'error':
      return {
        type: 'error',
        eventId: asString(asObject(event['error'])?.['event_id']),
        error: asObject(event['error']) ?? {},
      };
    case 'input_audio_buffer.committed':
      return itemId === undefined ? undefined : { type: 'committed', itemId };
    case 'conversation.item.input_audio_transcription.delta':
      if (itemId === undefined) return undefined;
      return { type: 'delta', itemId, text: asString(event['delta']) ?? '' };
    case 'conversation.item.input_audio_transcription.completed': {
      const transcript = asString(event['transcript']);
      if (itemId === undefined || transcript === undefined) return undefined;
      return { type: 'completed', itemId, transcript };
    }
    case 'conversation.item.input_audio_transcription.failed':
      if (itemId === undefined) return undefined;
      return { type: 'item-failed', itemId, error: asObject(event['error']) ?? {} };
    default:
      return { type: 'other' };
  }
}

function wireTranscription(options: TranscriptionOptions): object {
  return {
    model: options.model,
    ...(options.language !== undefined && { language: options.language }),
    ...(options.prompt !== undefined && { prompt: options.prompt }),
  };
}

/** A server that took other settings than ours would hear noise, or cut turns on its own. */
function sessionProblem(session: JsonObject | undefined): string | undefined {
  const input = asObject(asObject(session?.['audio'])?.['input']);
  const format = asString(asObject(input?.['format'])?.['type']);
  if (format !== undefined && format !== LINE_FORMAT)
    return 'the server does not take mu-law audio';
  if (asObject(input?.['turn_detection']) !== undefined) {
    return 'the server keeps its own turn detection';
  }
  return undefined;
}
