// Hands the events of a call from child to child, so that the supervisor is only told what it keeps track of. Control plane.
//
// A supervisor of five parallel regions takes ten times as long for an event as a plain callback does, and
// most events mean nothing to it.

import { fromCallback, type AnyActorRef } from 'xstate';
import type { CallEvent, ChildName } from './events.js';

/** Who is told what; a fact or order that is not here is the supervisor's. */
export const ROUTES: Partial<Record<CallEvent['type'], ChildName>> = {
  'speech.started': 'turn',
  'speech.stopped': 'turn',
  'speech.proven': 'turn',
  'turn.predicted': 'turn',
  'dtmf.received': 'turn',
  'playback.started': 'turn',
  'playback.held': 'turn',
  'playback.resumed': 'turn',
  'playback.finished': 'turn',
  'playback.cleared': 'turn',
  'notice.started': 'turn',
  'notice.ended': 'turn',
  'stt.interim': 'turn',
  'stt.final': 'turn',
  'agent.clause': 'turn',
  'agent.expected': 'turn',
  'agent.working': 'turn',
  'agent.done': 'turn',
  'tts.said': 'turn',
  'tts.done': 'turn',
  'child.restarted': 'turn',
  'line.resumed': 'turn',
  'stt.finish': 'stt',
  'stt.expect': 'stt',
  'agent.reply': 'agent',
  'agent.commit': 'agent',
  'agent.abort': 'agent',
  'tts.say': 'tts',
  'tts.end': 'tts',
  'tts.stop': 'tts',
  'tts.prepare': 'tts',
  'tts.forget': 'tts',
  'tts.finish': 'tts',
  'line.clear': 'transport',
  'line.hold': 'transport',
  'line.resume': 'transport',
};

/** Told by way of the supervisor, which notes something of each. */
const NOTED: ReadonlySet<CallEvent['type']> = new Set([
  'playback.started',
  'playback.finished',
  'playback.cleared',
  'speech.started',
  'speech.stopped',
  'stt.final',
  'stt.expect',
] as const);

/** What the children know as their supervisor. */
export const exchange = fromCallback<CallEvent, { readonly root: AnyActorRef }>(
  ({ input: { root }, receive }) => {
    receive((event) => {
      const route = NOTED.has(event.type) ? undefined : ROUTES[event.type];
      const { children } = root.getSnapshot() as { children: Record<string, AnyActorRef> };
      // A child in backoff has no ears: the supervisor knows what is to become of the event.
      const child = route && children[route];
      (child ?? root).send(event);
    });
  },
);
