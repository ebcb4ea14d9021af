// The local provider: speech and a receptionist without a key, a network or a download. Control plane.

export type { FliteVoice } from './flite.js';
export { createLocalTts, type LocalTtsOptions } from './tts.js';
