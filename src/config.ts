// The only reader of the environment and of the config file: parsed once, all problems together, frozen. Control plane.

import { z } from 'zod';
import { readConfigFile, type RawSections } from './config/config-file.js';
import {
  httpUrl,
  language,
  listenHost,
  listOf,
  milliseconds,
  publicAddress,
  secret,
} from './config/fields.js';
import { primaryLanguage } from './config/language-setting.js';
import { nearestName, unknownVariables } from './config/misspelt.js';
import { RingmasterError } from './errors.js';
import { isAddressOrNetwork } from './transports/client-address.js';
import { openaiServer } from './openai-servers.js';

const engines = listOf(z.enum(['local', 'openai', 'scripted'])).refine(
  (names) => new Set(names).size === names.length,
  'names an engine twice',
);

/** Every setting, with its unit in the name, its range and the reason of its default. */
const configSchema = z.strictObject({
  server: z.strictObject({
    /** Loopback by default: a tunnel or proxy on this machine is what reaches the network. */
    host: listenHost.default('127.0.0.1'),
    port: z.number().int().min(0).max(65535).default(8080),
    /** Origin (and path prefix) that Twilio knows this node by; decides wss URLs and signatures. */
    publicUrl: publicAddress.optional(),
    implementation: z.enum(['auto', 'uws', 'ws']).default('auto'),
    /** A media message is about 330 bytes; Twilio promises no length, so leave generous room. */
    maxMessageBytes: z.number().int().min(1024).max(16_777_216).default(65_536),
    /** Twilio sends 50 messages a second; silence for so long means that the far end is gone. */
    idleTimeoutMs: milliseconds(1000, 960_000).default(20_000),
    /** Twilio sends `start` within milliseconds of the upgrade. */
    startTimeoutMs: milliseconds(100, 60_000).default(5000),
    maxCalls: z.number().int().min(1).max(10_000).default(200),
    /** Connections of all kinds; by default two for each call and 256. */
    maxConnections: z.number().int().min(16).max(100_000).optional(),
    /** Sockets of one client address that wait for `start`; by default as many as calls. */
    pendingPerAddress: z.number().int().min(1).max(100_000).optional(),
    /** Proxies and balancers whose `X-Forwarded-For` is believed; without any the peer is the client. */
    trustedProxies: listOf(
      z.string().refine(isAddressOrNetwork, 'must be an address or a network such as 10.0.0.0/8'),
    ).optional(),
    /** Twilio sends a webhook in one piece, and gives up on its answer after 15 s. */
    requestTimeoutMs: milliseconds(100, 120_000).default(10_000),
    /** How long running calls may go on after the first signal; most calls are over by then. */
    drainMs: milliseconds(0, 86_400_000).default(300_000),
    /** Guards `/calls`; without it only callers of this machine are answered. */
    apiToken: secret(8).optional(),
    /** Off where a tunnel forwards bytes to this port: its callers look like those of this machine. */
    trustLoopback: z.enum(['on', 'off']).default('on'),
  }),
  twilio: z.strictObject({
    /** Primary auth token: turns signature checks on. */
    authToken: secret(8).optional(),
    /** The token being rotated out, accepted beside the primary one. */
    previousAuthToken: secret(8).optional(),
    /** Signs stream tokens so that another node can check them; random per process by default. */
    streamTokenSecret: secret(16).optional(),
    /** Extensions are dialled as `sip:<extension>@<domain>`; without it they cannot be. */
    sipDomain: z
      .string()
      .regex(/^[a-z0-9.-]+$/i, 'must be a domain name')
      .optional(),
    /** How often a lost stream is resumed before the caller hears an apology. */
    resumeLimit: z.number().int().min(0).max(10).default(3),
    /**
     * A call whose stream was lost waits so long for the next one. Twilio asks for it within a second or two,
     * and a handshake may take 10 s; 0 ends the call at once.
     */
    resumeWindowMs: milliseconds(0, 120_000).default(15_000),
    /** A webhook's place waits so long for its stream; Twilio connects within a second or two. */
    reservationMs: milliseconds(1000, 60_000).default(15_000),
    /** A node that drains waits so long for Twilio to ask how an ended call goes on; it asks within a second. */
    endingAskMs: milliseconds(0, 60_000).default(10_000),
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
    /** BCP 47. Decides the recogniser, the voice, numbers as spoken, and the word lists of turn-taking. */
    language: language.default('en'),
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
    /** A caller who talks on for so long is answered all the same: nobody is to wonder for longer whether anyone listens. */
    stepInAfterMs: milliseconds(5000, 600_000).default(60_000),
    /** A longer utterance is transcribed in pieces, and answered once as one turn. */
    maxUtteranceMs: milliseconds(1000, 300_000).default(30_000),
    /** Nothing said for so long: the agent asks again. */
    idleTimeoutMs: milliseconds(1000, 600_000).default(8000),
    /** Re-prompts before the agent says goodbye. */
    idlePrompts: z.number().int().min(0).max(10).default(2),
    /** Pause after a keypad digit that ends the number. */
    digitTimeoutMs: milliseconds(200, 30_000).default(1800),
    /** From the end of the caller's words to an answer or an apology: longer silence makes people hang up. */
    answerBudgetMs: milliseconds(2000, 120_000).default(7000),
    /** A model that shows that it is at work has at most so long in all. */
    workingLimitMs: milliseconds(2000, 600_000).default(30_000),
    maxCallMs: milliseconds(10_000, 86_400_000).default(3_600_000),
  }),
  providers: z.strictObject({
    /** The engines of each role, the preferred one first: the others take its place when it fails. */
    stt: engines.optional(),
    tts: engines.optional(),
    agent: engines.optional(),
    /**
     * An agent that has said nothing for so long is restarted. Time-outs that are set have their full time, whatever the answer budget says. Else the budget
     * governs, and `DEFAULT_TIMEOUTS` within it.
     */
    agentTimeoutMs: milliseconds(500, 120_000).optional(),
    sttTimeoutMs: milliseconds(500, 60_000).optional(),
    ttsTimeoutMs: milliseconds(500, 60_000).optional(),
    /** Engines load for so long before the node listens without them; the local recogniser takes about 3 s. */
    warmUpTimeoutMs: milliseconds(100, 600_000).default(30_000),
    /** An engine that has another behind it is waited for no longer: a caller hears the next one well within a turn's time. */
    fallbackAfterMs: milliseconds(200, 30_000).default(2500),
    /** Audio of greeting and prompts, kept: 32 MB is 11 minutes at 24 kHz. 0 keeps none. */
    ttsCacheMb: z.number().min(0).max(1024).default(32),
  }),
  local: z.strictObject({
    /** Own intents and grammar of the receptionist. */
    intentsFile: z.string().optional(),
    voice: z.enum(['kal', 'slt', 'rms', 'awb']).default('slt'),
    /** Threads of the recogniser; by default half of the processors, at most 4. */
    sttWorkers: z.number().int().min(1).max(16).optional(),
    ttsWorkers: z.number().int().min(1).max(16).default(1),
  }),
  openai: z.strictObject({
    apiKey: secret(1).optional(),
    baseUrl: httpUrl.optional(),
    /** A role's own server and key: those who run their own engines run one for each. */
    sttBaseUrl: httpUrl.optional(),
    agentBaseUrl: httpUrl.optional(),
    ttsBaseUrl: httpUrl.optional(),
    sttApiKey: secret(1).optional(),
    agentApiKey: secret(1).optional(),
    ttsApiKey: secret(1).optional(),
    /** `realtime`: over the transcription WebSocket; `utterance`: one request an utterance, for compatible servers. */
    sttMode: z.enum(['realtime', 'utterance']).optional(),
    sttModel: z.string().min(1).default('gpt-4o-mini-transcribe'),
    agentModel: z.string().min(1).default('gpt-4.1-mini'),
    ttsModel: z.string().min(1).default('gpt-4o-mini-tts'),
    voice: z.string().min(1).default('marin'),
    /** In place of `turn.language` for these engines; ISO 639-1 is what they take. */
    language: language.transform(primaryLanguage).optional(),
    instructions: z.string().min(1).optional(),
    /** By default a short one in the node's language. */
    greeting: z.string().min(1).optional(),
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

/**
 * Where no time-out is set. The agent's is beyond any answer budget but its longest. Voices begin within
 * a second: one that has not after three is asked again while there is time.
 */
export const DEFAULT_TIMEOUTS = { agentMs: 12_000, sttMs: 6000, ttsMs: 3000 } as const;

type Parsed = z.infer<typeof configSchema>;

export interface Config extends Readonly<Omit<Parsed, 'openai'>> {
  readonly openai: Parsed['openai'] & { readonly language: string };
}
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
  variable('RINGMASTER_MAX_CONNECTIONS', 'server', 'maxConnections', true),
  variable('RINGMASTER_PENDING_PER_ADDRESS', 'server', 'pendingPerAddress', true),
  variable('RINGMASTER_TRUSTED_PROXIES', 'server', 'trustedProxies'),
  variable('RINGMASTER_REQUEST_TIMEOUT_MS', 'server', 'requestTimeoutMs', true),
  variable('RINGMASTER_DRAIN_MS', 'server', 'drainMs', true),
  variable('RINGMASTER_API_TOKEN', 'server', 'apiToken'),
  variable('RINGMASTER_TRUST_LOOPBACK', 'server', 'trustLoopback'),
  variable('RINGMASTER_MAX_MESSAGE_BYTES', 'server', 'maxMessageBytes', true),
  variable('RINGMASTER_SOCKET_IDLE_TIMEOUT_MS', 'server', 'idleTimeoutMs', true),
  variable('RINGMASTER_START_TIMEOUT_MS', 'server', 'startTimeoutMs', true),
  variable('TWILIO_AUTH_TOKEN', 'twilio', 'authToken'),
  variable('TWILIO_PREVIOUS_AUTH_TOKEN', 'twilio', 'previousAuthToken'),
  variable('RINGMASTER_STREAM_TOKEN_SECRET', 'twilio', 'streamTokenSecret'),
  variable('RINGMASTER_SIP_DOMAIN', 'twilio', 'sipDomain'),
  variable('RINGMASTER_RESUME_LIMIT', 'twilio', 'resumeLimit', true),
  variable('RINGMASTER_RESUME_WINDOW_MS', 'twilio', 'resumeWindowMs', true),
  variable('RINGMASTER_RESERVATION_MS', 'twilio', 'reservationMs', true),
  variable('RINGMASTER_ENDING_ASK_MS', 'twilio', 'endingAskMs', true),
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
  variable('RINGMASTER_WARM_UP_TIMEOUT_MS', 'providers', 'warmUpTimeoutMs', true),
  variable('RINGMASTER_FALLBACK_AFTER_MS', 'providers', 'fallbackAfterMs', true),
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
  variable('RINGMASTER_ANSWER_BUDGET_MS', 'turn', 'answerBudgetMs', true),
  variable('RINGMASTER_WORKING_LIMIT_MS', 'turn', 'workingLimitMs', true),
  variable('RINGMASTER_MAX_CALL_MS', 'turn', 'maxCallMs', true),
  variable('RINGMASTER_INTENTS', 'local', 'intentsFile'),
  variable('RINGMASTER_VOICE', 'local', 'voice'),
  variable('RINGMASTER_LOCAL_STT_WORKERS', 'local', 'sttWorkers', true),
  variable('RINGMASTER_LOCAL_TTS_WORKERS', 'local', 'ttsWorkers', true),
  variable('OPENAI_API_KEY', 'openai', 'apiKey'),
  variable('OPENAI_BASE_URL', 'openai', 'baseUrl'),
  variable('OPENAI_STT_BASE_URL', 'openai', 'sttBaseUrl'),
  variable('OPENAI_AGENT_BASE_URL', 'openai', 'agentBaseUrl'),
  variable('OPENAI_TTS_BASE_URL', 'openai', 'ttsBaseUrl'),
  variable('OPENAI_STT_API_KEY', 'openai', 'sttApiKey'),
  variable('OPENAI_AGENT_API_KEY', 'openai', 'agentApiKey'),
  variable('OPENAI_TTS_API_KEY', 'openai', 'ttsApiKey'),
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

interface Problem {
  /** Settings that it is about, as `section.key`. */
  readonly paths: readonly string[];
  readonly text: string;
}

const SECTIONS = Object.keys(configSchema.shape) as Section[];
const VARIABLE_NAMES = [...VARIABLES.map(({ name }) => name), 'RINGMASTER_CONFIG'];

/** A number is written in digits; what is not is left for the schema to refuse. */
const parseValue = (text: string, numeric: boolean | undefined): string | number =>
  numeric && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;

/** Strings without the blanks and line breaks around them: a secret's file ends with a line break. */
function trimmed(section: object): Record<string, unknown> {
  const entries = Object.entries(section).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.trim() : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The config file with the environment over it, and what is wrong before any schema sees it. */
function assemble(environment: NodeJS.ProcessEnv): { draft: RawSections; problems: Problem[] } {
  const problems: Problem[] = [];
  const path = environment['RINGMASTER_CONFIG']?.trim();
  if (path === '' && environment['RINGMASTER_CONFIG'] !== '') {
    problems.push({ paths: [], text: 'RINGMASTER_CONFIG: holds nothing but blanks' });
  }
  const file = path ? readConfigFile(path) : { sections: {} };
  if ('problem' in file) problems.push({ paths: [], text: `RINGMASTER_CONFIG: ${file.problem}` });
  const draft: RawSections = { ...file.sections };
  for (const section of SECTIONS) {
    const given = draft[section];
    if (given !== undefined && !isPlainObject(given)) {
      problems.push({ paths: [section], text: `${section}: must be an object of settings` });
    }
    draft[section] = isPlainObject(given) ? trimmed(given) : {};
  }
  for (const {
    name,
    path: [sectionName, key],
    numeric,
  } of VARIABLES) {
    const raw = environment[name];
    if (raw === undefined || raw === '') continue;
    const text = raw.trim();
    const section = draft[sectionName] as Record<string, unknown>;
    if (text === '') {
      problems.push({
        paths: [`${sectionName}.${key}`],
        text: `${name}: holds nothing but blanks`,
      });
    } else section[key] = parseValue(text, numeric);
  }
  return { draft, problems };
}

/** The name a person set: the environment variable where there is one, else the path in the file. */
function settingName(path: string, environment: NodeJS.ProcessEnv): string {
  const found = VARIABLES.find(
    ({ name, path: [section, key] }) =>
      path === `${section}.${key}` && (environment[name] ?? '') !== '',
  );
  return found?.name ?? path;
}

function suggestion(path: readonly PropertyKey[], key: string): string {
  const section = configSchema.shape[path[0] as Section];
  const known = path.length === 0 ? SECTIONS : section ? Object.keys(section.shape) : [];
  const nearest = path.length < 2 ? nearestName(key, known) : undefined;
  return nearest ? `; did you mean ${[...path, nearest.name].join('.')}?` : '';
}

function schemaProblems(error: z.ZodError, environment: NodeJS.ProcessEnv): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    if (issue.code !== 'unrecognized_keys') {
      const [section, key] = issue.path.map(String);
      const setting = `${section}.${key}`;
      const name = settingName(setting, environment);
      // A list in a variable is one text: an index in it helps nobody.
      const inside = name === setting ? issue.path.slice(2).map(String) : [];
      const place = [name, ...inside];
      return [{ paths: [setting], text: `${place.join('.')}: ${issue.message}` }];
    }
    return issue.keys.map((key) => {
      const path = [...issue.path, key].map(String);
      return {
        paths: [path.slice(0, 2).join('.')],
        text: `${path.join('.')}: no such setting${suggestion(issue.path, key)}`,
      };
    });
  });
}

/** The settings that are valid, the others at their defaults: so that rules between settings are checked too. */
function validPart(draft: RawSections, problems: readonly Problem[]): Parsed | undefined {
  const sound: RawSections = Object.fromEntries(
    SECTIONS.map((section) => [section, { ...(draft[section] as object) }]),
  );
  for (const path of problems.flatMap(({ paths }) => paths)) {
    const [section = '', key = ''] = path.split('.');
    delete (sound[section] as Record<string, unknown> | undefined)?.[key];
  }
  return configSchema.safeParse(sound).data;
}

/** Rules between settings, which no single field can check. */
function crossCheck({ providers, openai, turn, twilio, server }: Parsed): Problem[] {
  const problems: Problem[] = [];
  const rule = (isBroken: boolean, paths: readonly string[], text: string): void => {
    if (isBroken) problems.push({ paths, text });
  };
  const lacking = (['stt', 'agent', 'tts'] as const).filter(
    (role) => providers[role]?.includes('openai') && !openaiServer(openai, role).variable,
  );
  rule(
    lacking.length > 0,
    ['openai.apiKey', 'openai.baseUrl', ...lacking.map((role) => `providers.${role}`)],
    'OPENAI_API_KEY: needed, since a provider is set to openai',
  );
  rule(
    turn.endpointSilenceMs < turn.vadHangoverMs,
    ['turn.endpointSilenceMs', 'turn.vadHangoverMs'],
    'RINGMASTER_ENDPOINT_SILENCE_MS: must not be below RINGMASTER_VAD_HANGOVER_MS, which is part of it',
  );
  rule(
    turn.endpointMaxMs < Math.max(turn.endpointSilenceMs, turn.endpointMinMs),
    ['turn.endpointMaxMs', 'turn.endpointSilenceMs', 'turn.endpointMinMs'],
    'RINGMASTER_ENDPOINT_MAX_MS: must not be below RINGMASTER_ENDPOINT_SILENCE_MS or _MIN_MS',
  );
  rule(
    server.publicUrl !== undefined && twilio.authToken === undefined,
    ['server.publicUrl', 'twilio.authToken'],
    'PUBLIC_URL: needs TWILIO_AUTH_TOKEN beside it, since strangers can reach the node then',
  );
  rule(
    twilio.previousAuthToken !== undefined && twilio.authToken === undefined,
    ['twilio.previousAuthToken', 'twilio.authToken'],
    'TWILIO_PREVIOUS_AUTH_TOKEN: is of use beside TWILIO_AUTH_TOKEN only',
  );
  return problems;
}

/**
 * Variables that nobody reads. One that is a slip of the pen of a setting which is not set is a problem:
 * a node must not run without a token because an underscore was missed. Others are worth a warning.
 */
function unreadVariables(environment: NodeJS.ProcessEnv): {
  problems: Problem[];
  warnings: string[];
} {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const { name, nearest } of unknownVariables(environment, VARIABLE_NAMES)) {
    const meant = nearest ? `; did you mean ${nearest.name}?` : '';
    const text = `${name}: no such setting${meant}`;
    if (nearest?.isTypo && !environment[nearest.name]) problems.push({ paths: [], text });
    else warnings.push(text);
  }
  return { problems, warnings };
}

/** One language for everything: either of the two settings stands for both where it is alone. */
function withLanguage(config: Parsed, draft: RawSections): Config {
  const isSet = (draft['turn'] as { language?: unknown }).language !== undefined;
  const engines = config.openai.language;
  const language = isSet ? config.turn.language : (engines ?? config.turn.language);
  return {
    ...config,
    turn: { ...config.turn, language },
    openai: { ...config.openai, language: engines ?? primaryLanguage(language) },
  };
}

function freeze(config: Config): Config {
  for (const section of Object.values(config)) Object.freeze(section);
  return Object.freeze(config);
}

/**
 * Parse the environment (and the JSON file that `RINGMASTER_CONFIG` names; the environment wins).
 * @param warn is told of variables that nobody reads; by default a warning of the process
 * @throws {RingmasterError} CONFIG_INVALID, its message lists every problem with the setting's name
 */
export function loadConfig(
  environment: NodeJS.ProcessEnv = process.env,
  warn: (message: string) => void = (message) => process.emitWarning(message, 'ConfigWarning'),
): Config {
  const { draft, problems } = assemble(environment);
  const unread = unreadVariables(environment);
  problems.push(...unread.problems);
  const parsed = configSchema.safeParse(draft);
  if (parsed.error) problems.push(...schemaProblems(parsed.error, environment));
  const config = parsed.data ?? validPart(draft, problems);
  const invalid = new Set(problems.flatMap(({ paths }) => paths));
  const broken = config ? crossCheck(config) : [];
  problems.push(...broken.filter(({ paths }) => !paths.some((path) => invalid.has(path))));
  if (problems.length > 0 || !config) {
    const texts = new Set(problems.map(({ text }) => text));
    throw new RingmasterError('CONFIG_INVALID', [...texts].join('\n'));
  }
  for (const warning of unread.warnings) warn(warning);
  return freeze(withLanguage(config, draft));
}
