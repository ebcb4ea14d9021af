// Waits for the same silence whatever happens. Pure. Control plane.

import type { Milliseconds } from '../ports.js';
import type { EndpointingSettings } from './contract.js';

export const fixedSilenceMs = ({ baseMs }: EndpointingSettings): Milliseconds => baseMs;
