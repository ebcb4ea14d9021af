// The public API: what a user of the library imports to run a node, extend it, and test their own agents. Control plane.

export { agentMachine, type AgentChildInput } from './actors/agent.js';
export { callMachine, type CallInput, type CallSettings } from './actors/call.js';
export type {
  AgentFact,
  AgentOrder,
  CallEvent,
  Fact,
  Order,
  SttFact,
  SttOrder,
  Supervisor,
  TtsFact,
  TtsOrder,
} from './actors/events.js';
export type * from './actors/ports.js';
export { sttMachine, type SttInput } from './actors/stt.js';
export { DEFAULT_RESTART_POLICY, type RestartPolicy } from './actors/supervision.js';
export { transportMachine, type TransportInput } from './actors/transport.js';
export { ttsMachine, type TtsInput } from './actors/tts.js';
export type { TurnInput, TurnSettings } from './actors/turn-context.js';
export { turnMachine } from './actors/turn.js';
export {
  agentFromReply,
  type AgentFromReplyOptions,
  type Reply,
  type ReplyRequest,
} from './agents/agent-from-reply.js';
export { loadConfig, type Config } from './config.js';
export { ERROR_MEANINGS, RingmasterError, type ErrorCode } from './errors.js';
export {
  createOpenAiAgent,
  createOpenAiClient,
  createOpenAiStt,
  createOpenAiTts,
  type AgentTool,
  type OpenAiAgentSettings,
  type OpenAiClient,
  type OpenAiConnectionSettings,
  type OpenAiSttSettings,
  type OpenAiTtsSettings,
  type RetrySettings,
  type ToolContext,
  type ToolFailureListener,
  type TransferTarget,
} from './providers/openai/index.js';
export { startNode, type MediaNode, type NodeOptions, type NodeStats } from './main.js';
