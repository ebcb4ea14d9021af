import t from 'tap';
import { conversation, loadTurns } from '../../src/cli/call/conversation.js';
import { RingmasterError } from '../../src/errors.js';
import type { Caller, Script } from '../../src/phone/index.js';
import { toneClip } from '../fakes/sounds.js';

/** A caller that writes down what it is told to do. */
function recordingCaller(agentSpeaks: boolean): { caller: Caller; log: string[] } {
  const log: string[] = [];
  const answer = async (what: string): Promise<void> => {
    log.push(what);
    if (!agentSpeaks) throw new RingmasterError('SCENARIO_FAILED', 'silence');
  };
  const caller = {
    say: async ({ name }: { name: string }) => {
      log.push(`say ${name}`);
    },
    wait: async (ms: number) => {
      log.push(`wait ${ms}`);
    },
    waitForAgent: () => answer('listen'),
    waitForAgentStart: () => answer('hear it begin'),
  } as unknown as Caller;
  return { caller, log };
}

async function run(script: Script, caller: Caller): Promise<void> {
  if (typeof script !== 'function') throw new TypeError('one function was expected');
  await script(caller);
}

const TURNS = [
  { clip: toneClip('one', 0, 100, 0) },
  { clip: toneClip('two', 0, 100, 0), interruptAfterMs: 900 },
  { clip: toneClip('three', 0, 100, 0) },
];

t.test('turns follow the greeting, and an interruption does not wait for the end', async (t) => {
  const { caller, log } = recordingCaller(true);
  await run(
    conversation(TURNS, () => t.fail('nothing to note')),
    caller,
  );
  t.strictSame(log, [
    'listen',
    'say one',
    'hear it begin',
    'wait 900',
    'say two',
    'listen',
    'say three',
    'listen',
    'wait 2500',
  ]);
});

t.test('an agent that stays silent is noted, and the caller goes on', async (t) => {
  const { caller, log } = recordingCaller(false);
  const notes: string[] = [];
  await run(
    conversation(TURNS, (note) => notes.push(note)),
    caller,
  );
  t.ok(log.includes('say three'));
  t.strictSame(notes, [
    'The agent said nothing for 12 s.',
    'The agent said nothing for 20 s.',
    'The agent said nothing for 20 s.',
  ]);
});

t.test('the end of the call ends the conversation', async (t) => {
  const { caller } = recordingCaller(true);
  const over = new Error('the call is over');
  caller.say = () => Promise.reject(over);
  await t.rejects(
    run(
      conversation(TURNS, () => {}),
      caller,
    ),
    over,
  );
});

t.test(
  'without files the bundled conversation is held, under a minute and with an interruption',
  async (t) => {
    const turns = await loadTurns([]);
    t.ok(turns.length >= 4);
    t.ok(turns.every(({ clip }) => clip.voice !== undefined));
    t.equal(turns.filter(({ interruptAfterMs }) => interruptAfterMs !== undefined).length, 1);
    t.ok(turns.reduce((ms, { clip }) => ms + clip.durationMs, 0) < 10_000);
  },
);

t.test('files are turns in their order', async (t) => {
  const turns = await loadTurns(['assets/speech/time.wav', 'assets/speech/hello.wav']);
  t.strictSame(
    turns.map(({ clip }) => clip.name),
    ['time.wav', 'hello.wav'],
  );
  await t.rejects(loadTurns(['assets/speech/README.md']), { code: 'WAV_INVALID' });
});
