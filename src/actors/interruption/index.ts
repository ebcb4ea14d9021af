// Who speaks beside the agent, and what for. Control plane.

export {
  classifyInterruption,
  DEFAULT_INTERRUPTION,
  longestHoldMs,
  type HeldVoice,
  type InterruptionSettings,
  type InterruptionVerdict,
} from './classify.js';
export { learnUsualLevel } from './usual-level.js';
