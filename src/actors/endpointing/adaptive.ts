// Learns how long this caller's pauses within a turn are, and waits a little longer than most of them. Pure. Control plane.

import type { Milliseconds } from '../ports.js';
import type {
  EndpointingSettings,
  EndpointObservation,
  EndpointState,
  SeenPause,
} from './contract.js';

const PAUSES_KEPT = 16;
/** The pause that all but one in twenty are shorter than, and what is waited above it. */
const QUANTILE = 0.95;
const MARGIN_MS = 50;
/** Pauses of weight 1 that are as good as the base: to wait longer takes few of them, to wait less many. */
const TRUST_LONGER = 0.3;
const TRUST_SHORTER = 8;
/** A pause that was cut off says more than one that was not. */
const CUT_OFF_WEIGHT = 2;
const CUT_OFF_STEP_MS = 60;
/** What a complete turn leaves of older pauses' weight, and of the way down to the base. */
const PAUSE_DECAY = 0.95;
const FLOOR_DECAY = 0.93;
const LEAST_WEIGHT = 0.05;
/** Who has paused oftener than this within the turn is telling something: each pause more adds a share. */
const PAUSED_OFTEN = 2;
const PAUSE_STEP = 0.1;
const MOST_PAUSE_STEPS = 3;

export const INITIAL_STATE: EndpointState = { pauses: [], floorMs: 0 };

/** The pause below which `QUANTILE` of the weight lies. */
function longPauseMs(pauses: readonly SeenPause[], totalWeight: number): Milliseconds {
  const ascending = pauses.toSorted((one, other) => one.silenceMs - other.silenceMs);
  let weight = 0;
  for (const pause of ascending) {
    weight += pause.weight;
    if (weight >= QUANTILE * totalWeight) return pause.silenceMs;
  }
  return ascending.at(-1)?.silenceMs ?? 0;
}

/**
 * Between minMs and maxMs; baseMs while nothing was learnt.
 * @param pausesSoFar within the turn at hand
 */
export function adaptiveMs(
  settings: EndpointingSettings,
  state: EndpointState,
  pausesSoFar: number,
): Milliseconds {
  const { baseMs, minMs, maxMs } = settings;
  const { pauses, floorMs } = state;
  const weight = pauses.reduce((sum, pause) => sum + pause.weight, 0);
  const ownMs = longPauseMs(pauses, weight) + MARGIN_MS;
  const doubt = ownMs > baseMs ? TRUST_LONGER : TRUST_SHORTER;
  const learntMs = baseMs + (weight / (weight + doubt)) * (ownMs - baseMs);
  const often = Math.min(MOST_PAUSE_STEPS, Math.max(0, pausesSoFar - PAUSED_OFTEN));
  return Math.min(maxMs, Math.max(minMs, learntMs, floorMs) * (1 + PAUSE_STEP * often));
}

/**
 * A cut-off makes the next wait longer at once: longer than it was, and than this pause. Pauses
 * between digits say nothing of other turns.
 */
export function learnPauses(
  settings: EndpointingSettings,
  state: EndpointState,
  observation: EndpointObservation,
): EndpointState {
  if (observation.type === 'ended') return decay(settings, state);
  const { type, silenceMs, expectation } = observation;
  const cutOff = type === 'cut-off';
  // What no wait that is allowed could have bridged teaches nothing: the caller had finished.
  if (!(silenceMs >= 0 && silenceMs <= settings.maxMs)) return state;
  const seen: SeenPause = { silenceMs, weight: cutOff ? CUT_OFF_WEIGHT : 1 };
  const pauses =
    expectation === 'digits' ? state.pauses : [...state.pauses, seen].slice(-PAUSES_KEPT);
  if (!cutOff) return { ...state, pauses };
  const longerMs = Math.max(
    adaptiveMs(settings, state, 0) + CUT_OFF_STEP_MS,
    silenceMs + MARGIN_MS,
  );
  return { pauses, floorMs: Math.min(settings.maxMs, longerMs) };
}

function decay({ baseMs }: EndpointingSettings, { pauses, floorMs }: EndpointState): EndpointState {
  const lowerMs = baseMs + (floorMs - baseMs) * FLOOR_DECAY;
  return {
    pauses: pauses
      .map(({ silenceMs, weight }) => ({ silenceMs, weight: weight * PAUSE_DECAY }))
      .filter(({ weight }) => weight >= LEAST_WEIGHT),
    // A floor at the base is none.
    floorMs: lowerMs > baseMs + 1 ? lowerMs : 0,
  };
}
