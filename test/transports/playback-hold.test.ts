import t from 'tap';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { PlayoutBuffer } from '../../src/phone/playout-buffer.js';
import { AgentAudio } from '../../src/transports/agent-audio.js';
import { LEAD_MS } from '../../src/transports/pacer.js';
import type { StreamSender } from '../../src/transports/twilio/stream-sink.js';
import { FakeSlot } from '../fakes/dsp.js';
import { SeededRandom } from '../seeded-random.js';

interface Delayed {
  readonly dueMs: number;
  readonly run: () => void;
}

/** One direction of a network: everything arrives in order, after `latencyMs` or when a stall is over. */
class Wire {
  latencyMs: number;
  stalledUntilMs = -Infinity;
  #queue: Delayed[] = [];

  constructor(latencyMs: number) {
    this.latencyMs = latencyMs;
  }

  carry(nowMs: number, run: () => void): void {
    const before = this.#queue.at(-1)?.dueMs ?? -Infinity;
    const dueMs = Math.max(nowMs + this.latencyMs, this.stalledUntilMs, before);
    this.#queue.push({ dueMs, run });
  }

  deliver(nowMs: number): void {
    for (let head = this.#queue[0]; head && head.dueMs <= nowMs; head = this.#queue[0]) {
      this.#queue.shift();
      head.run();
    }
  }
}

/**
 * Agent audio before the telephone's own play-out buffer, both on clocks of their own, with a network
 * between. Each frame of audio holds its number, so that what is heard can be told sample by sample.
 */
function phone(options: { latencyMs?: number; phaseMs?: number; ringSamples?: number } = {}) {
  const out = new Wire(options.latencyMs ?? 0);
  const back = new Wire(options.latencyMs ?? 0);
  let nowMs = 1000;
  /** One number for each frame that is queued. */
  let queue: number[] = [];
  /** The numbers of the frames that were played, in order; -1 where nothing was. */
  const played: number[] = [];
  const told: string[] = [];
  const events: { type: string; heardText: string; heardMs: number }[] = [];
  const counts = { framesSent: 0, marksLost: 0 };
  const slot = new FakeSlot(() => undefined, options.ringSamples);
  let clearedMs = 0;
  const playout: PlayoutBuffer = new PlayoutBuffer((name) =>
    back.carry(nowMs, () => agent.mark(name, nowMs)),
  );
  const sender: StreamSender = {
    media: (payload) => {
      const audio = Buffer.from(payload, 'base64');
      out.carry(nowMs, () => {
        for (let from = 0; from < audio.length; from += FRAME_SAMPLES)
          queue.push(audio[from] ?? -1);
        playout.push(audio.length);
      });
      return 'sent';
    },
    mark: (name) => {
      out.carry(nowMs, () => playout.mark(name));
      return 'sent';
    },
    clear: () => {
      out.carry(nowMs, () => {
        clearedMs = Math.max(clearedMs, queue.length * FRAME_MS);
        queue = [];
        playout.clear();
      });
      return 'sent';
    },
    bufferedBytes: () => 0,
    close: () => undefined,
  };
  const agent: AgentAudio = new AgentAudio({
    slot,
    sender,
    counts,
    onStarted: () => void told.push('started'),
    onHeld: (heard) => {
      told.push('held');
      events.push({ type: 'held', ...heard });
    },
    onResumed: () => void told.push('resumed'),
    onNoticeStarted: () => undefined,
    onNoticeEnded: () => undefined,
    onFinished: (heard) => {
      told.push(`finished: ${heard.heardText}`);
      events.push({ type: 'finished', ...heard });
    },
  });
  /** Milliseconds pass: the node ticks at every 20th, the telephone `phaseMs` later. */
  const run = (ms: number): void => {
    const phaseMs = options.phaseMs ?? 7;
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += 1;
      out.deliver(nowMs);
      back.deliver(nowMs);
      if (nowMs % FRAME_MS === phaseMs) {
        played.push(playout.tick() > 0 ? (queue.shift() ?? -1) : -1);
      }
      if (nowMs % FRAME_MS !== 0) continue;
      slot.work();
      agent.pump(nowMs);
    }
  };
  /** Speech whose every frame holds its own number, counted from `first`, as one clause. */
  const speak = (text: string, ms: number, first = 0): void => {
    const pcm = Int16Array.from(
      { length: ms * 8 },
      (_, i) => first + Math.floor(i / FRAME_SAMPLES),
    );
    void agent.play(1, { pcm, sampleRateHz: 8000 });
    agent.endClause(1, text);
  };
  return {
    agent,
    counts,
    out,
    back,
    played,
    told,
    events,
    run,
    speak,
    hold: () => agent.hold(nowMs),
    resume: (at: 'frame' | 'word') => agent.resume(at, nowMs),
    clear: () => agent.clear(nowMs),
    now: () => nowMs,
    voiced: () => played.filter((frame) => frame >= 0),
    clearedMs: () => clearedMs,
  };
}

type Phone = ReturnType<typeof phone>;

/** Frames that were never heard, and that were heard again, up to the last one heard. */
function accounts(p: Phone, frames: number): { lost: number; again: number } {
  const voiced = p.voiced();
  const heard = new Set(voiced);
  let lost = 0;
  for (let frame = 0; frame < frames; frame += 1) if (!heard.has(frame)) lost += 1;
  return { lost, again: voiced.length - heard.size };
}

t.test('a hold stops the far end at once and keeps the rest; a resume goes on there', async (t) => {
  const p = phone();
  p.speak('One two three four.', 2000);
  p.agent.endPlayback(1);
  p.run(700);
  p.hold();
  const heldAfter = p.voiced().length;
  p.run(3000);
  t.equal(p.voiced().length, heldAfter, 'nothing was played');
  t.strictSame(p.told, ['started', 'held']);
  p.resume('frame');
  p.run(2000);
  t.strictSame(p.told, ['started', 'held', 'resumed', 'finished: One two three four.']);
  t.strictSame(p.events.at(-1)?.heardMs, 2000);
  const { lost, again } = accounts(p, 100);
  t.ok(lost + again <= 1, `${lost} frames lost, ${again} again`);
});

t.test('holds at any time and latency lose or repeat no more than 60 ms', async (t) => {
  let worst = 0;
  for (const latencyMs of [0, 3, 20, 45, 80]) {
    for (let phaseMs = 0; phaseMs < FRAME_MS; phaseMs += 5) {
      for (let at = 300; at < 1500; at += 277) {
        const p = phone({ latencyMs, phaseMs });
        p.speak('One two three four.', 2000);
        p.agent.endPlayback(1);
        p.run(at);
        p.hold();
        p.run(500);
        p.resume('frame');
        p.run(2500);
        const { lost, again } = accounts(p, 100);
        worst = Math.max(worst, lost + again);
        if (p.told.at(-1)?.startsWith('finished') !== true) return t.fail(`${at}: never finished`);
      }
    }
  }
  t.comment(`at most ${worst * FRAME_MS} ms lost or repeated`);
  return t.ok(worst * FRAME_MS <= 60, `${worst} frames`);
});

t.test('a resume at the word says the cut word again from its start', async (t) => {
  const p = phone();
  // Four words of 500 ms, 25 frames each.
  p.speak('aaaa bbbb cccc dddd', 2000);
  p.agent.endPlayback(1);
  p.run(700);
  p.hold();
  t.match(p.events, [{ type: 'held', heardText: 'aaaa' }]);
  const before = p.voiced().length;
  p.resume('word');
  p.run(2500);
  t.equal(p.voiced()[before], 25);
  t.strictSame(p.told.at(-1), 'finished: aaaa bbbb cccc dddd');
});

t.test('a word begins where the engine says', async (t) => {
  const p = phone();
  const pcm = Int16Array.from({ length: 8000 }, (_, i) => Math.floor(i / FRAME_SAMPLES));
  const words = [
    { text: 'a', startMs: 0, endMs: 200 },
    { text: 'long', startMs: 240, endMs: 900 },
  ];
  void p.agent.play(1, { pcm, sampleRateHz: 8000, words });
  p.run(660);
  p.hold();
  t.match(p.events, [{ heardText: 'a long' }], 'also before the clause is complete');
  const before = p.voiced().length;
  p.resume('word');
  p.agent.endClause(1, 'A long.');
  p.agent.endPlayback(1);
  p.run(1500);
  t.equal(p.voiced()[before], 12);
  t.strictSame(p.told.at(-1), 'finished: A long.');
});

t.test('a hold while nothing plays is nothing, and so is a resume of nothing', async (t) => {
  const p = phone();
  p.hold();
  p.resume('word');
  p.speak('Hello.', 100);
  p.agent.endPlayback(1);
  p.resume('frame');
  p.run(400);
  p.hold();
  p.resume('frame');
  t.strictSame(p.told, ['started', 'finished: Hello.']);
  t.equal(p.voiced().length, 5);
});

t.test('a second hold and a second resume change nothing', async (t) => {
  const p = phone();
  p.speak('Hello there.', 1000);
  p.agent.endPlayback(1);
  p.run(400);
  p.hold();
  p.run(100);
  p.hold();
  p.resume('frame');
  p.run(40);
  p.resume('word');
  p.run(1500);
  t.strictSame(p.told, ['started', 'held', 'resumed', 'finished: Hello there.']);
  const { lost, again } = accounts(p, 50);
  t.ok(lost + again <= 1, `${lost}, ${again}`);
});

t.test('a hold before the first frame keeps everything', async (t) => {
  const p = phone();
  p.speak('Hello.', 500);
  p.agent.endPlayback(1);
  p.hold();
  t.match(p.events, [{ type: 'held', heardText: '', heardMs: 0 }]);
  p.run(500);
  t.equal(p.counts.framesSent, 0);
  p.resume('word');
  p.run(1000);
  t.strictSame(p.told, ['held', 'resumed', 'started', 'finished: Hello.']);
  t.strictSame(accounts(p, 25), { lost: 0, again: 0 });
});

t.test('a hold after everything was sent keeps the tail', async (t) => {
  const p = phone();
  p.speak('Hi you', 300);
  p.agent.endPlayback(1);
  p.run(120);
  t.equal(p.counts.framesSent, 15, 'all of it was sent');
  p.hold();
  p.run(3000);
  t.strictSame(p.told, ['started', 'held'], 'and the mark that the clear returns proves nothing');
  p.resume('frame');
  p.run(1000);
  t.strictSame(p.told.at(-1), 'finished: Hi you');
  const { lost, again } = accounts(p, 15);
  t.ok(lost + again <= 1, `${lost}, ${again}`);
});

t.test(
  'a hold when the last sample is out, before its mark is back, ends with the resume',
  async (t) => {
    const p = phone({ latencyMs: 60 });
    p.speak('Hi you', 300);
    p.agent.endPlayback(1);
    p.run(330);
    p.hold();
    p.run(100);
    t.strictSame(p.told, ['started', 'held']);
    p.resume('frame');
    p.run(500);
    t.strictSame(p.told, ['started', 'held', 'resumed', 'finished: Hi you']);
  },
);

t.test('a clear ends a hold: nothing more is heard than when it was held', async (t) => {
  const p = phone();
  p.speak('aaaa bbbb cccc dddd', 2000);
  p.run(1100);
  p.hold();
  const { heardText, heardMs } = p.events[0] ?? {};
  t.equal(heardText, 'aaaa bbbb');
  p.run(1000);
  t.strictSame(p.clear(), { generation: 1, heardText, heardMs });
  const before = p.voiced().length;
  p.resume('frame');
  p.run(500);
  t.equal(p.voiced().length, before);
  t.strictSame(p.told, ['started', 'held']);
});

t.test(
  'synthesis waits while the line is held, and what comes later is played in order',
  async (t) => {
    const p = phone({ ringSamples: 1600 });
    p.speak('One.', 1000);
    p.run(500);
    p.hold();
    p.speak('Two.', 1000, 50);
    let wasTaken = false;
    const late = { pcm: new Int16Array(8000).fill(120), sampleRateHz: 8000 };
    void p.agent.play(1, late).then(() => (wasTaken = true));
    p.run(5000);
    await new Promise(setImmediate);
    t.notOk(wasTaken, 'more than two seconds wait');
    p.resume('frame');
    p.run(2000);
    await new Promise(setImmediate);
    t.ok(wasTaken);
    p.agent.endClause(1, 'Three.');
    p.agent.endPlayback(1);
    p.run(2000);
    t.strictSame(p.told.at(-1), 'finished: One. Two. Three.');
    const voiced = p.voiced();
    t.equal(voiced.filter((frame) => frame === 120).length, 50);
    const before = voiced.filter((frame) => frame < 120);
    t.ok(Math.abs(before.length - 100) <= 1, `${before.length} frames`);
    t.equal(new Set(before).size, 100);
    t.strictSame(
      voiced,
      [...voiced].sort((a, b) => a - b),
    );
  },
);

t.test('a newer reply takes the place of a held one', async (t) => {
  const p = phone();
  p.speak('Old.', 1000);
  p.run(300);
  p.hold();
  void p.agent.play(2, { pcm: new Int16Array(800).fill(99), sampleRateHz: 8000 });
  p.agent.endClause(2, 'New.');
  p.agent.endPlayback(2);
  p.run(500);
  t.strictSame(p.told, ['started', 'held', 'started', 'finished: New.']);
  t.strictSame(p.voiced().slice(-5), Array(5).fill(99));
});

t.test(
  'with the lead as it is, a stall of 200 ms makes no gap, and no clear loses more',
  async (t) => {
    let most = 0;
    for (let phaseMs = 0; phaseMs < FRAME_MS; phaseMs += 3) {
      for (let at = 300; at < 360; at += 7) {
        const p = phone({ latencyMs: 30, phaseMs });
        p.speak('A long answer.', 2000);
        p.run(at);
        p.out.stalledUntilMs = p.now() + 200;
        p.run(600);
        const from = p.played.findIndex((frame) => frame >= 0);
        const gaps = p.played.slice(from).filter((frame) => frame < 0).length;
        if (gaps > 0)
          return t.fail(`${gaps} frames of silence, phase ${phaseMs}, stalled at ${at}`);
        p.clear();
        p.run(100);
        most = Math.max(most, p.clearedMs());
      }
    }
    t.comment(`a clear threw away at most ${most} ms`);
    return t.ok(most > 0 && most <= LEAD_MS, `${most} ms`);
  },
);

/** Words and where they begin and end, in frames. */
interface Reply {
  readonly text: string;
  readonly words: { readonly start: number; readonly end: number }[];
}

/** A reply of random words of 160 to 600 ms; every frame is numbered. */
function randomReply(random: SeededRandom, p: Phone): Reply {
  const words: Reply['words'] = [];
  const texts: string[] = [];
  let frames = 0;
  for (let clause = 0; clause < 3; clause += 1) {
    const timed: { text: string; startMs: number; endMs: number }[] = [];
    const first = frames;
    for (let i = 1 + random.below(5); i > 0; i -= 1) {
      const length = 8 + random.below(23);
      const text = `w${words.length}`;
      words.push({ start: frames, end: frames + length });
      texts.push(text);
      const startMs = (frames - first) * FRAME_MS;
      timed.push({ text, startMs, endMs: startMs + length * FRAME_MS });
      frames += length;
    }
    const pcm = Int16Array.from(
      { length: (frames - first) * FRAME_SAMPLES },
      (_, i) => first + Math.floor(i / FRAME_SAMPLES),
    );
    void p.agent.play(1, { pcm, sampleRateHz: 8000, words: timed });
    p.agent.endClause(1, timed.map(({ text }) => text).join(' '));
  }
  return { words, text: texts.join(' ') };
}

/** A reply under holds, resumes, late, lost, double and foreign marks, then cut. @returns what was wrong */
function randomCut(seed: number): string | undefined {
  const random = new SeededRandom(seed);
  const p = phone({ latencyMs: random.below(80), phaseMs: random.below(FRAME_MS) });
  const mark = p.agent.mark.bind(p.agent);
  const late: { name: string; atMs: number }[] = [];
  p.agent.mark = (name, nowMs) => {
    if (random.chance(15)) return;
    if (random.chance(15)) late.push({ name, atMs: nowMs + random.below(200) });
    else mark(name, nowMs);
    if (random.chance(15)) mark(name, nowMs);
    if (random.chance(15)) mark(`g${random.below(3)}.${random.below(4)}:1600`, nowMs);
  };
  const { words, text } = randomReply(random, p);
  for (let step = 0; step < 3 + random.below(20); step += 1) {
    p.run(1 + random.below(180));
    for (const { name } of late.splice(0)) mark(name, p.now());
    if (random.chance(25)) p.hold();
    else if (random.chance(40)) p.resume(random.pick(['frame', 'word']));
  }
  const { heardText } = p.clear();
  p.run(200);
  // The furthest frame heard is the truth: a word counts when more than half of it was.
  const furthest = Math.max(-1, ...p.voiced()) + 1;
  const truth = words.filter(({ start, end }) => furthest > (start + end) / 2).length;
  const said = heardText === '' ? 0 : heardText.split(' ').length;
  if (!text.startsWith(heardText)) return `"${heardText}" was never said`;
  return Math.abs(said - truth) > 1 ? `${said} words instead of ${truth}` : undefined;
}

t.test('whatever becomes of marks, what was heard is told to within a word', async (t) => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const wrong = randomCut(seed);
    if (wrong !== undefined) return t.fail(`${wrong} (seed ${seed})`);
  }
  return t.pass('150 replies');
});
