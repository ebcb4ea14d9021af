// Which engines a node runs on, and why: from the config to providers. Control plane.

import type { AgentProvider, SttProvider, TtsProvider } from './actors/ports.js';
import type { Config } from './config.js';
import {
  createLocalStt,
  createLocalTts,
  createReceptionist,
  loadIntents,
} from './providers/local/index.js';
import {
  createOpenAiAgent,
  createOpenAiClient,
  createOpenAiStt,
  createOpenAiTts,
} from './providers/openai/index.js';
import {
  createScriptedAgent,
  createScriptedStt,
  createScriptedTts,
} from './providers/scripted/index.js';

export type Engine = 'local' | 'openai' | 'scripted';

export interface Providers {
  readonly stt: SttProvider;
  readonly tts: TtsProvider;
  readonly agent: AgentProvider;
}

/** For the start-up message: what runs, and why this one. */
export interface Choice {
  readonly role: 'speech to text' | 'agent' | 'text to speech';
  readonly engine: Engine;
  readonly reason: string;
}

const ROLES = { stt: 'speech to text', agent: 'agent', tts: 'text to speech' } as const;

const VARIABLE = {
  stt: 'RINGMASTER_STT',
  agent: 'RINGMASTER_AGENT',
  tts: 'RINGMASTER_TTS',
} as const;

/** What is configured wins; else OpenAI where there is a key or a server, else local. */
function choose(role: keyof typeof ROLES, config: Config): Choice {
  const configured = config.providers[role];
  if (configured) {
    return { role: ROLES[role], engine: configured, reason: `${VARIABLE[role]} says so` };
  }
  const { apiKey, baseUrl } = config.openai;
  if (apiKey || baseUrl) {
    const reason = `${apiKey ? 'OPENAI_API_KEY' : 'OPENAI_BASE_URL'} is set`;
    return { role: ROLES[role], engine: 'openai', reason };
  }
  return { role: ROLES[role], engine: 'local', reason: 'no OPENAI_API_KEY is set' };
}
