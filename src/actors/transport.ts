// The transport child: the call's line as an actor. Facts of the line go up, orders to it come down. Control plane.

import { fromCallback, sendTo, setup } from 'xstate';
import { toRingmasterError } from '../errors.js';
import type { ChildFailed, LineOrder, Supervisor } from './events.js';
import type { Line, LineEvent } from './ports.js';

export interface TransportInput {
  readonly supervisor: Supervisor;
  readonly line: Line;
}

type LinkEvent = LineEvent | ChildFailed;

/** Subscribes to the line for as long as the actor lives. */
const link = fromCallback<LineOrder, { line: Line }, LinkEvent>(({ input, receive, sendBack }) => {
  const { line } = input;
  // A throw inside `receive` would leave the subscription behind: catch, report, let the exit dispose.
  receive((order) => {
    try {
      switch (order.type) {
        case 'line.clear':
          sendBack({ type: 'playback.cleared', ...line.clear() });
          break;
        // The line itself tells what came of these, where anything did.
        case 'line.hold':
          line.hold();
          break;
        case 'line.resume':
          line.resume(order.at);
          break;
      }
    } catch (thrown) {
      const error = toRingmasterError(thrown, 'PROVIDER_FAILED');
      sendBack({ type: 'child.failed', child: 'transport', error });
    }
  });
  return line.subscribe((event) => sendBack(event));
});

/** Lives until the supervisor stops it, which is who hangs up. */
export const transportMachine = setup({
  types: {
    context: {} as TransportInput,
    input: {} as TransportInput,
    events: {} as LinkEvent | LineOrder,
  },
  actors: { link },
  actions: {
    tellSupervisor: sendTo(
      ({ context }) => context.supervisor,
      ({ event }) => event as LinkEvent,
    ),
  },
}).createMachine({
  id: 'transport',
  context: ({ input }) => input,
  invoke: { src: 'link', id: 'link', input: ({ context }) => ({ line: context.line }) },
  on: {
    'line.*': { actions: sendTo('link', ({ event }) => event) },
    'playback.*': { actions: 'tellSupervisor' },
    'notice.*': { actions: 'tellSupervisor' },
    'speech.*': { actions: 'tellSupervisor' },
    'turn.predicted': { actions: 'tellSupervisor' },
    'dtmf.received': { actions: 'tellSupervisor' },
    'call.stopped': { actions: 'tellSupervisor' },
    'child.failed': { actions: 'tellSupervisor' },
  },
});
