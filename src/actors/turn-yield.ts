// What the turn machine does when the caller speaks over the agent: holds it, plays on, or yields the floor. Control plane.

import { forgetOver, judgeNewest, noteOver } from './notice.js';
import { FILLER_TIMER, type TurnArgs, turnBase } from './turn-base.js';
import { historyBeforeInput, onsetMs } from './turn-context.js';
import { takenForNothing } from './turn-doubt.js';
import { pauseLesson } from './turn-judgement.js';

export const yieldActions = {
  /** Fall silent at once; what was not heard is kept until it is known what the voice is. */
  hold: turnBase.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'speech.started') return;
    const held = { onsetMs: onsetMs(context, event), voiceEndedMs: undefined };
    enqueue.assign({ held, heardSoFar: '' });
    enqueue.sendTo(context.supervisor, { type: 'line.hold' });
  }),
  noteHeard: turnBase.assign({
    agentHeardMs: ({ context }) => context.clock.nowMs(),
    heardSoFar: ({ context, event }) =>
      'heardText' in event ? event.heardText : context.heardSoFar,
  }),
  noteHeldVoice: turnBase.assign({
    // Who falls silent while the agent speaks hears it.
    stepIns: ({ context, event }) => (event.type === 'speech.stopped' ? 0 : context.stepIns),
    held: ({ context: { held }, event }) => {
      if (held === undefined) return held;
      if (event.type === 'speech.started') return { ...held, voiceEndedMs: undefined };
      return event.type === 'speech.stopped'
        ? { ...held, voiceEndedMs: event.voiceEndedAtMs }
        : held;
    },
  }),
  /** It was nothing: play on, and forget what was understood of it. */
  resume: turnBase.enqueueActions(({ enqueue, context }) => {
    context.log.falseInterruption();
    enqueue.assign(takenForNothing(context));
    const at = context.settings.resumeAt;
    enqueue.sendTo(context.supervisor, { type: 'line.resume', at });
  }),

  beginNotice: turnBase.assign({ notice: true }),
  noteOver: turnBase.assign(({ context, event }) =>
    event.type === 'speech.started' || event.type === 'stt.final' ? noteOver(context, event) : {},
  ),
  endNotice: turnBase.assign({ notice: false }),
  forgetOver: turnBase.assign(({ context }) => forgetOver(context)),
  /** What began over the notice is judged as a voice is that begins now. */
  holdOver: turnBase.enqueueActions(({ enqueue, context }) => {
    enqueue.assign(judgeNewest(context));
    enqueue.sendTo(context.supervisor, { type: 'line.hold' });
  }),

  /** Take the floor back from the agent; `playback.cleared` will tell what of it was heard. */
  yieldFloor: turnBase.enqueueActions(({ enqueue, context }) => {
    const { generation } = context;
    enqueue.cancel(FILLER_TIMER);
    enqueue.sendTo(context.supervisor, { type: 'line.clear' });
    enqueue.sendTo(context.supervisor, { type: 'tts.stop' });
    enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
    enqueue.assign({ unsaid: [], action: undefined, held: undefined });
  }),
  /** The caller goes on before any answer was heard: the turn is not over, its words are kept. */
  takeTurnBack: turnBase.assign(({ context, event }) => {
    const { input, turns } = context;
    const history = historyBeforeInput(context);
    if (input.kind === 'digits') return { history, digits: input.digits, takenBack: true };
    if (input.kind === 'unclear') return { takenBack: true };
    if (input.kind !== 'turn') return {};
    // Before every utterance that follows.
    const { text, confidence } = input;
    const said = { utteranceId: 0, text, ...(confidence !== undefined && { confidence }) };
    const heard = [said, ...context.heard];
    return {
      history,
      heard,
      turns: turns - 1,
      takenBack: true,
      endpointState: pauseLesson(context, event, 'cut-off'),
    };
  }),
  recordInterruption: ({ context }: TurnArgs) => context.log.interruption(),
};
