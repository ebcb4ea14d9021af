// A sound that was taken for nothing is forgotten, but should words come of it after all, they count. Pure. Control plane.

import type { TurnContext } from './turn-context.js';

/** More finals are not waited for at a time: the line keeps as many utterances. */
const MAX_DOUBTED = 8;

export const doubt = ({ doubted }: TurnContext, awaited: readonly number[]): readonly number[] =>
  [...doubted, ...awaited].slice(-MAX_DOUBTED);

/** What is left when all that came over the agent was nothing. */
export const takenForNothing = (context: TurnContext) => ({
  held: undefined,
  heard: [],
  awaited: [],
  doubted: doubt(context, context.awaited),
  interims: [],
  turnLevelDbfs: undefined,
  timing: {},
});
