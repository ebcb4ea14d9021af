// The local provider: speech and a receptionist without a key, a network or a download. Control plane.

export type { FliteVoice } from './flite.js';
export {
  loadIntents,
  type Intent,
  type IntentAction,
  type Intents,
  type IntentsFile,
} from './intents.js';
export { createReceptionist, type ReceptionistOptions } from './receptionist.js';
export { createLocalStt, type LocalSttOptions } from './stt.js';
export { createLocalTts, type LocalTtsOptions } from './tts.js';
