// Which engines a node runs on, and why: from the config to providers. Control plane.

import { ClauseSplitter } from './actors/clause-splitter.js';
import { fillerPhrases } from './actors/fillers.js';
import type { AgentProvider, SttProvider, TtsProvider } from './actors/ports.js';
import { DEFAULT_TIMEOUTS, type Config } from './config.js';
import { defaultGreeting, defaultInstructions } from './default-words.js';
import { checkLanguage } from './language-support.js';
import type { RingmasterError } from './errors.js';
import { openaiServer, type ServerRole } from './openai-servers.js';
import { createCachedTts } from './providers/cached-tts.js';
import { createFailoverAgent } from './providers/failover/agent.js';
import { FailoverChain, type EngineReport } from './providers/failover/chain.js';
import { createFailoverStt } from './providers/failover/stt.js';
import { createFailoverTts, createReadTts } from './providers/failover/tts.js';
import {
  createLocalStt,
  createLocalTts,
  createReceptionist,
  loadIntents,
  type Intents,
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
  /** Asked in this order when `engine` fails. */
  readonly fallbacks: readonly Engine[];
  readonly reason: string;
}

/** How the engines of each role do. */
export interface EngineReports {
  readonly stt: readonly EngineReport[];
  readonly agent: readonly EngineReport[];
  readonly tts: readonly EngineReport[];
}

const ROLES = { stt: 'speech to text', agent: 'agent', tts: 'text to speech' } as const;

const VARIABLE = {
  stt: 'RINGMASTER_STT',
  agent: 'RINGMASTER_AGENT',
  tts: 'RINGMASTER_TTS',
} as const;

/** What is configured wins; else OpenAI where there is a key or a server, else local. */
function choose(role: keyof typeof ROLES, config: Config): Choice {
  const [configured, ...fallbacks] = config.providers[role] ?? [];
  if (configured) {
    const reason = `${VARIABLE[role]} says so`;
    return { role: ROLES[role], engine: configured, fallbacks, reason };
  }
  const { variable } = openaiServer(config.openai, role);
  if (variable !== undefined) {
    const reason = `${variable} is set`;
    return { role: ROLES[role], engine: 'openai', fallbacks: [], reason };
  }
  const reason = 'no OPENAI_API_KEY is set';
  return { role: ROLES[role], engine: 'local', fallbacks: [], reason };
}

/** Benchmarks count what the node adds, so that scripted words are few and of one length. */
const SCRIPTED_TEXTS = ['what are your opening hours', 'where are you', 'thank you'];
const SCRIPTED_ANSWERS = [
  'Thank you for calling. We are open from nine to five on weekdays.',
  'You find us in the high street, right beside the station.',
  'Of course. Is there anything else that I can do for you?',
];

type ClientOf = (role: ServerRole) => OpenAiClient;

/** Roles with the same server and key share a client; made when the first asks for it. */
function lazyClients(openai: Config['openai']): ClientOf {
  const clients = new Map<string, OpenAiClient>();
  return (role) => {
    const { apiKey, baseUrl } = openaiServer(openai, role);
    const key = JSON.stringify([apiKey, baseUrl]);
    const client =
      clients.get(key) ??
      createOpenAiClient({ ...(apiKey && { apiKey }), ...(baseUrl && { baseUrl }) });
    clients.set(key, client);
    return client;
  };
}

function intentsOf({ local, twilio }: Config): Intents {
  return loadIntents(local.intentsFile, { dialsExtensions: twilio.sipDomain !== undefined });
}

function createStt(engine: Engine, config: Config, client: ClientOf): SttProvider {
  const { openai, local, scripted, providers } = config;
  switch (engine) {
    case 'local':
      return createLocalStt({
        intents: intentsOf(config),
        ...(local.sttWorkers !== undefined && { workers: local.sttWorkers }),
      });
    case 'openai':
      return createOpenAiStt({
        // Compatible servers seldom have the realtime endpoint.
        mode: openai.sttMode ?? (openaiServer(openai, 'stt').baseUrl ? 'utterance' : 'realtime'),
        client: client('stt'),
        model: openai.sttModel,
        language: openai.language,
        finalTimeoutMs: providers.sttTimeoutMs ?? DEFAULT_TIMEOUTS.sttMs,
      });
    case 'scripted':
      return createScriptedStt({ texts: SCRIPTED_TEXTS, delayMs: scripted.sttDelayMs });
  }
}

function createAgent(
  engine: Engine,
  config: Config,
  client: ClientOf,
  hasNext: boolean,
): AgentProvider {
  const { openai, scripted, providers } = config;
  const { agentTimeoutMs } = providers;
  switch (engine) {
    case 'local':
      return createReceptionist({ intents: intentsOf(config) });
    case 'openai':
      return createOpenAiAgent({
        client: client('agent'),
        model: openai.agentModel,
        // The documented setting alone decides how long a model may think; without it a request that
        // hangs is tried again while the caller's wait allows.
        ...(agentTimeoutMs !== undefined && {
          firstTokenTimeoutMs: agentTimeoutMs,
          stallTimeoutMs: agentTimeoutMs,
        }),
        instructions: openai.instructions ?? defaultInstructions(openai.language),
        ...greetingOf(config),
        ...(hasNext && onlyTry(config)),
        ...(openai.requestFields && { requestFields: openai.requestFields }),
        ...(openai.transferTargets && { transferTargets: openai.transferTargets }),
      });
    case 'scripted':
      return createScriptedAgent({ answers: SCRIPTED_ANSWERS, firstTextMs: scripted.agentDelayMs });
  }
}

function createTts(engine: Engine, config: Config, client: ClientOf): TtsProvider {
  const { openai, local, scripted } = config;
  switch (engine) {
    case 'local':
      return createLocalTts({ voice: local.voice, workers: local.ttsWorkers });
    case 'openai':
      return createOpenAiTts({
        client: client('tts'),
        model: openai.ttsModel,
        voice: openai.voice,
        firstByteTimeoutMs: config.providers.ttsTimeoutMs ?? DEFAULT_TIMEOUTS.ttsMs,
      });
    case 'scripted':
      return createScriptedTts({ firstAudioMs: scripted.ttsDelayMs });
  }
}

/** An engine that is not ready by then is done without, where there is another. */
const WARM_UP_MS = 15_000;
/** Flite's voices speak English. */
const LOCAL_LANGUAGE = 'en';

/** The next engine is asked in the time that another try would take. */
const onlyTry = ({ providers: { fallbackAfterMs } }: Config) => ({
  firstTokenTimeoutMs: fallbackAfterMs,
  retries: { maxAttempts: 1 },
});

const greetingOf = ({ openai }: Config): { greeting?: string } => {
  const greeting = openai.greeting ?? defaultGreeting(openai.language);
  return greeting === undefined ? {} : { greeting };
};

/** What the agent says in every call, as the line is given it: clause by clause. */
function phrasesOf(agent: Engine | 'given', config: Config): string[] {
  const { turn } = config;
  const texts =
    turn.fillers === 'on' ? [...(turn.fillerPhrases ?? fillerPhrases(turn.language))] : [];
  const { greeting: openaiGreeting } = greetingOf(config);
  if (agent === 'openai' && openaiGreeting) texts.push(openaiGreeting);
  if (agent === 'local') {
    const { greeting, idle, unclear, hint } = intentsOf(config);
    texts.push(...greeting, ...idle, ...unclear, ...hint);
  }
  return texts.flatMap((text) => {
    const splitter = new ClauseSplitter();
    return [...splitter.push(text), ...splitter.flush()];
  });
}

/** A voice with what it says again in memory. A script's delays are what is measured: nothing of it is kept. */
function createVoice(
  engine: Engine,
  config: Config,
  client: ClientOf,
  phrases: readonly string[],
): TtsProvider {
  const voice = createTts(engine, config, client);
  if (engine === 'scripted') return voice;
  const language = engine === 'local' ? LOCAL_LANGUAGE : config.openai.language;
  return aroundTts(voice, language, phrases, config);
}

/** Text in words where the engine needs that, and what is said again from memory. */
function aroundTts(
  engine: TtsProvider,
  language: string,
  phrases: readonly string[],
  config: Config,
) {
  const speaking = createSpeakableTts(engine, language);
  const maxBytes = config.providers.ttsCacheMb * 1024 * 1024;
  return maxBytes === 0 ? speaking : createCachedTts(speaking, { maxBytes, phrases });
}

type Role = keyof typeof ROLES;
const enginesOf = ({ engine, fallbacks }: Choice): readonly Engine[] => [engine, ...fallbacks];

export interface ChosenProviders {
  readonly providers: Providers;
  readonly choices: readonly Choice[];
  readonly engines: () => EngineReports;
}

/** Told of a failure of an engine that another takes the place of. */
export type EngineFailureListener = (role: Role, engine: string, error: RingmasterError) => void;

/**
 * The engines of the config, each behind a breaker and with those that take its place; those in `given`
 * are taken instead.
 * @throws {RingmasterError} CONFIG_INVALID, INTENTS_INVALID
 */
export function chooseProviders(
  config: Config,
  given: Partial<Providers>,
  onFailure: EngineFailureListener = () => undefined,
): ChosenProviders {
  const client = lazyClients(config.openai);
  const { fallbackAfterMs: answerMs } = config.providers;
  const chosen = (role: Role): Choice | undefined =>
    given[role] ? undefined : choose(role, config);
  const choices = { stt: chosen('stt'), agent: chosen('agent'), tts: chosen('tts') };
  const listed = Object.values(choices).filter((choice) => choice !== undefined);
  checkLanguage(
    config,
    listed.flatMap((choice) => enginesOf(choice).map((engine) => ({ role: choice.role, engine }))),
  );
  const chainOf = <Provider extends Providers[Role]>(
    role: Role,
    own: Provider | undefined,
    create: (engine: Engine, hasNext: boolean) => Provider,
  ): FailoverChain<Provider> => {
    const engines = choices[role] ? enginesOf(choices[role]) : [];
    const providers = engines.map((engine, at) => create(engine, at + 1 < engines.length));
    return new FailoverChain(own ? [own] : providers, {
      onFailure: (engine, error) => onFailure(role, engine, error),
    });
  };
  const stt = chainOf('stt', given.stt, (engine) => createStt(engine, config, client));
  const agent = chainOf('agent', given.agent, (engine, hasNext) =>
    createAgent(engine, config, client, hasNext),
  );
  const agents = choices.agent ? enginesOf(choices.agent) : (['given'] as const);
  const phrases = agents.flatMap((engine) => phrasesOf(engine, config));
  const { language } = config.turn;
  const tts = chainOf(
    'tts',
    given.tts && aroundTts(createReadTts(given.tts), language, phrases, config),
    (engine) => createVoice(engine, config, client, phrases),
  );
  return {
    providers: {
      stt: createFailoverStt(stt, { answerMs, warmUpMs: WARM_UP_MS }),
      agent: createFailoverAgent(agent, WARM_UP_MS),
      tts: createFailoverTts(tts, { firstAudioMs: answerMs, warmUpMs: WARM_UP_MS }),
    },
    choices: listed,
    engines: () => ({ stt: stt.report(), agent: agent.report(), tts: tts.report() }),
  };
}
