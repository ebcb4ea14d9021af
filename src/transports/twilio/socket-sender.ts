// What the media path sends on a started stream, written to its socket. Media plane.

import type { StreamSid } from '../../actors/ports.js';
import type { MediaSocket } from '../server-contract.js';
import { OutboundWriter } from './outbound-writer.js';
import type { StreamSender } from './stream-sink.js';

/** After the end the socket itself says `dropped`. */
export class SocketSender implements StreamSender {
  readonly #socket: MediaSocket;
  readonly #writer: OutboundWriter;
  readonly #shut: () => void;

  constructor(socket: MediaSocket, streamSid: StreamSid, shut: () => void) {
    this.#socket = socket;
    this.#writer = new OutboundWriter(streamSid);
    this.#shut = shut;
  }

  media(payloadBase64: string): 'sent' | 'backpressure' | 'dropped' {
    return this.#socket.send(this.#writer.media(payloadBase64));
  }

  mark(name: string): 'sent' | 'backpressure' | 'dropped' {
    return this.#socket.send(this.#writer.mark(name));
  }

  clear(): 'sent' | 'backpressure' | 'dropped' {
    return this.#socket.send(this.#writer.clear());
  }

  bufferedBytes(): number {
    return this.#socket.bufferedBytes();
  }

  close(): void {
    this.#shut();
  }
}
