// What a simulated phone tells: facts with the moment they happened, never a word that was said. Control plane.

import type { StreamWarning } from './server-message.js';
import type { StreamError } from './network.js';

type PhoneFactBody =
  | { readonly type: 'call.answered' }
  /** A TwiML verb began, named in lower case. */
  | { readonly type: 'twiml.began'; readonly verb: string }
  | { readonly type: 'stream.started'; readonly streamSid: string }
  | { readonly type: 'stream.failed'; readonly error: StreamError }
  | {
      readonly type: 'stream.closed';
      readonly streamSid: string;
      readonly by: 'node' | 'phone';
      readonly closeCode: number;
    }
  /** A clip begins or ends; the moments of its voice are facts of their own. */
  | { readonly type: 'caller.started'; readonly clip: string }
  | { readonly type: 'caller.voiceStarted'; readonly clip: string }
  | { readonly type: 'caller.voiceEnded'; readonly clip: string }
  | { readonly type: 'caller.ended'; readonly clip: string }
  /** The first media message on the wire after the agent was silent. */
  | { readonly type: 'agent.arrived' }
  /** The caller begins to hear the agent. */
  | { readonly type: 'agent.started' }
  /** The last moment the agent was heard; told up to 300 ms later. */
  | { readonly type: 'agent.ended' }
  | { readonly type: 'agent.cleared'; readonly droppedMs: number; readonly marks: number }
  | { readonly type: 'mark.received'; readonly name: string }
  | { readonly type: 'mark.echoed'; readonly name: string }
  | { readonly type: 'dtmf.sent' }
  | {
      readonly type: 'protocol.violated';
      readonly code: StreamWarning | 31924;
      readonly reason: string;
    }
  | { readonly type: 'call.ended' };

export type PhoneFact = PhoneFactBody;

/** `atMs`: since the call was answered, on the phone's clock. */
export type PhoneEvent = PhoneFactBody & { readonly atMs: number };

export type PhoneEventType = PhoneEvent['type'];

/** `atMs` is given where the fact lies a little in the past. */
export type TellFact = (fact: PhoneFact, atMs?: number) => void;

export interface Violation {
  /** Twilio's debugger code; 31951 is raised once a stream there, here every message counts. */
  readonly code: StreamWarning | 31924;
  readonly reason: string;
  readonly atMs: number;
}
