// Which server and key serve a role: its own where it has one, else the common one. Pure. Control plane.

export type ServerRole = 'stt' | 'agent' | 'tts';

interface ServerSettings {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly sttApiKey?: string | undefined;
  readonly sttBaseUrl?: string | undefined;
  readonly agentApiKey?: string | undefined;
  readonly agentBaseUrl?: string | undefined;
  readonly ttsApiKey?: string | undefined;
  readonly ttsBaseUrl?: string | undefined;
}

export interface RoleServer {
  readonly apiKey?: string;
  readonly baseUrl?: string;
  /** The variable that says that there is a server; undefined where none does. */
  readonly variable?: string;
}

const originOf = (url: string | undefined): string =>
  new URL(url ?? 'https://api.openai.com').origin;

/** The common key goes to the common server alone: a server of a role's own is somebody else's. */
export function openaiServer(settings: ServerSettings, role: ServerRole): RoleServer {
  const ownUrl = settings[`${role}BaseUrl`];
  const ownKey = settings[`${role}ApiKey`];
  const isCommon = ownUrl === undefined || originOf(ownUrl) === originOf(settings.baseUrl);
  const apiKey = ownKey ?? (isCommon ? settings.apiKey : undefined);
  const baseUrl = ownUrl ?? settings.baseUrl;
  const upper = role.toUpperCase();
  const [variable] = [
    ownUrl && `OPENAI_${upper}_BASE_URL`,
    ownKey && `OPENAI_${upper}_API_KEY`,
    settings.apiKey && 'OPENAI_API_KEY',
    settings.baseUrl && 'OPENAI_BASE_URL',
  ].flatMap((name) => name || []);
  return {
    ...(apiKey !== undefined && { apiKey }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(variable !== undefined && { variable }),
  };
}
