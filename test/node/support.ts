// A real node for a test: real server, real worker pool, real sockets on loopback; called by simulated phones.

import type { Test } from 'tap';
import { loadConfig } from '../../src/config.js';
import { startNode, type MediaNode, type NodeOptions } from '../../src/main.js';
import type { Script } from '../../src/phone/caller.js';
import { loadClip, type Clip } from '../../src/phone/clip.js';
import type { PlaceCallOptions } from '../../src/phone/call-options.js';
import { createScriptedAgent } from '../../src/providers/scripted/agent.js';
import { placeCall, type PhoneCall } from '../../src/phone/phone-call.js';

/** Scripted engines without delay and short silences: tests wait for nothing that they do not test. */
const QUICK: Record<string, string> = {
  PORT: '0',
  RINGMASTER_LOG: 'silent',
  RINGMASTER_DSP_SHARDS: '1',
  RINGMASTER_STT: 'scripted',
  RINGMASTER_TTS: 'scripted',
  RINGMASTER_AGENT: 'scripted',
  RINGMASTER_SCRIPTED_STT_DELAY_MS: '10',
  RINGMASTER_SCRIPTED_AGENT_DELAY_MS: '10',
  RINGMASTER_SCRIPTED_TTS_DELAY_MS: '10',
  RINGMASTER_ENDPOINT_SILENCE_MS: '400',
  // Phones that drop do not come back: tests of those that do say so.
  RINGMASTER_RESUME_WINDOW_MS: '300',
};

/** Short, since calls run in real time; long enough to be interrupted. */
export const ANSWER = 'Good morning, what can I do for you?';

export const LOCAL_ENGINES: Record<string, string> = {
  RINGMASTER_STT: 'local',
  RINGMASTER_TTS: 'local',
  RINGMASTER_AGENT: 'local',
};

/** Started with `environment` over quick scripted engines; closed at the end of the test. */
export async function startTestNode(
  t: Test,
  environment: Record<string, string> = {},
  options: Partial<NodeOptions> = {},
): Promise<MediaNode> {
  const config = loadConfig({ ...QUICK, ...environment });
  const agent = createScriptedAgent({ answers: [ANSWER], firstTextMs: 10 });
  const providers = environment['RINGMASTER_AGENT'] ? {} : { agent };
  const node = await startNode({
    config,
    // Caller and node share this event loop, and tests share the machine.
    refusesByLoad: false,
    ...options,
    providers: { ...providers, ...options.providers },
  });
  t.teardown(() => node.close());
  return node;
}

export const clip = (name: string): Promise<Clip> => loadClip(`assets/speech/${name}.wav`);

export function callNode(
  node: MediaNode,
  script: Script,
  options: Partial<PlaceCallOptions> = {},
): PhoneCall {
  return placeCall({
    webhookUrl: `${node.url}/twilio/voice`,
    script,
    timeLimitMs: 60_000,
    ...options,
  });
}

/** Wait for something that other processes and threads make true; fails by the test's time-out. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
