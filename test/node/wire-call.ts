// Twilio's side of a call by hand: webhooks and media stream messages, right or wrong, against a real node.

import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import type { MediaNode } from '../../src/main.js';

export interface Invitation {
  readonly callSid: string;
  readonly url: string;
  readonly token: string;
  readonly resumeUrl: string;
  readonly twiml: string;
}

/** A webhook as Twilio posts it. @returns the TwiML */
export async function post(url: string, form: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ From: '+15550100', To: '+15550199', ...form });
  const response = await fetch(url, { method: 'POST', body });
  return response.text();
}

export const hex = (): string => randomBytes(16).toString('hex');
const SILENCE = Buffer.alloc(160, 0xff).toString('base64');

/** What the node's TwiML asks Twilio to connect to. */
export async function invite(
  node: Pick<MediaNode, 'url'>,
  callSid = `CA${hex()}`,
): Promise<Invitation> {
  const twiml = await post(`${node.url}/twilio/voice`, { CallSid: callSid });
  const url = /<Stream url="([^"]+)"/.exec(twiml)?.[1] ?? '';
  const token = /name="token" value="([^"]+)"/.exec(twiml)?.[1] ?? '';
  const resumeUrl = /<Redirect method="POST">([^<]+)</.exec(twiml)?.[1] ?? '';
  return { callSid, url, token, twiml, resumeUrl: resumeUrl.replaceAll('&amp;', '&') };
}

/** A socket in the hands of a villain. */
export async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('open', resolve));
  return socket;
}

export function begin(socket: WebSocket, callSid: string, token: string): string {
  const streamSid = `MZ${hex()}`;
  socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
  socket.send(
    JSON.stringify({
      event: 'start',
      sequenceNumber: '1',
      streamSid,
      start: {
        streamSid,
        accountSid: `AC${hex()}`,
        callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { token },
      },
    }),
  );
  return streamSid;
}

export const media = (streamSid: string, chunk: number, payload = SILENCE): string =>
  JSON.stringify({
    event: 'media',
    sequenceNumber: String(chunk + 1),
    streamSid,
    media: { track: 'inbound', chunk: String(chunk), timestamp: String(chunk * 20), payload },
  });

export const stop = (streamSid: string, callSid: string): string =>
  JSON.stringify({
    event: 'stop',
    sequenceNumber: '9',
    streamSid,
    stop: { accountSid: `AC${hex()}`, callSid },
  });
