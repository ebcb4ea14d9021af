// The OpenAI provider: speech to text, agent and text to speech for OpenAI and compatible servers. Control plane.

import type { SttProvider } from '../../actors/ports.js';
import { createRealtimeStt, type RealtimeSttSettings } from './realtime-stt.js';
import { createUtteranceStt, type UtteranceSttSettings } from './utterance-stt.js';

export { createOpenAiAgent, type AgentSettings as OpenAiAgentSettings } from './agent.js';
export type { RetrySettings } from './attempt.js';
export type { TransferTarget } from './call-tools.js';
export { createOpenAiClient, type OpenAiClient, type OpenAiConnectionSettings } from './client.js';
export type { ToolFailureListener } from './tool-runner.js';
export type { AgentTool, ToolContext } from './tools.js';
export { createOpenAiTts, type TtsSettings as OpenAiTtsSettings } from './tts.js';

/**
 * `realtime`: one WebSocket a call, audio sent while the caller speaks, the least latency.
 * `utterance`: one upload an utterance, for servers that have `/audio/transcriptions` alone.
 */
export type OpenAiSttSettings =
  | ({ readonly mode: 'realtime' } & RealtimeSttSettings)
  | ({ readonly mode: 'utterance' } & UtteranceSttSettings);

export function createOpenAiStt(settings: OpenAiSttSettings): SttProvider {
  return settings.mode === 'realtime' ? createRealtimeStt(settings) : createUtteranceStt(settings);
}
