// Waits longer where the words ask for more, less where they are complete. Pure. Control plane.

import type { Milliseconds } from '../ports.js';
import { textCompleteness } from './completeness.js';
import type { EndpointingSettings, EndpointView } from './contract.js';

/** Of the base. A complete sentence is often not the last one: little is taken off. */
const COMPLETE_FACTOR = 0.94;
const OPEN_FACTOR = 2.2;

/** @returns undefined where the words say nothing */
export function textAwareMs(
  settings: EndpointingSettings,
  view: EndpointView,
  baseMs: Milliseconds,
): Milliseconds | undefined {
  switch (textCompleteness(view, settings.language)) {
    case 'open':
      return baseMs * OPEN_FACTOR;
    case 'complete':
      return baseMs * COMPLETE_FACTOR;
    case undefined:
      return undefined;
  }
}
