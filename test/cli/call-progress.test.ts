import t from 'tap';
import { answerNote, CallProgress } from '../../src/cli/call/progress.js';
import { toneClip } from '../fakes/sounds.js';

function progress(): CallProgress {
  return new CallProgress([toneClip('hours.wav', 100, 1000, 100)]);
}

t.test('it follows who speaks', async (t) => {
  const followed = progress();
  t.equal(followed.text(0), 'ringing');
  followed.follow({ type: 'call.answered', atMs: 0 });
  t.equal(followed.text(10), '... waiting for the agent');
  followed.follow({ type: 'agent.started', atMs: 100 });
  t.equal(followed.text(1400), '<<< the agent is speaking, 1.3 s');
  followed.follow({ type: 'agent.ended', atMs: 1500 });
  t.match(followed.text(1600), /waiting/);
  followed.follow({ type: 'caller.started', clip: 'hours.wav', atMs: 2000 });
  t.equal(followed.text(2600), '>>> saying hours.wav [######------]');
  t.equal(followed.text(9000), '>>> saying hours.wav [############]');
  followed.follow({ type: 'caller.ended', clip: 'hours.wav', atMs: 3200 });
  t.match(followed.text(3200), /waiting/);
});

t.test('after the caller has spoken over it, an agent that goes on is shown', async (t) => {
  const followed = progress();
  followed.follow({ type: 'call.answered', atMs: 0 });
  followed.follow({ type: 'caller.started', clip: 'hours.wav', atMs: 0 });
  followed.follow({ type: 'agent.started', atMs: 500 });
  followed.follow({ type: 'caller.ended', clip: 'hours.wav', atMs: 1200 });
  t.equal(followed.text(1500), '<<< the agent is speaking, 1.0 s');
});

t.test('an answer is noted with how fast it came', async (t) => {
  const turn = {
    clip: 'hours.wav',
    voiceStartedAtMs: 1000,
    voiceEndedAtMs: 2000,
    interrupting: false,
    clearedAtMs: undefined,
    answeredAtMs: 2615,
  };
  t.equal(answerNote(turn), '(after 0.61 s)');
  t.equal(answerNote({ ...turn, answeredAtMs: 1900 }), '(before the end of your voice)');
  t.equal(answerNote({ ...turn, answeredAtMs: undefined }), '');
  t.equal(answerNote(undefined), '');
});
