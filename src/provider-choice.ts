// Which engines a node runs on, and why: from the config to providers. Control plane.

import { ClauseSplitter } from './actors/clause-splitter.js';
import { fillerPhrases } from './actors/fillers.js';
import type { AgentProvider, SttProvider, TtsProvider } from './actors/ports.js';
import { DEFAULT_TIMEOUTS, type Config } from './config.js';
import { defaultGreeting, defaultInstructions } from './default-words.js';
import { checkLanguage } from './language-support.js';
import { createCachedTts } from './providers/cached-tts.js';
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
import { createSpeakableTts } from './providers/speakable-tts.js';

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
        finalTimeoutMs: providers.sttTimeoutMs ?? DEFAULT_TIMEOUTS.sttMs,
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
        instructions: openai.instructions ?? defaultInstructions(openai.language),
        ...greetingOf(config),
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

/** Flite's voices speak English. */
const LOCAL_LANGUAGE = 'en';

const greetingOf = ({ openai }: Config): { greeting?: string } => {
  const greeting = openai.greeting ?? defaultGreeting(openai.language);
  return greeting === undefined ? {} : { greeting };
};

/** What the agent says in every call, as the line is given it: clause by clause. */
function phrasesOf(agent: Engine | 'given', config: Config): string[] {
  const { local, turn } = config;
  const texts =
    turn.fillers === 'on' ? [...(turn.fillerPhrases ?? fillerPhrases(turn.language))] : [];
  const { greeting: openaiGreeting } = greetingOf(config);
  if (agent === 'openai' && openaiGreeting) texts.push(openaiGreeting);
  if (agent === 'local') {
    const { greeting, idle, unclear } = loadIntents(local.intentsFile);
    texts.push(...greeting, ...idle, ...unclear);
  }
  return texts.flatMap((text) => {
    const splitter = new ClauseSplitter();
    return [...splitter.push(text), ...splitter.flush()];
  });
}

/** Text in words where the engine needs that, and what is said again from memory. */
function aroundTts(engine: TtsProvider, language: string, phrases: string[], config: Config) {
  const speaking = createSpeakableTts(engine, language);
  const maxBytes = config.providers.ttsCacheMb * 1024 * 1024;
  return maxBytes === 0 ? speaking : createCachedTts(speaking, { maxBytes, phrases });
}

/**
 * The engines of the config; those in `given` are taken in their place.
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
  const stt = given.stt ?? createStt(engineOf('stt'), config, client);
  const agentEngine = given.agent ? 'given' : engineOf('agent');
  const agent = given.agent ?? createAgent(agentEngine as Engine, config, client);
  const ttsEngine = given.tts ? 'given' : engineOf('tts');
  const engine = given.tts ?? createTts(ttsEngine as Engine, config, client);
  checkLanguage(config, choices);
  const spoken = ttsEngine === 'openai' ? config.openai.language : config.turn.language;
  const language = ttsEngine === 'local' ? LOCAL_LANGUAGE : spoken;
  // A script's delays are what is measured: nothing of it is kept.
  const tts =
    ttsEngine === 'scripted'
      ? engine
      : aroundTts(engine, language, phrasesOf(agentEngine, config), config);
  return { providers: { stt, agent, tts }, choices };
}
