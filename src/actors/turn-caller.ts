// What the turn machine does while the caller has the floor: notes voice, words and keys, and asks for finals. Control plane.

import type { SttFact } from './events.js';
import type { Transcript } from './ports.js';
import { turnBase } from './turn-base.js';
import { without } from './turn-context.js';
import { learnFinalLatency, pauseLesson } from './turn-judgement.js';

const transcriptOf = ({ utteranceId, text, confidence }: SttFact): Transcript => ({
  utteranceId,
  text,
  ...(confidence !== undefined && { confidence }),
});

export const callerActions = {
  noteSpeech: turnBase.assign(({ context, event }) => {
    if (event.type !== 'speech.started') return {};
    const { utteranceId, atMs } = event;
    const isSame = utteranceId === context.utteranceId;
    return {
      utteranceId,
      utteranceStartedMs: isSame ? context.utteranceStartedMs : context.clock.nowMs(),
      voice: true,
      prediction: undefined,
      idleCount: 0,
      timing: { speechStartedMs: context.timing.speechStartedMs ?? atMs },
    };
  }),
  /** The caller went on in time: so long this caller pauses. */
  learnPause: turnBase.assign(({ context, event }) => ({
    pauses: context.pauses + 1,
    endpointState: pauseLesson(context, event, 'paused'),
  })),
  noteSilence: turnBase.assign({
    voice: false,
    timing: ({ context, event }) =>
      event.type === 'speech.stopped'
        ? { ...context.timing, voiceEndedMs: event.voiceEndedAtMs }
        : context.timing,
    turnLevelDbfs: ({ context: { turnLevelDbfs = -Infinity, voiceLevelDbfs } }) => {
      const dbfs = Math.max(turnLevelDbfs, voiceLevelDbfs() ?? -Infinity);
      return dbfs === -Infinity ? undefined : dbfs;
    },
  }),
  noteInterim: turnBase.assign({
    interims: ({ context: { interims }, event }) =>
      event.type === 'stt.interim'
        ? [...without(interims, event.utteranceId), transcriptOf(event)]
        : interims,
  }),
  notePrediction: turnBase.assign({
    prediction: ({ context, event }) =>
      event.type === 'turn.predicted' ? event.probability : context.prediction,
  }),
  /** Ask for the words of what was said so far. */
  finishUtterance: turnBase.enqueueActions(({ enqueue, context }) => {
    const { utteranceId, finishedId, awaited } = context;
    const nowMs = context.clock.nowMs();
    enqueue.assign({ utteranceStartedMs: nowMs });
    // Handed over already, while it was decided what it is.
    if (utteranceId <= finishedId) return;
    enqueue.assign({
      awaited: awaited.includes(utteranceId) ? awaited : [...awaited, utteranceId],
      finishedId: utteranceId,
      finishedAtMs: nowMs,
    });
    enqueue.sendTo(context.supervisor, { type: 'stt.finish', utteranceId });
  }),
  stepIn: turnBase.assign({ steppingIn: true, stepIns: ({ context }) => context.stepIns + 1 }),
  /** From here on the caller waits for the agent. */
  endTurn: turnBase.assign({
    timing: ({ context }) => ({ ...context.timing, endpointedMs: context.clock.nowMs() }),
    // Whoever pauses is no television.
    stepIns: ({ context }) => (context.steppingIn ? context.stepIns : 0),
  }),
  /** The voice that was there before the keypad's turn was answered has ended: its words come too late. */
  dropUtterance: turnBase.enqueueActions(({ enqueue, context }) => {
    const { utteranceId, interims } = context;
    const left = without(interims, utteranceId);
    enqueue.assign({ voice: false, finishedId: utteranceId, interims: left });
    enqueue.sendTo(context.supervisor, { type: 'stt.finish', utteranceId });
  }),
  forgetTurn: turnBase.assign({
    timing: {},
    interims: [],
    turnLevelDbfs: undefined,
    pauses: 0,
    discarded: 0,
  }),
  noteFinal: turnBase.assign({
    heard: ({ context, event }) =>
      event.type === 'stt.final' ? [...context.heard, transcriptOf(event)] : context.heard,
    interims: ({ context, event }) =>
      event.type === 'stt.final' ? without(context.interims, event.utteranceId) : context.interims,
    finalLatencyMs: ({ context, event }) =>
      event.type === 'stt.final' && event.utteranceId === context.finishedId
        ? learnFinalLatency(context)
        : context.finalLatencyMs,
    awaited: ({ context, event }) =>
      event.type === 'stt.final'
        ? context.awaited.filter((id) => id !== event.utteranceId)
        : context.awaited,
    doubted: ({ context, event }) =>
      event.type === 'stt.final'
        ? context.doubted.filter((id) => id !== event.utteranceId)
        : context.doubted,
  }),
  /** Its final does not come: what was understood on the way stands. */
  trustInterims: turnBase.assign(({ context: { heard, awaited, interims } }) => ({
    heard: [...heard, ...interims.filter(({ utteranceId }) => awaited.includes(utteranceId))],
    interims: [],
    awaited: [],
  })),
  noteDigit: turnBase.assign({
    digits: ({ context, event }) =>
      event.type === 'dtmf.received' && event.digit !== '#'
        ? context.digits + event.digit
        : context.digits,
    digitsEndMs: ({ context: { clock, settings }, event }) =>
      event.type === 'dtmf.received' && event.digit === '#'
        ? clock.nowMs()
        : clock.nowMs() + settings.digitTimeoutMs,
    idleCount: 0,
  }),
};
