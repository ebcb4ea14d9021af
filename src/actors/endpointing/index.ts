// Has the caller finished, or is it a pause? How long to wait before deciding. Pure. Control plane.

import { RingmasterError } from '../../errors.js';
import type { Milliseconds } from '../ports.js';
import { adaptiveMs, INITIAL_STATE, learnPauses } from './adaptive.js';
import { combineMs } from './combine.js';
import type { Endpointing, EndpointingSettings, EndpointState, EndpointView } from './contract.js';
import { fixedSilenceMs } from './fixed-silence.js';
import { textAwareMs } from './text-aware.js';
import { turnModelMs } from './turn-model.js';

export {
  DEFAULT_ENDPOINTING,
  type Endpointing,
  type EndpointingSettings,
  type EndpointObservation,
  type EndpointState,
  type EndpointStrategyName,
  type EndpointView,
} from './contract.js';

/**
 * Stateless itself: one serves all calls, each with a state of its own.
 * @throws {RingmasterError} CONFIG_INVALID where minMs <= baseMs <= maxMs and hangoverMs <= maxMs do not hold
 */
export function createEndpointing(settings: EndpointingSettings): Endpointing {
  const { baseMs, minMs, maxMs, hangoverMs } = settings;
  if (!(minMs >= 0 && minMs <= baseMs && baseMs <= maxMs && hangoverMs <= maxMs)) {
    throw new RingmasterError(
      'CONFIG_INVALID',
      'endpointing: minMs, baseMs and maxMs must increase, and hangoverMs must not be above maxMs',
    );
  }
  const leastMs = Math.max(minMs, hangoverMs);
  return {
    initial: () => INITIAL_STATE,
    delayMs: (state, view) => {
      const silenceMs = baseFor(settings, state, view);
      const proposals = settings.strategies.map((strategy) => {
        if (strategy === 'text') return textAwareMs(settings, view, silenceMs);
        return strategy === 'model' ? turnModelMs(view, silenceMs) : undefined;
      });
      const delayMs = combineMs(silenceMs, proposals);
      return Math.round(Math.min(maxMs, Math.max(leastMs, delayMs)));
    },
    learn: (state, observation) => learnPauses(settings, state, observation),
  };
}

/** What the silence alone says. */
function baseFor(
  settings: EndpointingSettings,
  state: EndpointState,
  view: EndpointView,
): Milliseconds {
  const { strategies, digitsMs } = settings;
  const adapts = strategies.includes('adaptive');
  const fixedMs = !adapts || strategies.includes('fixed') ? fixedSilenceMs(settings) : 0;
  const silenceMs = Math.max(fixedMs, adapts ? adaptiveMs(settings, state, view.pausesSoFar) : 0);
  return view.expectation === 'digits' ? Math.max(silenceMs, digitsMs) : silenceMs;
}
