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
  type OpenAiClient,
} from './providers/openai/index.js';
import { createScriptedAgent } from './providers/scripted/agent.js';
import { createScriptedStt } from './providers/scripted/stt.js';
import { createScriptedTts } from './providers/scripted/tts.js';

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

/** Benchmarks count what the node adds, so that scripted words are few and of one length. */
const SCRIPTED_TEXTS = ['what are your opening hours', 'where are you', 'thank you'];
const SCRIPTED_ANSWERS = [
  'Thank you for calling. We are open from nine to five on weekdays.',
  'You find us in the high street, right beside the station.',
  'Of course. Is there anything else that I can do for you?',
];

const DEFAULT_INSTRUCTIONS =
  'You are the receptionist of a small company. Answer the caller briefly and kindly. ' +
  'Say so when you do not know something. End the call when the caller says goodbye.';

/** One client for all three roles, made when the first asks for it. */
function lazyClient({ apiKey, baseUrl }: Config['openai']): () => OpenAiClient {
  let client: OpenAiClient | undefined;
  return () =>
    (client ??= createOpenAiClient({ ...(apiKey && { apiKey }), ...(baseUrl && { baseUrl }) }));
}

function createStt(engine: Engine, config: Config, client: () => OpenAiClient): SttProvider {
  const { openai, local, scripted, providers } = config;
  switch (engine) {
    case 'local':
      return createLocalStt({ workers: local.sttWorkers, intents: loadIntents(local.intentsFile) });
    case 'openai':
      return createOpenAiStt({
        // Compatible servers seldom have the realtime endpoint.
        mode: openai.sttMode ?? (openai.baseUrl ? 'utterance' : 'realtime'),
        client: client(),
        model: openai.sttModel,
        language: openai.language,
        finalTimeoutMs: providers.sttTimeoutMs,
      });
    case 'scripted':
      return createScriptedStt({ texts: SCRIPTED_TEXTS, delayMs: scripted.sttDelayMs });
  }
}

function createAgent(engine: Engine, config: Config, client: () => OpenAiClient): AgentProvider {
  const { openai, local, scripted } = config;
  switch (engine) {
    case 'local':
      return createReceptionist({ intents: loadIntents(local.intentsFile) });
    case 'openai':
      return createOpenAiAgent({
        client: client(),
        model: openai.agentModel,
        instructions: openai.instructions ?? DEFAULT_INSTRUCTIONS,
        greeting: openai.greeting,
        ...(openai.requestFields && { requestFields: openai.requestFields }),
        ...(openai.transferTargets && { transferTargets: openai.transferTargets }),
      });
    case 'scripted':
      return createScriptedAgent({ answers: SCRIPTED_ANSWERS, firstTextMs: scripted.agentDelayMs });
  }
}

function createTts(engine: Engine, config: Config, client: () => OpenAiClient): TtsProvider {
  const { openai, local, scripted } = config;
  switch (engine) {
    case 'local':
      return createLocalTts({ voice: local.voice, workers: local.ttsWorkers });
    case 'openai':
      return createOpenAiTts({ client: client(), model: openai.ttsModel, voice: openai.voice });
    case 'scripted':
      return createScriptedTts({ firstAudioMs: scripted.ttsDelayMs });
  }
}

/**
 * The engines of the config; those in `given` are taken as they are.
 * @throws {RingmasterError} CONFIG_INVALID, INTENTS_INVALID
 */
export function chooseProviders(
  config: Config,
  given: Partial<Providers>,
): { readonly providers: Providers; readonly choices: readonly Choice[] } {
  const client = lazyClient(config.openai);
  const choices: Choice[] = [];
  const engineOf = (role: keyof typeof ROLES): Engine => {
    const choice = choose(role, config);
    choices.push(choice);
    return choice.engine;
  };
  const providers: Providers = {
    stt: given.stt ?? createStt(engineOf('stt'), config, client),
    agent: given.agent ?? createAgent(engineOf('agent'), config, client),
    tts: given.tts ?? createTts(engineOf('tts'), config, client),
  };
  return { providers, choices };
}
