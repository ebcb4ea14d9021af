import t from 'tap';
import type { CallEvent } from '../../src/actors/events.js';
import { RingmasterError } from '../../src/errors.js';
import { CallWorld } from '../fakes/call-world.js';
import { floor } from '../fakes/floor.js';
import { SeededRandom } from '../seeded-random.js';

const DIGITS = '0123456789*#'.split('');

/** One step of a caller's mood and the machines' luck. */
function live(world: CallWorld, random: SeededRandom): void {
  // More voices and keys than elsewhere come over a notice.
  const dice = world.hearsNotice ? random.below(68) : random.below(100);
  if (dice < 25) world.startVoice();
  else if (dice < 60) world.stopVoice();
  else if (dice < 68) world.key(random.pick(DIGITS));
  else if (dice < 71) world.kill('agent');
  else if (dice < 74) world.kill('tts');
  world.pass(50 * random.below(15));
  if (random.chance(15)) world.pass(10_000, 250);
  world.check();
}

/** Everybody behaves: a caller who says something must be answered. @returns the last orders */
function probe(world: CallWorld): string {
  world.calm = true;
  world.stopVoice();
  world.pass(60_000, 500);
  world.settled = true;
  for (let tries = 0; tries < 2 && !world.hungUp; tries += 1) {
    world.startVoice();
    world.pass(1000);
    world.stopVoice();
    world.pass(1000);
    const { input } = world.floor.actor.getSnapshot().context;
    if (input.kind !== 'turn' && !world.hungUp) return `not answered but ${JSON.stringify(input)}`;
    world.pass(3000);
    if (!/listening|closing/.test(world.floor.state())) return world.floor.state();
    world.check();
  }
  return '';
}

/** Calls, each a random interleaving of its own; more with `INTERLEAVINGS`. */
const INTERLEAVINGS = Number(process.env['INTERLEAVINGS'] ?? 1000);
/** Most are short, since faults show early; every fiftieth is long. */
const STEPS = 9;
const LONG_STEPS = 120;

t.test(
  'in any call no word is lost or doubled, no draft changes anything, no two replies are spoken at once, ' +
    'no notice is held or cut, ' +
    'history is what was heard, and a caller is always answered',
  async (t) => {
    const sums = {
      answered: 0,
      hungUp: 0,
      holds: 0,
      resumes: 0,
      drafts: 0,
      adopted: 0,
      tools: 0,
      notices: 0,
      spokenOver: 0,
      overdue: 0,
    };
    for (let seed = 1; seed <= INTERLEAVINGS; seed += 1) {
      const random = new SeededRandom(seed);
      const world = new CallWorld(random);
      const steps = seed % 50 === 0 ? LONG_STEPS : STEPS;
      for (let step = 0; step < steps && world.wrongs.length === 0; step += 1) live(world, random);
      const wrong = world.wrongs[0] ?? probe(world);
      if (wrong || world.wrongs.length > 0) {
        return t.fail(`${world.wrongs[0] ?? wrong} (seed ${seed})`);
      }
      if (world.hungUp) sums.hungUp += 1;
      sums.answered += world.floor.actor.getSnapshot().context.turns;
      sums.holds += world.holds;
      sums.resumes += world.resumes;
      sums.drafts += world.drafts;
      sums.adopted += world.adopted;
      sums.tools += world.toolRuns;
      sums.notices += world.notices;
      sums.overdue += world.overdue;
      sums.spokenOver += world.spokenOver;
    }
    t.comment(`${INTERLEAVINGS} interleavings: ${JSON.stringify(sums)}`);
    for (const [what, count] of Object.entries(sums)) {
      t.ok(count > INTERLEAVINGS / 100, `${count} ${what}`);
    }
    return undefined;
  },
);

const FAILURE = new RingmasterError('PROVIDER_FAILED', 'a failure');

/** Any event at all, in any state: most of them make no sense. */
function nonsense(random: SeededRandom): CallEvent {
  const generation = random.below(6);
  const utteranceId = random.below(6);
  const text = random.pick(['', ' ', 'yes', 'two words']);
  return random.pick<CallEvent>([
    { type: 'speech.started', utteranceId, atMs: random.below(9999) },
    {
      type: 'speech.stopped',
      utteranceId,
      atMs: random.below(9999),
      voiceEndedAtMs: random.pick([-1, 5000, 99_999]),
    },
    { type: 'dtmf.received', digit: random.pick(DIGITS) },
    { type: 'playback.started', generation, atMs: -random.below(99) },
    { type: 'playback.finished', generation, heardText: text },
    { type: 'playback.cleared', generation, heardText: text },
    { type: 'stt.final', utteranceId, text },
    { type: 'stt.interim', utteranceId, text },
    { type: 'playback.held', generation, heardText: text, heardMs: 1, atMs: 0 },
    { type: 'playback.resumed', generation, atMs: 0 },
    { type: 'agent.clause', generation, text },
    { type: 'agent.clause', generation, text, uninterruptible: true },
    { type: 'notice.started', generation, atMs: 0 },
    { type: 'notice.ended', generation, heardText: text, heardMs: 1, atMs: 0 },
    { type: 'agent.expected', generation, expectation: 'digits' },
    { type: 'agent.done', generation },
    { type: 'agent.done', generation, action: { type: 'transfer', to: '205' } },
    { type: 'tts.said', generation, clause: random.below(3) },
    { type: 'tts.done', generation },
    { type: 'child.restarted', child: random.pick(['stt', 'agent', 'tts', 'transport']) },
    { type: 'child.failed', child: 'agent', error: FAILURE },
  ]);
}

t.test('no sequence of events, however senseless, breaks the machine', async (t) => {
  const states = new Set<string>();
  for (let seed = 1; seed <= 400; seed += 1) {
    const random = new SeededRandom(seed);
    const f = floor();
    let newest = 0;
    let hungUp = false;
    for (let step = 0; step < 80; step += 1) {
      f.tell(nonsense(random));
      if (random.chance(30)) f.clock.increment(random.pick([100, 500, 2000, 9000]));
      states.add(f.state());
      for (const order of f.orders.splice(0)) {
        if (hungUp) return t.fail(`${order.type} after the hang-up (seed ${seed})`);
        if (order.type === 'agent.reply') newest = Math.max(newest, order.generation);
        if (order.type === 'tts.say' && order.generation !== newest) {
          return t.fail(`reply ${order.generation} speaks in reply ${newest} (seed ${seed})`);
        }
        hungUp = order.type === 'line.hangup';
      }
    }
    const { status } = f.actor.getSnapshot();
    if (status !== 'active') return t.fail(`the machine is ${status} (seed ${seed})`);
  }
  // replying (thinking, speaking), held, listening, hearing, endpointing (waiting, drafting), transcribing,
  // keying, closing
  t.equal(states.size, 10, [...states].join(' '));
  return undefined;
});
