import t from 'tap';
import { createScriptedAgent } from '../../src/providers/scripted/agent.js';
import { createScriptedStt } from '../../src/providers/scripted/stt.js';
import { createScriptedTts } from '../../src/providers/scripted/tts.js';
import { agentConformance, sttConformance, ttsConformance } from './conformance.js';

// Two utterances that a recogniser without a model can tell apart: by how loud they are.
const quiet = new Int16Array(6000).fill(1000);
const loud = new Int16Array(6000).fill(9000);

sttConformance(t, 'scripted', {
  makeProvider: () =>
    createScriptedStt({
      texts: ({ samples, rms, expectation }) => {
        if (samples < 100 || rms < 10) return '';
        if (expectation === 'digits') return '42';
        // Audio of another utterance mixed in would change the level.
        return Math.abs(rms - 1000) < 1 ? 'quiet' : Math.abs(rms - 9000) < 1 ? 'loud' : 'mixed';
      },
      delayMs: 5,
      interimEveryMs: 100,
    }),
  makeFailing: () =>
    createScriptedStt({ texts: ['hello'], faults: [{ request: 1, kind: 'fail' }] }),
  clips: [
    { name: 'quiet', pcm: quiet, matches: (text) => text === 'quiet' },
    { name: 'loud', pcm: loud, matches: (text) => text === 'loud' },
  ],
  digits: { name: 'digits', pcm: quiet, matches: (text) => text === '42' },
});

ttsConformance(t, 'scripted', {
  makeProvider: () => createScriptedTts({ firstAudioMs: 3, chunkIntervalMs: 1 }),
  makeFailing: () => createScriptedTts({ faults: [{ request: 1, kind: 'fail' }] }),
});

agentConformance(t, 'scripted', {
  makeProvider: () =>
    createScriptedAgent({
      answers: (input) => (input.kind === 'turn' ? `You said ${input.text}.` : 'Yes?'),
      firstTextMs: 3,
      tokenIntervalMs: 1,
    }),
  makeFailing: () =>
    createScriptedAgent({ answers: ['hello'], faults: [{ request: 1, kind: 'fail' }] }),
  turns: [
    { text: 'alpha', answer: /alpha/ },
    { text: 'bravo', answer: /bravo/ },
  ],
});
