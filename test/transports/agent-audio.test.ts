import t from 'tap';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { AgentAudio } from '../../src/transports/agent-audio.js';
import { LEAD_MS } from '../../src/transports/pacer.js';
import { FakeSlot } from '../fakes/dsp.js';
import { FarEnd } from '../fakes/far-end.js';
import { SeededRandom } from '../seeded-random.js';

const chunk = (ms: number, tag = 1, sampleRateHz = 8000) => ({
  pcm: new Int16Array((ms * sampleRateHz) / 1000).fill(tag),
  sampleRateHz,
});

/** Agent audio between a slot that works in every tick and a far end that plays. */
function audio(ringSamples?: number) {
  const slot = new FakeSlot(() => undefined, ringSamples);
  const far = new FarEnd();
  const told: string[] = [];
  const counts = { framesSent: 0, marksLost: 0 };
  const agent = new AgentAudio({
    slot,
    sender: far,
    onStarted: (generation, atMs) => void told.push(`started ${generation} at ${atMs}`),
    counts,
    onHeld: ({ generation, heardText, heardMs }, atMs) =>
      void told.push(`held ${generation} at ${atMs}, heard ${heardMs} ms: ${heardText}`),
    onResumed: (generation, atMs) => void told.push(`resumed ${generation} at ${atMs}`),
    onNoticeStarted: () => undefined,
    onNoticeEnded: () => undefined,
    onFinished: ({ generation, heardText }) =>
      void told.push(`finished ${generation}: ${heardText}`),
  });
  let nowMs = 1000;
  far.onMark = (name) => agent.mark(name, nowMs);
  far.advance(nowMs);
  /** The node's timer runs for `ms`. */
  const run = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += FRAME_MS;
      slot.work();
      far.advance(nowMs);
      agent.pump(nowMs);
    }
  };
  /** One whole reply, handed over. */
  const say = (generation: number, ms: number, text: string): void => {
    void agent.play(generation, chunk(ms, generation));
    agent.endClause(generation, text);
    agent.endPlayback(generation);
  };
  const clear = () => agent.clear(nowMs);
  return { slot, far, agent, counts, told, run, say, clear, now: () => nowMs };
}

/** Has `promise` resolved by now? */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise(setImmediate);
  return settled;
}

t.test('a reply is told as started with its first frame and finished by its mark', async (t) => {
  const a = audio();
  a.say(1, 500, 'Hello there.');
  a.run(FRAME_MS);
  t.strictSame(a.told, [`started 1 at ${a.now()}`]);
  a.run(480);
  t.equal(a.told.length, 1, 'not before the far end has played it');
  a.run(60);
  t.strictSame(a.told.slice(1), ['finished 1: Hello there.']);
  t.strictSame(a.far.heard, Array(25).fill(1));
  t.equal(a.counts.framesSent, 25);
  t.equal(a.counts.marksLost, 0);
});

t.test('the far end never holds more than the lead', async (t) => {
  const a = audio();
  a.say(1, 3000, 'A long answer.');
  for (let i = 0; i < 100; i += 1) {
    a.run(FRAME_MS);
    if (a.far.bufferedMs > LEAD_MS) return t.fail(`${a.far.bufferedMs} ms`);
  }
  return t.pass();
});

t.test('once it runs, audio goes out in messages of 60 ms', async (t) => {
  const a = audio();
  a.say(1, 3000, 'A long answer.');
  a.run(4000);
  const { messageFrames } = a.far;
  t.ok(messageFrames.every((frames) => frames >= 1 && frames <= 3));
  t.equal(
    messageFrames.reduce((sum, frames) => sum + frames, 0),
    150,
  );
  t.ok(messageFrames.length <= 53, `${messageFrames.length} messages`);
});

t.test('the first frame goes out at once, however few there are', async (t) => {
  const a = audio();
  void a.agent.play(1, chunk(20, 1));
  a.run(FRAME_MS);
  t.strictSame(a.far.messageFrames, [1]);
  void a.agent.play(1, chunk(400, 1));
  a.run(FRAME_MS);
  t.strictSame(a.far.messageFrames, [1, 3, 3, 3, 3]);
});

t.test('a reply that comes no faster than it is spoken goes out as it comes', async (t) => {
  const a = audio();
  for (let frame = 0; frame < 100; frame += 1) {
    void a.agent.play(1, chunk(20, 1));
    a.run(FRAME_MS);
  }
  t.equal(a.counts.framesSent, 100);
});

t.test('a rest of less than a frame is padded and played', async (t) => {
  const a = audio();
  void a.agent.play(1, chunk(30, 1));
  a.agent.endClause(1, 'Hm.');
  a.run(200);
  t.equal(a.counts.framesSent, 1, 'half a frame waits for more');
  a.agent.endPlayback(1);
  a.run(200);
  t.equal(a.counts.framesSent, 2);
  t.strictSame(a.told.at(-1), 'finished 1: Hm.');
});

t.test('play waits while more than two seconds are queued, and then goes on', async (t) => {
  const a = audio();
  t.ok(await isSettled(a.agent.play(1, chunk(3000))), 'the ring takes one second of it');
  const second = a.agent.play(1, chunk(1000));
  t.notOk(await isSettled(second));
  a.run(400);
  t.notOk(await isSettled(second));
  a.run(1000);
  t.ok(await isSettled(second));
});

t.test('chunks of any rate are accounted by their time', async (t) => {
  const a = audio();
  const waits = [8000, 16_000, 24_000].map((rate) => a.agent.play(1, chunk(1000, 1, rate)));
  t.ok(await isSettled(waits[2] as Promise<void>), 'one second in the ring, two queued');
  t.notOk(await isSettled(a.agent.play(1, chunk(20, 1, 24_000))));
  a.agent.endClause(1, 'Done.');
  a.agent.endPlayback(1);
  a.run(4000);
  t.equal(a.counts.framesSent, 151);
  t.strictSame(a.told.at(-1), 'finished 1: Done.');
});

t.test('a rate without a filter is refused, and the timer goes on', async (t) => {
  const a = audio();
  await a.agent.play(1, chunk(2500, 1));
  await t.rejects(a.agent.play(1, chunk(100, 1, 7919)), { code: 'AUDIO_RATE_UNSUPPORTED' });
  t.doesNotThrow(() => a.run(3000));
  t.equal(a.counts.framesSent, 125);
});

t.test('a clear before the first frame sends nothing of the reply', async (t) => {
  const a = audio();
  a.say(1, 1000, 'Hello.');
  t.strictSame(a.clear(), { generation: 1, heardText: '', heardMs: 0 });
  a.run(1000);
  t.equal(a.counts.framesSent, 0);
  t.strictSame(a.told, []);
});

t.test('a clear in mid-reply drops the rest here and there, and says what was heard', async (t) => {
  const a = audio();
  void a.agent.play(1, chunk(1000, 1));
  a.agent.endClause(1, 'One.');
  void a.agent.play(1, chunk(1000, 2));
  a.agent.endClause(1, 'Two.');
  a.run(1100);
  t.strictSame(a.clear(), { generation: 1, heardText: 'One.', heardMs: 1080 });
  t.equal(a.far.messages.at(-1), 'clear');
  t.equal(a.far.bufferedMs, 0);
  const sent = a.counts.framesSent;
  a.run(1000);
  t.equal(a.counts.framesSent, sent);
  t.strictSame(a.told.length, 1, 'no finish is told');
});

t.test('a mark that a clear returns proves nothing', async (t) => {
  const a = audio();
  a.say(1, 200, 'Goodbye.');
  a.run(60);
  t.match(a.far.messages.at(-1), 'mark:g1.0:1600', 'all was sent, and the mark behind it');
  const { heardText } = a.clear();
  t.equal(heardText, '');
  a.run(3000);
  t.strictSame(a.told.length, 1);
});

t.test('a clear is idempotent and silent where nothing plays', async (t) => {
  const a = audio();
  a.clear();
  t.strictSame(a.far.messages, [], 'nothing was ever sent');
  a.say(1, 300, 'Hello.');
  a.run(100);
  a.clear();
  t.strictSame(a.clear(), { generation: 1, heardText: '', heardMs: 0 });
  a.clear();
  t.equal(a.far.messages.filter((message) => message === 'clear').length, 1);
});

t.test('a clear after everything was heard finds everything heard', async (t) => {
  const a = audio();
  a.far.onMark = () => undefined;
  a.say(1, 300, 'Hello there.');
  a.run(400);
  t.strictSame(a.clear(), { generation: 1, heardText: 'Hello there.', heardMs: 300 });
});

t.test('audio of a cleared or finished reply is refused', async (t) => {
  const a = audio();
  a.say(1, 100, 'One.');
  a.run(200);
  a.say(1, 100, 'Again.');
  a.say(2, 100, 'Two.');
  a.run(20);
  a.clear();
  t.ok(await isSettled(a.agent.play(2, chunk(5000, 2))), 'and nobody waits for room');
  a.agent.endClause(2, 'Late.');
  a.agent.endPlayback(2);
  a.run(500);
  t.strictSame(a.told.length, 3);
  t.equal(a.far.heard.filter((tag) => tag === 1).length, 5);
});

t.test('clauses after the end of a reply are not part of it', async (t) => {
  const a = audio();
  a.say(1, 100, 'One.');
  void a.agent.play(1, chunk(100, 1));
  a.agent.endClause(1, 'Late.');
  a.run(300);
  t.strictSame(a.told.at(-1), 'finished 1: One.');
  t.equal(a.counts.framesSent, 5);
});

t.test('a newer reply is played after a cleared one, from its own beginning', async (t) => {
  const a = audio();
  a.say(1, 2000, 'One.');
  a.run(300);
  a.clear();
  a.say(2, 200, 'Two.');
  a.run(400);
  t.strictSame(a.told.slice(1), [`started 2 at ${a.now() - 380}`, 'finished 2: Two.']);
  const behind = a.far.messages.slice(a.far.messages.indexOf('clear') + 1);
  t.strictSame(behind, [...Array(10).fill(2), 'mark:g2.0:1600']);
});

t.test('marks of a reply before, or of nobody, finish nothing', async (t) => {
  const a = audio();
  a.far.onMark = () => undefined;
  a.say(2, 200, 'Two.');
  a.run(100);
  for (const name of ['g1.0:1600', 'g2.0:', 'g22.0:1600', '', 'g2.0:1600 ', 'g2.1:1600']) {
    a.agent.mark(name, a.now());
  }
  t.strictSame(a.told.length, 1);
  a.agent.mark('g2.0:1600', a.now());
  t.strictSame(a.told.at(-1), 'finished 2: Two.');
  a.agent.mark('g2.0:1600', a.now());
  t.strictSame(a.told.length, 2, 'and once is enough');
});

t.test('a mark that never comes back is given up two seconds after its audio', async (t) => {
  const a = audio();
  a.far.onMark = () => undefined;
  a.say(1, 200, 'Hello.');
  a.run(2000);
  t.strictSame(a.told.length, 1);
  a.run(260);
  t.strictSame(a.told.at(-1), 'finished 1: Hello.');
  t.equal(a.counts.marksLost, 1);
});

t.test('a reply without audio finishes at once, with nothing heard', async (t) => {
  const a = audio();
  a.agent.endPlayback(1);
  a.run(FRAME_MS);
  a.agent.endClause(2, 'Never synthesised.');
  a.agent.endPlayback(2);
  a.run(FRAME_MS);
  t.strictSame(a.told, ['finished 1: ', 'finished 2: ']);
  t.strictSame(a.far.messages, []);
});

t.test('a congested socket gets nothing more until it has drained', async (t) => {
  const a = audio();
  a.say(1, 1000, 'Hello.');
  a.far.answer = () => 'backpressure';
  a.run(500);
  t.equal(a.counts.framesSent, 3, 'the message that met the mark was taken');
  a.far.answer = () => 'sent';
  a.run(100);
  t.equal(a.counts.framesSent, 3);
  a.agent.drain();
  a.run(1200);
  t.equal(a.counts.framesSent, 50);
  t.strictSame(a.told.at(-1), 'finished 1: Hello.');
});

t.test('a message that the socket did not take is not lost and not booked', async (t) => {
  const a = audio();
  void a.agent.play(1, chunk(60, 1));
  void a.agent.play(1, chunk(60, 2));
  void a.agent.play(1, chunk(60, 3));
  a.agent.endClause(1, 'One two three.');
  a.agent.endPlayback(1);
  let messages = 0;
  a.far.answer = () => (++messages === 2 ? 'dropped' : 'sent');
  a.run(300);
  t.strictSame(a.told, ['started 1 at 1020']);
  t.equal(a.counts.framesSent, 3);
  a.agent.drain();
  a.run(200);
  t.strictSame(a.far.heard, [1, 1, 1, 2, 2, 2, 3, 3, 3]);
  t.strictSame(a.told.at(-1), 'finished 1: One two three.');
});

t.test('the end mark waits for a last frame that the socket did not take', async (t) => {
  const a = audio();
  let frames = 0;
  a.far.answer = () => (++frames === 1 ? 'dropped' : 'sent');
  a.say(1, 20, 'Hm.');
  a.run(100);
  t.strictSame(a.far.messages, []);
  a.agent.drain();
  a.run(100);
  t.strictSame(a.far.messages, [1, 'mark:g1.0:160']);
  t.strictSame(a.told.at(-1), 'finished 1: Hm.');
});

t.test('a frame that waits for the socket is dropped by a clear', async (t) => {
  const a = audio();
  a.say(1, 100, 'One.');
  a.far.answer = () => 'dropped';
  a.run(40);
  a.clear();
  a.far.answer = () => 'sent';
  a.agent.drain();
  a.say(2, 100, 'Two.');
  a.run(300);
  t.strictSame(a.far.heard, [2, 2, 2, 2, 2]);
});

t.test('a clear that the socket did not take goes out before anything else', async (t) => {
  const a = audio();
  a.say(1, 200, 'One.');
  a.run(100);
  a.far.answer = () => 'dropped';
  a.clear();
  a.far.answer = () => 'sent';
  a.say(2, 20, 'Two.');
  a.run(40);
  a.agent.drain();
  a.run(20);
  t.strictSame(a.far.messages.slice(11), ['clear', 2, 'mark:g2.0:160']);
  t.strictSame(a.far.heard.slice(-1), [1]);
});

t.test('a release lets everybody go who waits for room', async (t) => {
  const a = audio();
  const waits = [a.agent.play(1, chunk(4000)), a.agent.play(1, chunk(4000))];
  t.notOk(await isSettled(waits[0] as Promise<void>));
  t.strictSame(a.agent.release(a.now()), { generation: 1, heardText: '', heardMs: 0 });
  for (const wait of waits) t.ok(await isSettled(wait));
  t.ok(await isSettled(a.agent.play(9, chunk(4000))), 'and refuses what comes later');
  a.run(200);
  t.equal(a.counts.framesSent, 0);
});

t.test('a clear from within the news of the first frame is safe', async (t) => {
  const slot = new FakeSlot(() => undefined);
  const far = new FarEnd();
  const agent: AgentAudio = new AgentAudio({
    slot,
    sender: far,
    counts: { framesSent: 0, marksLost: 0 },
    onStarted: () => void agent.clear(1000),
    onHeld: () => undefined,
    onResumed: () => undefined,
    onNoticeStarted: () => undefined,
    onNoticeEnded: () => undefined,
    onFinished: () => t.fail('it was cleared'),
  });
  void agent.play(1, chunk(200));
  slot.work();
  agent.pump(1000);
  agent.pump(1020);
  t.strictSame(far.messages, [1, 1, 1, 'clear']);
});

interface Reply {
  readonly words: string[];
  ended: boolean;
  outcome: string | undefined;
}

const newReply = (): Reply => ({ words: [], ended: false, outcome: undefined });

/** Agent audio under random replies, clears, marks, congestion. Steps say what went wrong, if anything. */
function randomLife(seed: number) {
  const random = new SeededRandom(seed);
  const a = audio(FRAME_SAMPLES * (2 + random.below(60)));
  const replies = new Map<number, Reply>();
  const marks: string[] = [];
  const plays: Promise<void>[] = [];
  let generation = 0;
  let congestedSteps = 0;
  a.far.onMark = (name) => void (random.chance(90) && marks.push(name));
  a.far.answer = () => {
    if (congestedSteps > 0) return 'dropped';
    if (random.chance(97)) return 'sent';
    congestedSteps = 1 + random.below(20);
    return random.chance(50) ? 'backpressure' : 'dropped';
  };

  const end = (of: number, text: string): string | undefined => {
    const reply = replies.get(of);
    if (!reply || reply.outcome !== undefined) return `reply ${of} ends twice or from nothing`;
    reply.outcome = text;
    return reply.words.join(' ').startsWith(text) ? undefined : `"${text}" was never said`;
  };
  const begin = (): void => void replies.set(++generation, newReply());
  const speak = (reply: Reply): void => {
    const rate = random.pick([8000, 16_000, 24_000]);
    const word = `w${reply.words.length}`;
    // A clause may come without any audio.
    const samples = random.chance(90) ? (rate / 8000) * (1 + random.below(9000)) : 0;
    if (samples > 0) reply.words.push(word);
    const pcm = new Int16Array(samples).fill(generation);
    plays.push(a.agent.play(generation, { pcm, sampleRateHz: rate }));
    a.agent.endClause(generation, word);
  };
  const clear = (isOver: boolean): string | undefined => {
    const cleared = a.clear();
    if (a.far.bufferedMs > 0 && congestedSteps === 0) return 'a clear left audio behind';
    // A reply that the line has not met is abandoned by its owner; of others, audio may come late.
    if (cleared.generation < generation) begin();
    else if (!isOver) return end(generation, cleared.heardText);
    return undefined;
  };
  const act = (): string | undefined => {
    const reply = replies.get(generation);
    const isOver = reply === undefined || reply.outcome !== undefined;
    if (isOver && random.chance(50)) begin();
    else if (reply && !reply.ended && random.chance(40)) speak(reply);
    else if (reply && !reply.ended && random.chance(20)) {
      reply.ended = true;
      a.agent.endPlayback(generation);
    } else if (reply && random.chance(3)) return clear(isOver);
    return undefined;
  };
  const read = (): string | undefined => {
    for (const line of a.told.splice(0)) {
      const finished = /^finished (\d+): (.*)$/.exec(line);
      const wrong = finished && end(Number(finished[1]), finished[2] ?? '');
      if (wrong) return wrong;
    }
    return a.far.bufferedMs > LEAD_MS + FRAME_MS ? `${a.far.bufferedMs} ms ahead` : undefined;
  };
  const step = (): string | undefined => {
    const wrong = act();
    if (wrong) return wrong;
    for (const name of marks.splice(0)) a.agent.mark(name, a.now());
    a.run(FRAME_MS * random.below(8));
    if (congestedSteps > 0 && --congestedSteps === 0) a.agent.drain();
    return read();
  };
  const finish = async (): Promise<string | undefined> => {
    a.far.answer = () => 'sent';
    a.agent.drain();
    a.agent.endPlayback(generation);
    a.run(60_000);
    const wrong = read();
    if (wrong) return wrong;
    if (replies.get(generation)?.outcome === undefined) return 'the last reply never ends';
    const areSettled = await isSettled(Promise.all(plays).then(() => undefined));
    return areSettled ? undefined : 'somebody still waits for room';
  };
  return { step, finish };
}

t.test('in any order of events a reply ends once, and only its own words are heard', async (t) => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const life = randomLife(seed);
    let wrong: string | undefined;
    for (let step = 0; step < 300 && !wrong; step += 1) wrong = life.step();
    wrong ??= await life.finish();
    if (wrong) return t.fail(`${wrong} (seed ${seed})`);
  }
  return t.pass('300 lives');
});

t.test('a clause of 6 s that is cut amid its synthesis is heard to the word', async (t) => {
  const text =
    'We have three rooms left in that week, and all of them look over the harbour and the old town';
  const words = text.split(' ');
  const letters = text.replaceAll(' ', '').length;
  for (const cut of ['hold', 'clear'] as const) {
    const a = audio();
    a.agent.beginClause(1, 'Let me see what we have in that week.');
    void a.agent.play(1, chunk(29 * (6000 / letters)));
    a.agent.endClause(1, 'Let me see what we have in that week.');
    a.run(3000);
    a.agent.beginClause(1, text);
    // Synthesis runs 400 ms ahead of what plays.
    for (let ms = 0; ms < 3000; ms += 200) {
      void a.agent.play(1, chunk(ms === 0 ? 600 : 200));
      a.run(200);
    }
    let heardText = '';
    if (cut === 'clear') heardText = a.clear().heardText;
    else {
      a.agent.hold(a.now());
      heardText = /ms: (.*)$/.exec(a.told.at(-1) ?? '')?.[1] ?? '';
    }
    const heard = heardText.replace('Let me see what we have in that week. ', '').split(' ');
    t.strictSame(heard, words.slice(0, heard.length), `${cut}: its first words`);
    let before = 0;
    const truth = words.filter((word) => (before += word.length) * (6000 / letters) <= 3000).length;
    t.ok(Math.abs(heard.length - truth) <= 1, `${cut}: ${heard.length} words for ${truth}`);
  }
});

t.test('a clause that is begun does not end the reply that still plays', async (t) => {
  const a = audio();
  a.say(1, 500, 'One two.');
  a.run(200);
  a.agent.beginClause(2, 'Next.');
  a.run(600);
  t.equal(a.told.at(-1), 'finished 1: One two.');
});
