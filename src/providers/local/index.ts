// The local provider: speech and a receptionist without a key, a network or a download. Control plane.

export type { FliteVoice } from './flite.js';
export { loadIntents, type Intents } from './intents.js';
export { createReceptionist } from './receptionist.js';
export { createLocalStt } from './stt.js';
export { createLocalTts } from './tts.js';
