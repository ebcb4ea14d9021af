// The turn machine's vocabulary: all delays, guards and actions under the names that its states use. Control plane.

import { turnBase } from './turn-base.js';
import { callerActions } from './turn-caller.js';
import { commitActions } from './turn-commit.js';
import { turnDelays } from './turn-delays.js';
import { draftActions } from './turn-draft.js';
import { turnGuards } from './turn-guards.js';
import { replyActions } from './turn-reply.js';
import { waitActions } from './turn-wait.js';
import { yieldActions } from './turn-yield.js';

export const turnSetup = turnBase.extend({
  delays: turnDelays,
  guards: turnGuards,
  actions: {
    ...replyActions,
    ...draftActions,
    ...yieldActions,
    ...callerActions,
    ...commitActions,
    ...waitActions,
  },
});
