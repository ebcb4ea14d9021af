// What a voice over the agent is by its sound, as the line tells it.

import t from 'tap';
import { FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { CallerAudio } from '../../src/transports/caller-audio.js';
import { babble, hum } from '../dsp/voice/human-voice.js';

/** A line that hears what the test says, and takes all of it for a voice but silence. */
function line(isAgentHeard: () => boolean) {
  const kept: Int16Array[] = [];
  const proven: { readonly utteranceId: number; readonly atMs: number }[] = [];
  let nowMs = 0;
  const audio = new CallerAudio({
    recent: {
      get recallable() {
        return kept.length;
      },
      recall: (ago) => kept[kept.length - 1 - ago] as Int16Array,
    },
    onsetMs: 60,
    hangoverMs: 200,
    onStarted: () => undefined,
    onStopped: () => undefined,
    onProven: (utteranceId, atMs) => void proven.push({ utteranceId, atMs }),
    isAgentHeard,
  });
  const frame = (pcm: Int16Array, speech: number): void => {
    nowMs += 20;
    kept.push(pcm);
    audio.frame(pcm, speech, nowMs);
  };
  const voice = (samples: Int16Array): void => {
    for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
      frame(samples.subarray(at, at + FRAME_SAMPLES), 1);
    }
  };
  const silence = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 20) frame(new Int16Array(FRAME_SAMPLES), 0);
  };
  return { audio, voice, silence, proven };
}

t.test(
  'a voice over the agent is a sound until it proves to be speech, told once (D3)',
  async (t) => {
    const l = line(() => true);
    l.silence(400);
    t.equal(l.audio.voiceCharacter, undefined, 'no voice yet');
    l.voice(hum(700));
    t.equal(l.audio.voiceCharacter, 'sound');
    l.silence(1000);
    l.voice(babble(1000));
    t.equal(l.audio.voiceCharacter, 'speech');
    t.equal(l.proven.length, 1);
    const [first] = l.proven;
    t.equal(first?.utteranceId, 1, 'the utterance was not ended between');
    t.ok((first?.atMs ?? 0) <= 400 + 700 + 1000 + 500, `${first?.atMs} ms`);
  },
);

t.test('a voice that comes back soon goes on, a later one begins anew', async (t) => {
  for (const [pauseMs, character] of [
    [400, 'speech'],
    [1200, 'sound'],
  ] as const) {
    const l = line(() => true);
    l.voice(babble(1000));
    l.silence(pauseMs);
    l.voice(hum(300));
    t.equal(l.audio.voiceCharacter, character, `after ${pauseMs} ms`);
  }
});

t.test('nobody listens this way to a voice that did not begin over the agent', async (t) => {
  let isAgentHeard = false;
  const l = line(() => isAgentHeard);
  l.voice(babble(500));
  isAgentHeard = true;
  l.voice(babble(1000));
  t.equal(l.audio.voiceCharacter, undefined);
  t.strictSame(l.proven, []);
  l.silence(1000);
  l.voice(hum(300));
  t.equal(l.audio.voiceCharacter, 'sound', 'but the next one does');
});
