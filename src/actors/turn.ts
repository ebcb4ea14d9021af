// Who holds the floor: caller or agent. A pure machine: facts in, orders out, all times through XState's clock. Control plane.

import { and, not, or } from 'xstate';
import { initialTurnContext } from './turn-context.js';
import { turnSetup } from './turn-rules.js';

const agentRestarted = { type: 'isChild', params: { child: 'agent' } } as const;
const ttsRestarted = { type: 'isChild', params: { child: 'tts' } } as const;

/** The reply grows, whether it is being played or held. */
const replyGrows = {
  'agent.clause': { guard: and(['isReply', 'isReplyOpen']), actions: ['say', 'noteClauseGiven'] },
  'agent.working': { guard: and(['isReply', 'isReplyOpen']), actions: 'noteWorking' },
  'agent.expected': { guard: and(['isReply', 'isReplyOpen']), actions: 'expect' },
  'agent.done': { guard: and(['isReply', 'isReplyOpen']), actions: 'completeReply' },
  'tts.said': { actions: 'noteSaid' },
  'child.restarted': [
    { guard: and([agentRestarted, 'isReplyOpen', 'saidNothing']), actions: 'askAgain' },
    // It died in mid-reply: what it said stands, and is all there is.
    { guard: and([agentRestarted, 'isReplyOpen']), actions: 'completeReply' },
    { guard: and([ttsRestarted, 'brokeTwice']), target: '#turn.closing', actions: 'tellOverdue' },
    { guard: ttsRestarted, actions: 'sayAgain' },
  ],
} as const;

/** A reply is drafted while the caller's turn is not final. */
const draftGrows = {
  'agent.clause': { guard: 'isDraft', actions: 'noteDraft' },
  'agent.expected': { guard: 'isDraft', actions: 'noteDraft' },
  'agent.done': { guard: 'isDraft', actions: 'noteDraft' },
  'child.restarted': { guard: agentRestarted, actions: 'loseDraft' },
} as const;

export const turnMachine = turnSetup.createMachine({
  id: 'turn',
  context: ({ input }) => initialTurnContext(input),
  initial: 'greeting',
  on: {
    // Late finals of utterances that were finished while the caller went on.
    'stt.final': { guard: or(['isAwaited', 'wereWords']), actions: 'noteFinal' },
    'stt.interim': { guard: 'isNewInterim', actions: 'noteInterim' },
    'turn.predicted': { guard: 'isPrediction', actions: 'notePrediction' },
    'playback.cleared': { guard: 'isReply', actions: 'recordReply' },
    'line.resumed': { actions: 'renewWait' },
    // The caller has waited too long, whoever is late.
    'answer.due': [
      { guard: 'isOverdue', target: '.closing', actions: 'tellOverdue' },
      { actions: 'checkWait' },
    ],
  },
  states: {
    greeting: {
      always: {
        target: 'replying',
        actions: 'greet',
      },
    },

    /** The agent has the floor: thinking until its first frame is on the wire, then speaking. */
    replying: {
      initial: 'thinking',
      entry: 'awaitReply',
      on: {
        ...replyGrows,
        'notice.started': { guard: 'isReply', actions: 'beginNotice' },
        'filler.due': { guard: 'mayFill', actions: 'sayFiller' },
        'stt.final': [
          { guard: 'isAwaited', actions: 'noteFinal' },
          { guard: and(['wereWords', 'isNotice']), actions: ['noteOver', 'noteFinal'] },
          // The agent went on too soon.
          {
            guard: 'wereWords',
            target: 'endpointing',
            actions: ['recordInterruption', 'yieldFloor', 'noteFinal'],
          },
        ],
        'playback.finished': [
          {
            guard: and(['isReply', 'isUnheard', 'isRepeated']),
            target: '#turn.closing',
            actions: 'tellOverdue',
          },
          { guard: and(['isReply', 'isUnheard']), target: '.thinking', actions: 'repeatUnheard' },
          { guard: 'isReply', target: '.played', actions: ['noteHeard', 'recordReply'] },
        ],
        'speech.stopped': [
          {
            guard: and(['hasVoice', 'speaksOver']),
            actions: ['noteHeldVoice', 'noteSilence', 'finishUtterance'],
          },
          { guard: 'hasVoice', actions: 'dropUtterance' },
        ],
        'dtmf.received': [
          { guard: 'isNotice', actions: 'noteDigit' },
          { target: 'keying', actions: ['yieldFloor', 'noteDigit'] },
        ],
      },
      states: {
        thinking: {
          on: {
            'playback.started': { guard: 'isReply', target: 'speaking', actions: 'startPlayback' },
            'speech.started': {
              target: '#turn.hearing',
              actions: ['yieldFloor', 'takeTurnBack', 'noteSpeech'],
            },
            'dtmf.received': {
              target: '#turn.keying',
              actions: ['yieldFloor', 'takeTurnBack', 'noteDigit'],
            },
            'stt.final': {
              guard: 'wereWords',
              target: '#turn.endpointing',
              actions: ['yieldFloor', 'takeTurnBack', 'noteFinal'],
            },
          },
        },
        speaking: {
          on: {
            'speech.started': [
              { guard: 'isNotice', actions: ['noteOver', 'noteSpeech'] },
              { target: '#turn.held', actions: ['hold', 'noteSpeech'] },
            ],
            // What was a hum or a laugh, and lasted, has become words.
            'speech.proven': {
              guard: and(['hasVoice', not('isNotice')]),
              target: '#turn.hearing',
              actions: ['recordInterruption', 'yieldFloor'],
            },
            // What came over it is an interruption of what follows, or it is not: nothing waits for an onset.
            'notice.ended': [
              {
                guard: and(['isReply', 'hasDigits']),
                target: '#turn.keying',
                actions: ['endNotice', 'yieldFloor'],
              },
              { guard: 'isReply', target: 'over', actions: ['endNotice', 'noteHeard'] },
            ],
          },
        },
        /** A notice is over, and its reply goes on unless something was said or is being said over it. */
        over: {
          always: [
            {
              guard: and(['isInterruptedOver', 'hasVoice']),
              target: '#turn.hearing',
              actions: ['recordInterruption', 'yieldFloor'],
            },
            {
              guard: 'isInterruptedOver',
              target: '#turn.endpointing',
              actions: ['recordInterruption', 'yieldFloor'],
            },
            { guard: 'isNothingOver', target: 'speaking', actions: 'forgetOver' },
            { target: '#turn.held', actions: 'holdOver' },
          ],
        },
        played: {
          always: [
            // Typed over a notice: answered before anything else happens.
            { guard: 'hasDigits', target: '#turn.keying' },
            {
              guard: and(['hasAction', 'isNothingOver']),
              target: '#turn.closing',
              actions: 'hangUp',
            },
            { guard: and(['hasAction', 'isUndecidedOver']), target: 'weighing' },
            // Spoke all the time beside the keypad or over a notice, so that no onset took the floor.
            { guard: 'hasVoice', target: '#turn.hearing' },
            // Said over what could not be interrupted: answered now.
            { guard: 'awaitsFinal', target: '#turn.transcribing' },
            { guard: 'hasHeard', target: '#turn.deciding' },
            { target: '#turn.listening' },
          ],
        },
        /** The last word was a notice, and what came over its end decides whether the call ends. */
        weighing: {
          on: {
            'stt.interim': { guard: 'isNewInterim', target: 'played', actions: 'noteInterim' },
            'stt.final': { guard: 'isAwaited', target: 'played', actions: 'noteFinal' },
            'speech.started': {
              target: 'played',
              actions: ['noteHeldVoice', 'noteSpeech'],
            },
            'speech.stopped': {
              target: 'played',
              actions: ['noteHeldVoice', 'noteSilence', 'finishUtterance'],
            },
          },
          after: { overVerdict: 'played' },
        },
      },
    },

    /** The caller's voice came while the agent spoke. Playback stands still until it is known what it is. */
    held: {
      initial: 'judging',
      on: {
        ...replyGrows,
        'answer.due': { actions: 'waitOn' },
        'playback.held': { guard: 'isReply', target: '.judging', actions: 'noteHeard' },
        'speech.started': { target: '.judging', actions: ['noteHeldVoice', 'noteSpeech'] },
        'speech.proven': '.judging',
        // Its words are wanted soon, and the recogniser may give none before it is finished.
        'speech.stopped': {
          target: '.judging',
          actions: ['noteHeldVoice', 'noteSilence', 'finishUtterance'],
        },
        'stt.interim': { guard: 'isNewInterim', target: '.judging', actions: 'noteInterim' },
        'stt.final': {
          guard: or(['isAwaited', 'wereWords']),
          target: '.judging',
          actions: 'noteFinal',
        },
        'dtmf.received': { target: 'keying', actions: ['yieldFloor', 'noteDigit'] },
        // All of it had been heard when the voice came.
        'playback.finished': [
          {
            guard: and(['isReply', 'hasAction']),
            target: 'closing',
            actions: ['recordReply', 'hangUp'],
          },
          { guard: and(['isReply', 'voiceLasts']), target: 'hearing', actions: 'recordReply' },
          { guard: 'isReply', target: 'endpointing', actions: 'recordReply' },
        ],
      },
      states: {
        judging: {
          always: [
            {
              guard: and(['isInterruption', 'voiceLasts']),
              target: '#turn.hearing',
              actions: ['recordInterruption', 'yieldFloor'],
            },
            {
              guard: 'isInterruption',
              target: '#turn.endpointing',
              actions: ['recordInterruption', 'yieldFloor'],
            },
            { guard: 'isFalseAlarm', target: '#turn.replying.speaking', actions: 'resume' },
            { target: 'waiting' },
          ],
        },
        waiting: { after: { verdict: 'judging' } },
      },
    },

    /** Nobody speaks. */
    listening: {
      entry: ['forgetTurn', 'endWait'],
      on: {
        'speech.started': { target: 'hearing', actions: 'noteSpeech' },
        'dtmf.received': { target: 'keying', actions: 'noteDigit' },
        'stt.final': { guard: 'wereWords', target: 'deciding', actions: 'noteFinal' },
      },
      after: { idle: { target: 'replying', actions: 'askIdle' } },
    },

    /** The caller has the floor. */
    hearing: {
      entry: 'endWait',
      on: {
        'speech.stopped': { target: 'endpointing', actions: 'noteSilence' },
        // The line opened the next utterance, since the one before grew too long.
        'speech.started': { actions: 'noteSpeech' },
        'dtmf.received': { target: 'keying', actions: 'noteDigit' },
      },
      after: {
        stepIn: { target: 'transcribing', actions: ['stepIn', 'finishUtterance'] },
        maxUtterance: { target: 'hearing', reenter: true, actions: 'finishUtterance' },
      },
    },

    /** The caller paused: finished, or thinking? Meanwhile the agent may begin on what was understood. */
    endpointing: {
      initial: 'waiting',
      entry: 'beginWait',
      on: {
        ...draftGrows,
        'answer.due': { actions: 'waitOn' },
        // What was understood decides how long to wait.
        'stt.interim': {
          guard: 'isNewInterim',
          target: 'endpointing',
          reenter: true,
          actions: ['noteInterim', 'reviewDraft'],
        },
        'stt.final': {
          guard: or(['isAwaited', 'wereWords']),
          target: 'endpointing',
          reenter: true,
          actions: ['noteFinal', 'reviewDraft'],
        },
        // And so does how it sounded.
        'turn.predicted': {
          guard: 'isPrediction',
          target: 'endpointing',
          reenter: true,
          actions: 'notePrediction',
        },
        'speech.started': {
          target: 'hearing',
          actions: ['discardDraft', 'learnPause', 'noteSpeech'],
        },
        'dtmf.received': {
          target: 'keying',
          actions: ['discardDraft', 'finishUtterance', 'noteDigit'],
        },
      },
      after: {
        // So that the words are there when the turn ends.
        finish: [
          { guard: 'mayGoOn', target: 'endpointing', reenter: true },
          { actions: 'finishUtterance' },
        ],
        endpoint: [
          // The caller may just be going on.
          { guard: 'mayGoOn', target: 'endpointing', reenter: true },
          { target: 'transcribing', actions: 'finishUtterance' },
        ],
      },
      states: {
        waiting: {
          after: { draft: { guard: 'mayDraft', target: 'drafting', actions: 'orderDraft' } },
        },
        drafting: {},
      },
    },

    /** The caller has finished: wait for the words. */
    transcribing: {
      entry: ['endTurn', 'beginWait', 'awaitFinal'],
      on: {
        ...draftGrows,
        'stt.final': [
          { guard: 'isLastAwaited', target: 'deciding', actions: 'noteFinal' },
          { guard: or(['isAwaited', 'wereWords']), actions: 'noteFinal' },
        ],
        'speech.started': [
          { guard: 'isSteppingIn', actions: 'noteSpeech' },
          // Went on after all: the words that come of both are one turn.
          { target: 'hearing', actions: ['discardDraft', 'learnPause', 'noteSpeech'] },
        ],
        // Spoke while using the keypad, and has finished only now.
        'speech.stopped': { guard: 'hasVoice', actions: ['noteSilence', 'finishUtterance'] },
        'dtmf.received': { target: 'keying', actions: ['discardDraft', 'noteDigit'] },
      },
      always: { guard: 'awaitsNothing', target: 'deciding' },
      after: { final: { target: 'deciding', actions: 'trustInterims' } },
    },

    /** The words are there: the turn is committed. */
    deciding: {
      entry: 'beginWait',
      always: [
        {
          guard: 'hasDigits',
          target: 'replying',
          actions: ['discardDraft', 'askDigits', 'awaitAnswer'],
        },
        { guard: 'neverStops', target: 'replying', actions: ['discardDraft', 'takeLeave'] },
        { guard: 'fitsDraft', target: 'replying', actions: ['adoptDraft', 'awaitAnswer'] },
        {
          guard: 'hasHeard',
          target: 'replying',
          actions: ['discardDraft', 'commit', 'awaitAnswer'],
        },
        { target: 'replying', actions: ['discardDraft', 'askUnclear', 'awaitAnswer'] },
      ],
    },

    /** The caller is using the keypad, and may be speaking too. */
    keying: {
      entry: 'endWait',
      on: {
        'dtmf.received': [
          { guard: 'isHash', target: 'keyed', actions: 'noteDigit' },
          { target: 'keying', reenter: true, actions: 'noteDigit' },
        ],
        'speech.started': { actions: 'noteSpeech' },
        'speech.stopped': { guard: 'hasVoice', actions: ['noteSilence', 'finishUtterance'] },
      },
      after: { digit: 'keyed' },
    },

    keyed: {
      always: [
        { guard: and(['hasVoice', not('hasDigits')]), target: 'hearing' },
        { guard: 'awaitsFinal', target: 'transcribing' },
        { guard: 'hasDigits', target: 'deciding' },
        { guard: 'hasHeard', target: 'deciding' },
        { target: 'listening' },
      ],
    },

    /** Hanging up or transferring: nothing said from here on is answered. */
    closing: { entry: 'endWait' },
  },
});
