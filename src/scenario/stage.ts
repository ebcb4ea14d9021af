// Providers of a node on which many scenarios run at once: each call gets the engines of its own. Control plane.

import type { AgentProvider, SttProvider, TtsProvider } from '../actors/ports.js';
import { closedProvider } from '../providers/scripted/script.js';
import { CallerTrack } from './caller-track.js';
import { EngineNotes } from './engine-notes.js';
import { defaultAgent, defaultStt, defaultTts, type ReplyScript, type Scenario } from './schema.js';
import { ScenarioAgent } from './scripted-agent.js';
import { EarMemory, ScenarioEar } from './scripted-ear.js';
import { ScriptedTools } from './scripted-tools.js';
import { ScenarioVoice } from './scripted-voice.js';

/** The engines of one call and what they remember over restarts. */
export class Cast {
  readonly track = new CallerTrack();
  readonly notes = new EngineNotes();
  readonly tools: ScriptedTools;
  readonly voice: ScenarioVoice;
  readonly letterMs: number;
  readonly #agent;
  readonly #stt;
  readonly #ear = new EarMemory();
  readonly #faults = new Map<ReplyScript, number>();

  constructor(scenario: Pick<Scenario, 'agent' | 'stt' | 'tts'>, callSid: string) {
    const tts = scenario.tts ?? defaultTts();
    this.#agent = scenario.agent ?? defaultAgent();
    this.#stt = scenario.stt ?? defaultStt();
    this.letterMs = tts.letterMs;
    this.tools = new ScriptedTools(this.#agent.tools, callSid, this.notes);
    this.voice = new ScenarioVoice(tts, this.notes);
  }

  agent(): ScenarioAgent {
    return new ScenarioAgent(this.#agent, this.tools, this.notes, this.#faults);
  }

  ear(emit: ConstructorParameters<typeof ScenarioEar>[4]): ScenarioEar {
    return new ScenarioEar(this.#stt, this.track, this.notes, this.#ear, emit);
  }
}

export class Stage {
  readonly #casts = new Map<string, Cast>();

  /** The call with this CallSid is played by `cast`. */
  enter(callSid: string, cast: Cast): void {
    this.#casts.set(callSid, cast);
  }

  leave(callSid: string): void {
    this.#casts.delete(callSid);
  }

  providers(): { stt: SttProvider; tts: TtsProvider; agent: AgentProvider } {
    const castOf = (callSid: string): Cast => {
      const cast = this.#casts.get(callSid);
      if (cast === undefined) throw closedProvider('scenario');
      return cast;
    };
    // The node prepares its apology before there is any call.
    const spare = new Cast({}, '');
    return {
      stt: {
        name: 'scenario-stt',
        capabilities: { interims: true },
        async warmUp() {},
        open: ({ callSid, emit }) => Promise.resolve(castOf(callSid).ear(emit)),
        async close() {},
      },
      tts: {
        name: 'scenario-tts',
        capabilities: { streaming: true },
        async warmUp() {},
        synthesize: (request) =>
          (this.#casts.get(request.callSid) ?? spare).voice.synthesize(request),
        async close() {},
      },
      agent: {
        name: 'scenario-agent',
        async warmUp() {},
        open: ({ callSid }) => castOf(callSid).agent(),
        async close() {},
      },
    };
  }
}
