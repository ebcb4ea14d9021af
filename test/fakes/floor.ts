// The turn machine alone: orders collected, facts told by hand, time driven in small steps.

import { createActor, fromCallback, SimulatedClock } from 'xstate';
import { createEndpointing } from '../../src/actors/endpointing/index.js';
import { DEFAULT_INTERRUPTION } from '../../src/actors/interruption/index.js';
import type { CallEvent, Order } from '../../src/actors/events.js';
import type { VoiceCharacter } from '../../src/actors/ports.js';
import type { TurnSettings } from '../../src/actors/turn-context.js';
import { turnMachine } from '../../src/actors/turn.js';
import { createKeptLog } from './call-log.js';

export const turnSettings: TurnSettings = {
  language: 'en',
  endpointing: createEndpointing({
    strategies: ['fixed'],
    baseMs: 600,
    minMs: 0,
    maxMs: 2000,
    hangoverMs: 200,
    digitsMs: 600,
    language: 'en',
  }),
  vadOnsetMs: 60,
  vadHangoverMs: 200,
  interruption: DEFAULT_INTERRUPTION,
  resumeAt: 'frame',
  draftAfterMs: 150,
  stepInAfterMs: undefined,
  fillers: { afterMs: undefined, phrases: ['One moment, please.', 'Just a second.'], most: 3 },
  maxUtteranceMs: 10_000,
  idleTimeoutMs: 8000,
  idlePrompts: 1,
  digitTimeoutMs: 1500,
  finalTimeoutMs: 3000,
  answer: {
    budgetMs: 7000,
    workingLimitMs: 30_000,
    sttTimeoutMs: undefined,
    agentTimeoutMs: undefined,
    ttsTimeoutMs: undefined,
    brokenOffText: 'I lost my thread.',
  },
};

function describe(order: Order): string {
  // eslint-disable-next-line typescript/switch-exhaustiveness-check -- the others have nothing to add
  switch (order.type) {
    case 'agent.reply': {
      const text = 'text' in order.input ? ` ${order.input.text}` : '';
      return `${order.draft ? 'draft' : 'reply'} ${order.generation} ${order.input.kind}${text}`;
    }
    case 'tts.say':
      return `say ${order.generation}.${order.clause} ${order.text}${order.uninterruptible ? ' !' : ''}`;
    case 'tts.end':
    case 'agent.abort':
    case 'agent.commit':
      return `${order.type} ${order.generation}`;
    case 'tts.prepare':
      return `prepare ${order.text}`;
    case 'line.resume':
      return `line.resume ${order.at}`;
    case 'stt.finish':
      return `stt.finish ${order.utteranceId}`;
    case 'line.hangup':
      return `hangup ${order.reason} ${order.next?.type}`;
    default:
      return order.type;
  }
}

export function floor(settings: Partial<TurnSettings> = {}) {
  const clock = new SimulatedClock();
  const orders: Order[] = [];
  let lostMs = 0;
  const log = createKeptLog();
  const line = {
    voiceSuspected: false,
    voiceLevelDbfs: undefined as number | undefined,
    voiceCharacter: undefined as VoiceCharacter | undefined,
    playedAnswerMs: undefined as number | undefined,
    dryForMs: 0,
  };
  const isPlaying = (): boolean => actor.getSnapshot().context.playbackStartedMs !== undefined;
  const supervisor = createActor(
    fromCallback<Order>(({ receive }) => receive((order) => void orders.push(order))),
  ).start();
  const actor = createActor(turnMachine, {
    clock,
    input: {
      supervisor: supervisor as never,
      settings: { ...turnSettings, ...settings },
      log,
      clock: { nowMs: () => clock.now() + lostMs },
      voiceSuspected: () => line.voiceSuspected,
      voiceLevelDbfs: () => line.voiceLevelDbfs,
      // What is told as played is heard, where a test does not say otherwise.
      playedAnswerMs: () => line.playedAnswerMs ?? (isPlaying() ? 1000 : 0),
      dryForMs: () => line.dryForMs,
      voiceCharacter: () => line.voiceCharacter,
      startedAtMs: 0,
    },
  }).start();
  const tell = (event: CallEvent): void => actor.send(event as never);
  const wait = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 10) clock.increment(10);
  };
  const lost = (ms: number): void => void (lostMs += ms);
  const take = (): string[] => orders.splice(0).map(describe);
  /** The agent says `text` as the reply `generation` and it is played to the end. */
  const agentSpeaks = (generation: number, text: string): void => {
    tell({ type: 'agent.clause', generation, text });
    tell({ type: 'agent.done', generation });
    tell({ type: 'playback.started', generation, atMs: clock.now() });
    tell({ type: 'tts.said', generation, clause: 0 });
    tell({ type: 'tts.done', generation });
    tell({ type: 'playback.finished', generation, heardText: text });
  };
  const callerSpeaks = (utteranceId: number, forMs = 500): void => {
    tell({ type: 'speech.started', utteranceId, atMs: clock.now() });
    wait(forMs);
    const atMs = clock.now();
    tell({ type: 'speech.stopped', utteranceId, atMs, voiceEndedAtMs: atMs - 200 });
  };
  const state = (): string => JSON.stringify(actor.getSnapshot().value);
  return {
    clock,
    lost,
    log,
    line,
    orders,
    tell,
    wait,
    take,
    agentSpeaks,
    callerSpeaks,
    state,
    actor,
  };
}

/** A floor where the greeting is over. */
export function afterGreeting() {
  const f = floor();
  f.agentSpeaks(1, 'Hello.');
  f.take();
  return f;
}
