// The only reader of the environment and of the config file: parsed once, all problems together, frozen. Control plane.

import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { RingmasterError } from './errors.js';

const milliseconds = (least: number, most: number) => z.number().int().min(least).max(most);
/** In the environment a comma stands between. */
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
    z.array(item).min(1),
  );
const httpUrl = z.url({ protocol: /^https?$/ });

/** Every setting, with its unit in the name, its range and the reason of its default. */
const configSchema = z.strictObject({
  server: z.strictObject({
    /** Loopback by default: a tunnel or proxy on this machine is what reaches the network. */
    host: z.string().min(1).default('127.0.0.1'),
    port: z.number().int().min(0).max(65535).default(8080),
    /** Origin (and path prefix) that Twilio knows this node by; decides wss URLs and signatures. */
    publicUrl: httpUrl.optional(),
    implementation: z.enum(['auto', 'uws', 'ws']).default('auto'),
    /** A media message is about 330 bytes; Twilio promises no length, so leave generous room. */
    maxMessageBytes: z.number().int().min(1024).max(16_777_216).default(65_536),
    /** Twilio sends 50 messages a second; silence for so long means that the far end is gone. */
    idleTimeoutMs: milliseconds(1000, 960_000).default(20_000),
    /** Twilio sends `start` within milliseconds of the upgrade. */
    startTimeoutMs: milliseconds(100, 60_000).default(5000),
    maxCalls: z.number().int().min(1).max(10_000).default(200),
    /** Guards `/calls`; without it only loopback callers are answered. */
    apiToken: z.string().min(8).optional(),
  }),
  twilio: z.strictObject({
    /** Primary auth token: turns signature checks on. */
    authToken: z.string().min(8).optional(),
    /** The token being rotated out, accepted beside the primary one. */
    previousAuthToken: z.string().min(8).optional(),
    /** Signs stream tokens so that another node can check them; random per process by default. */
    streamTokenSecret: z.string().min(16).optional(),
    /** Extensions are dialled as `sip:<extension>@<domain>`; without it they cannot be. */
    sipDomain: z
      .string()
      .regex(/^[a-z0-9.-]+$/i, 'must be a domain name')
      .optional(),
    /** How often a lost stream is resumed before the caller hears an apology. */
    resumeLimit: z.number().int().min(0).max(10).default(3),
  }),
  dsp: z.strictObject({
    /** Audio workers; by default as many as the engine can use, see `defaultShards`. */
    shards: z.number().int().min(1).max(64).optional(),
    denoise: z.enum(['rnnoise', 'off']).default('rnnoise'),
    /** `batched`: SIMD kernels for all calls of a worker at once; `auto` takes them where they run. */
    engine: z.enum(['auto', 'batched', 'stock']).default('auto'),
  }),
  vad: z.strictObject({
    /** Keeps the agent's own voice, come back over the line, from interrupting it. */
    echoGuard: z.enum(['on', 'off']).default('on'),
  }),
  turn: z.strictObject({
    /** BCP 47: whose words tell a sign of listening from an interruption, and half a sentence from a whole one. */
    language: z.string().min(2).default('en'),
    /** How the end of a turn is found; any of them together, see docs/turns.md. */
    endpointing: listOf(z.enum(['fixed', 'adaptive', 'text'])).default(['adaptive', 'text']),
    /** Silence after which the caller is taken to have finished; people pause 200 to 600 ms inside a sentence. */
    endpointSilenceMs: milliseconds(100, 5000).default(610),
    /** Bounds of what adaptive and text-aware endpointing make of it. */
    endpointMinMs: milliseconds(100, 5000).default(400),
    endpointMaxMs: milliseconds(100, 10_000).default(1600),
    /** Least silence while digits are expected: people group them, and read them off something. */
    endpointDigitsMs: milliseconds(100, 10_000).default(1000),
    /** An ONNX model that judges by the sound whether a turn is complete; endpointing heeds it then. */
    model: z.string().min(1).optional(),
    /** What its one number is. */
    modelOutput: z.enum(['probability', 'logit']).default('probability'),
    /** Newest audio of an utterance that it is given; models in use take 8 s. */
    modelWindowMs: milliseconds(500, 5000).default(4000),
    /** An answer that takes longer comes too late: the hangover is over by then. */
    modelTimeoutMs: milliseconds(10, 5000).default(150),
    /** Silence that ends a stretch of speech; part of `endpointSilenceMs`. */
    vadHangoverMs: milliseconds(40, 2000).default(200),
    /** Speech needed before it counts: shorter is a click. */
    vadOnsetMs: milliseconds(20, 500).default(60),
    /** Words beside signs of listening that take the floor from the agent. */
    interruptMinWords: z.number().int().min(1).max(20).default(1),
    /** A voice without words takes the floor after so long; by default 600 where the recogniser has interims, else 300. */
    interruptMinVoiceMs: milliseconds(50, 5000).optional(),
    /** A sign of listening is no longer than this. */
    backchannelMaxMs: milliseconds(100, 10_000).default(1500),
    /** Words are waited for so long after a short voice. */
    interruptWordWaitMs: milliseconds(0, 5000).default(350),
    /** Where the agent goes on after what was no interruption. */
    resumeAt: z.enum(['frame', 'word']).default('frame'),
    /** Let the agent begin on an interim transcript, before the turn is final. */
    drafts: z.enum(['on', 'off']).default('on'),
    /** An interim that stood for so long is worth a draft. */
    draftAfterMs: milliseconds(0, 5000).default(150),
    /** Say something while an answer takes its time. */
    fillers: z.enum(['on', 'off']).default('on'),
    fillerAfterMs: milliseconds(200, 60_000).default(1500),
    /** In place of the language's own. In the config file alone. */
    fillerPhrases: z.array(z.string().min(1)).optional(),
    /** A caller who talks on for so long is answered all the same; by default never. */
    stepInAfterMs: milliseconds(5000, 600_000).optional(),
    /** A longer utterance is transcribed in pieces, and answered once as one turn. */
    maxUtteranceMs: milliseconds(1000, 300_000).default(30_000),
    /** Nothing said for so long: the agent asks again. */
    idleTimeoutMs: milliseconds(1000, 600_000).default(8000),
    /** Re-prompts before the agent says goodbye. */
    idlePrompts: z.number().int().min(0).max(10).default(2),
    /** Pause after a keypad digit that ends the number. */
    digitTimeoutMs: milliseconds(200, 30_000).default(1800),
    maxCallMs: milliseconds(10_000, 86_400_000).default(3_600_000),
  }),
  providers: z.strictObject({
    stt: z.enum(['local', 'openai', 'scripted']).optional(),
    tts: z.enum(['local', 'openai', 'scripted']).optional(),
    agent: z.enum(['local', 'openai', 'scripted']).optional(),
    /** An agent that has said nothing for so long is restarted. */
    agentTimeoutMs: milliseconds(500, 120_000).default(12_000),
    sttTimeoutMs: milliseconds(500, 60_000).default(6000),
    ttsTimeoutMs: milliseconds(500, 60_000).default(6000),
    /** Audio of greeting and prompts, kept: 32 MB is 11 minutes at 24 kHz. 0 keeps none. */
    ttsCacheMb: z.number().min(0).max(1024).default(32),
  }),
  local: z.strictObject({
    /** Own intents and grammar of the receptionist. */
    intentsFile: z.string().optional(),
    voice: z.enum(['kal', 'slt', 'rms', 'awb']).default('slt'),
    sttWorkers: z.number().int().min(1).max(16).default(1),
    ttsWorkers: z.number().int().min(1).max(16).default(1),
  }),
  openai: z.strictObject({
    apiKey: z.string().min(1).optional(),
    baseUrl: httpUrl.optional(),
    /** `realtime`: over the transcription WebSocket; `utterance`: one request an utterance, for compatible servers. */
    sttMode: z.enum(['realtime', 'utterance']).optional(),
    sttModel: z.string().min(1).default('gpt-4o-mini-transcribe'),
    agentModel: z.string().min(1).default('gpt-4.1-mini'),
    ttsModel: z.string().min(1).default('gpt-4o-mini-tts'),
    voice: z.string().min(1).default('marin'),
    language: z.string().min(2).default('en'),
    instructions: z.string().min(1).optional(),
    greeting: z.string().min(1).default('Hello, how can I help you?'),
    /** More fields of every request to the agent's model, e.g. `temperature`. In the config file alone. */
    requestFields: z.record(z.string().min(1), z.json()).optional(),
    /** Whom the agent may transfer to, by name. In the config file alone. */
    transferTargets: z
      .record(
        z.string().min(1),
        z.strictObject({ to: z.string().min(1), description: z.string().min(1) }),
      )
      .optional(),
  }),
  scripted: z.strictObject({
    sttDelayMs: milliseconds(0, 60_000).default(100),
    agentDelayMs: milliseconds(0, 60_000).default(200),
    ttsDelayMs: milliseconds(0, 60_000).default(100),
  }),
  store: z.strictObject({
    /** A store on the same machine or network answers in milliseconds; a caller of `/calls` waits so long. */
    timeoutMs: milliseconds(50, 60_000).default(5000),
    /** Writes that wait for a slow store, of all calls: about 5 MB, or a minute of 200 calls. */
    maxQueued: z.number().int().min(100).max(1_000_000).default(10_000),
  }),
  log: z.strictObject({
    level: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  }),
});

export type Config = Readonly<z.infer<typeof configSchema>>;
type Section = keyof Config;

interface Variable {
  readonly name: string;
  readonly path: readonly [Section, string];
  readonly numeric?: boolean;
}

const variable = (name: string, section: Section, key: string, numeric = false): Variable => ({
  name,
  path: [section, key],
  numeric,
});

/** The environment variables, in the order of the documentation. */
export const VARIABLES: readonly Variable[] = [
  variable('HOST', 'server', 'host'),
  variable('PORT', 'server', 'port', true),
  variable('PUBLIC_URL', 'server', 'publicUrl'),
  variable('RINGMASTER_SERVER', 'server', 'implementation'),
  variable('RINGMASTER_MAX_CALLS', 'server', 'maxCalls', true),
  variable('RINGMASTER_API_TOKEN', 'server', 'apiToken'),
  variable('RINGMASTER_MAX_MESSAGE_BYTES', 'server', 'maxMessageBytes', true),
  variable('RINGMASTER_SOCKET_IDLE_TIMEOUT_MS', 'server', 'idleTimeoutMs', true),
  variable('RINGMASTER_START_TIMEOUT_MS', 'server', 'startTimeoutMs', true),
  variable('TWILIO_AUTH_TOKEN', 'twilio', 'authToken'),
  variable('TWILIO_PREVIOUS_AUTH_TOKEN', 'twilio', 'previousAuthToken'),
  variable('RINGMASTER_STREAM_TOKEN_SECRET', 'twilio', 'streamTokenSecret'),
  variable('RINGMASTER_SIP_DOMAIN', 'twilio', 'sipDomain'),
  variable('RINGMASTER_RESUME_LIMIT', 'twilio', 'resumeLimit', true),
  variable('RINGMASTER_DSP_SHARDS', 'dsp', 'shards', true),
  variable('RINGMASTER_DENOISE', 'dsp', 'denoise'),
  variable('RINGMASTER_ENGINE', 'dsp', 'engine'),
  variable('RINGMASTER_ECHO_GUARD', 'vad', 'echoGuard'),
  variable('RINGMASTER_STT', 'providers', 'stt'),
  variable('RINGMASTER_TTS', 'providers', 'tts'),
  variable('RINGMASTER_AGENT', 'providers', 'agent'),
  variable('RINGMASTER_AGENT_TIMEOUT_MS', 'providers', 'agentTimeoutMs', true),
  variable('RINGMASTER_STT_TIMEOUT_MS', 'providers', 'sttTimeoutMs', true),
  variable('RINGMASTER_TTS_TIMEOUT_MS', 'providers', 'ttsTimeoutMs', true),
  variable('RINGMASTER_TTS_CACHE_MB', 'providers', 'ttsCacheMb', true),
  variable('RINGMASTER_LANGUAGE', 'turn', 'language'),
  variable('RINGMASTER_ENDPOINTING', 'turn', 'endpointing'),
  variable('RINGMASTER_ENDPOINT_SILENCE_MS', 'turn', 'endpointSilenceMs', true),
  variable('RINGMASTER_ENDPOINT_MIN_MS', 'turn', 'endpointMinMs', true),
  variable('RINGMASTER_ENDPOINT_MAX_MS', 'turn', 'endpointMaxMs', true),
  variable('RINGMASTER_ENDPOINT_DIGITS_MS', 'turn', 'endpointDigitsMs', true),
  variable('RINGMASTER_TURN_MODEL', 'turn', 'model'),
  variable('RINGMASTER_TURN_MODEL_OUTPUT', 'turn', 'modelOutput'),
  variable('RINGMASTER_TURN_MODEL_WINDOW_MS', 'turn', 'modelWindowMs', true),
  variable('RINGMASTER_TURN_MODEL_TIMEOUT_MS', 'turn', 'modelTimeoutMs', true),
  variable('RINGMASTER_INTERRUPT_MIN_WORDS', 'turn', 'interruptMinWords', true),
  variable('RINGMASTER_INTERRUPT_MIN_VOICE_MS', 'turn', 'interruptMinVoiceMs', true),
  variable('RINGMASTER_INTERRUPT_WORD_WAIT_MS', 'turn', 'interruptWordWaitMs', true),
  variable('RINGMASTER_BACKCHANNEL_MAX_MS', 'turn', 'backchannelMaxMs', true),
  variable('RINGMASTER_RESUME_AT', 'turn', 'resumeAt'),
  variable('RINGMASTER_DRAFTS', 'turn', 'drafts'),
  variable('RINGMASTER_DRAFT_AFTER_MS', 'turn', 'draftAfterMs', true),
  variable('RINGMASTER_FILLERS', 'turn', 'fillers'),
  variable('RINGMASTER_FILLER_AFTER_MS', 'turn', 'fillerAfterMs', true),
  variable('RINGMASTER_STEP_IN_AFTER_MS', 'turn', 'stepInAfterMs', true),
  variable('RINGMASTER_VAD_HANGOVER_MS', 'turn', 'vadHangoverMs', true),
  variable('RINGMASTER_VAD_ONSET_MS', 'turn', 'vadOnsetMs', true),
  variable('RINGMASTER_MAX_UTTERANCE_MS', 'turn', 'maxUtteranceMs', true),
  variable('RINGMASTER_IDLE_TIMEOUT_MS', 'turn', 'idleTimeoutMs', true),
  variable('RINGMASTER_IDLE_PROMPTS', 'turn', 'idlePrompts', true),
  variable('RINGMASTER_DIGIT_TIMEOUT_MS', 'turn', 'digitTimeoutMs', true),
  variable('RINGMASTER_MAX_CALL_MS', 'turn', 'maxCallMs', true),
  variable('RINGMASTER_INTENTS', 'local', 'intentsFile'),
  variable('RINGMASTER_VOICE', 'local', 'voice'),
  variable('RINGMASTER_LOCAL_STT_WORKERS', 'local', 'sttWorkers', true),
  variable('RINGMASTER_LOCAL_TTS_WORKERS', 'local', 'ttsWorkers', true),
  variable('OPENAI_API_KEY', 'openai', 'apiKey'),
  variable('OPENAI_BASE_URL', 'openai', 'baseUrl'),
  variable('OPENAI_STT_MODE', 'openai', 'sttMode'),
  variable('OPENAI_STT_MODEL', 'openai', 'sttModel'),
  variable('OPENAI_AGENT_MODEL', 'openai', 'agentModel'),
  variable('OPENAI_TTS_MODEL', 'openai', 'ttsModel'),
  variable('OPENAI_VOICE', 'openai', 'voice'),
  variable('OPENAI_LANGUAGE', 'openai', 'language'),
  variable('RINGMASTER_INSTRUCTIONS', 'openai', 'instructions'),
  variable('RINGMASTER_GREETING', 'openai', 'greeting'),
  variable('RINGMASTER_SCRIPTED_STT_DELAY_MS', 'scripted', 'sttDelayMs', true),
  variable('RINGMASTER_SCRIPTED_AGENT_DELAY_MS', 'scripted', 'agentDelayMs', true),
  variable('RINGMASTER_SCRIPTED_TTS_DELAY_MS', 'scripted', 'ttsDelayMs', true),
  variable('RINGMASTER_STORE_TIMEOUT_MS', 'store', 'timeoutMs', true),
  variable('RINGMASTER_STORE_QUEUE', 'store', 'maxQueued', true),
  variable('RINGMASTER_LOG', 'log', 'level'),
];

type Draft = Record<string, Record<string, unknown>>;

function readConfigFile(path: string): Draft {
  if (!existsSync(path)) {
    throw new RingmasterError('CONFIG_INVALID', `RINGMASTER_CONFIG: no file at ${path}`);
  }
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Draft;
    }
  } catch (cause) {
    throw new RingmasterError('CONFIG_INVALID', `RINGMASTER_CONFIG: ${path} is not JSON`, {
      cause,
    });
  }
  throw new RingmasterError('CONFIG_INVALID', `RINGMASTER_CONFIG: ${path} holds no JSON object`);
}

/** The config file with the environment over it; a number that is none is left for the schema. */
function assemble(environment: NodeJS.ProcessEnv): Draft {
  const path = environment['RINGMASTER_CONFIG'];
  const draft: Draft = path ? readConfigFile(path) : {};
  for (const section of Object.keys(configSchema.shape)) {
    draft[section] = typeof draft[section] === 'object' ? { ...draft[section] } : {};
  }
  for (const { name, path, numeric } of VARIABLES) {
    const raw = environment[name];
    if (raw === undefined || raw === '') continue;
    const number = Number(raw);
    const section = draft[path[0]];
    if (section) section[path[1]] = numeric && !Number.isNaN(number) ? number : raw;
  }
  return draft;
}

/** The name a person set: the environment variable where there is one, else the path in the file. */
function settingName(path: readonly PropertyKey[], environment: NodeJS.ProcessEnv): string {
  const found = VARIABLES.find(
    ({ name, path: [section, key] }) =>
      section === path[0] && key === path[1] && environment[name] !== undefined,
  );
  return found?.name ?? path.map(String).join('.');
}

/** Rules between settings, which no single field can check. */
function crossCheck(config: Config): string[] {
  const problems: string[] = [];
  const { providers, openai, turn, twilio } = config;
  const usesOpenai = [providers.stt, providers.tts, providers.agent].includes('openai');
  if (usesOpenai && !openai.apiKey && !openai.baseUrl) {
    problems.push('OPENAI_API_KEY: needed, since a provider is set to openai');
  }
  if (turn.endpointSilenceMs < turn.vadHangoverMs) {
    problems.push(
      'RINGMASTER_ENDPOINT_SILENCE_MS: must not be below RINGMASTER_VAD_HANGOVER_MS, which is part of it',
    );
  }
  if (turn.endpointMaxMs < Math.max(turn.endpointSilenceMs, turn.endpointMinMs)) {
    problems.push(
      'RINGMASTER_ENDPOINT_MAX_MS: must not be below RINGMASTER_ENDPOINT_SILENCE_MS or _MIN_MS',
    );
  }
  if (twilio.previousAuthToken && !twilio.authToken) {
    problems.push('TWILIO_PREVIOUS_AUTH_TOKEN: is of use beside TWILIO_AUTH_TOKEN only');
  }
  return problems;
}

function freeze(config: Config): Config {
  for (const section of Object.values(config)) Object.freeze(section);
  return Object.freeze(config);
}

/**
 * Parse the environment (and the JSON file that `RINGMASTER_CONFIG` names; the environment wins).
 * @throws {RingmasterError} CONFIG_INVALID, its message lists every problem with the setting's name
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = configSchema.safeParse(assemble(environment));
  const problems = parsed.success
    ? crossCheck(parsed.data)
    : parsed.error.issues.flatMap((issue) => {
        const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
        return keys.map((key) => {
          const path = key === undefined ? issue.path : [...issue.path, key];
          return `${settingName(path, environment)}: ${key === undefined ? issue.message : 'no such setting'}`;
        });
      });
  if (problems.length > 0 || !parsed.success) {
    throw new RingmasterError('CONFIG_INVALID', problems.join('\n'));
  }
  return freeze(parsed.data);
}
