// The conformance tests of the speech-to-text port. Test.

import type { Test } from 'tap';
import type { SttEvent, SttProvider, SttSession } from '../../src/actors/ports.js';
import type { SttClip, SttConformanceOptions } from './conformance.js';
import {
  callSidOf,
  checkCoded,
  delay,
  thrownBy,
  until,
  within,
  type ConformanceTest,
} from './conformance-support.js';

const PIECE_SAMPLES = 160;

/** One open session whose events are checked against the port as they come. */
class RecordedSession {
  readonly finals: { utteranceId: number; text: string }[] = [];
  readonly violations: string[] = [];
  events = 0;
  failure: unknown;
  session!: SttSession;
  readonly #begun = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #answered = new Set<number>();
  readonly #interims: boolean;
  #closed = false;

  constructor(interims: boolean) {
    this.#interims = interims;
  }

  readonly emit = (event: SttEvent): void => {
    this.events++;
    if (this.#closed) this.violations.push(`${event.type} after close`);
    if (this.failure !== undefined) this.violations.push(`${event.type} after failed`);
    if (event.type === 'failed') {
      this.failure = event.error;
      return;
    }
    const id = event.utteranceId;
    if (!this.#begun.has(id)) this.violations.push(`${event.type} of ${id}, which never began`);
    if (this.#answered.has(id)) this.violations.push(`${event.type} of ${id} after its final`);
    if (typeof event.text !== 'string') this.violations.push(`${event.type} without text`);
    if (event.type === 'interim') {
      if (!this.#interims) this.violations.push('interim without the capability');
      return;
    }
    if (!this.#finished.has(id)) this.violations.push(`final of ${id} before finish`);
    const last = this.finals.at(-1);
    if (last && last.utteranceId >= id) this.violations.push(`final of ${id} out of order`);
    this.#answered.add(id);
    this.finals.push({ utteranceId: id, text: event.text });
  };

  begin(id: number): void {
    this.#begun.add(id);
    this.session.begin(id);
  }

  finish(id: number): void {
    this.#finished.add(id);
    this.session.finish(id);
  }

  close(): void {
    this.#closed = true;
    this.session.close();
  }

  write(pcm: Int16Array, pieceSamples = PIECE_SAMPLES): void {
    // One borrowed buffer for all pieces, spoiled after each: a session that keeps it hears noise.
    const borrowed = new Int16Array(pieceSamples);
    for (let at = 0; at < pcm.length; at += pieceSamples) {
      const piece = pcm.subarray(at, at + pieceSamples);
      borrowed.set(piece);
      this.session.write(borrowed.subarray(0, piece.length));
      borrowed.fill(at % 2 === 0 ? 20_000 : -20_000);
    }
  }

  say(id: number, pcm: Int16Array, pieceSamples = PIECE_SAMPLES): void {
    this.begin(id);
    this.write(pcm, pieceSamples);
    this.finish(id);
  }
}

interface Bench {
  readonly provider: SttProvider;
  readonly open: () => Promise<RecordedSession>;
  /** Waits until `count` finals came, then that no more events come. */
  readonly finals: (
    recorded: RecordedSession,
    count: number,
  ) => Promise<readonly { text: string }[]>;
}

export function sttConformanceTests(options: SttConformanceOptions): ConformanceTest[] {
  const { clips, digits } = options;
  const timeoutMs = options.timeoutMs ?? 10_000;
  const settleMs = options.settleMs ?? 60;

  const withBench = (run: (t: Test, bench: Bench) => Promise<void>) => async (t: Test) => {
    const provider = await options.makeProvider();
    t.teardown(() => provider.close());
    await within(provider.warmUp(), timeoutMs * 3, 'warmUp');
    const sessions: RecordedSession[] = [];
    const open = async () => {
      const recorded = new RecordedSession(provider.capabilities.interims);
      sessions.push(recorded);
      recorded.session = await within(
        provider.open({
          callSid: callSidOf(sessions.length),
          emit: recorded.emit,
          signal: new AbortController().signal,
        }),
        timeoutMs,
        'open',
      );
      return recorded;
    };
    const finals = async (recorded: RecordedSession, count: number) => {
      await until(
        () => recorded.finals.length >= count || recorded.failure !== undefined,
        timeoutMs,
        `${count} final(s)`,
      );
      await delay(settleMs);
      t.equal(recorded.failure, undefined, 'the session did not fail');
      t.equal(recorded.finals.length, count, `exactly ${count} final(s)`);
      return recorded.finals;
    };
    await run(t, { provider, open, finals });
    for (const [i, recorded] of sessions.entries()) {
      t.same(recorded.violations, [], `session ${i + 1} kept to the port`);
    }
    for (const recorded of sessions) recorded.close();
  };

  const heard = (t: Test, final: { text: string } | undefined, clip: SttClip) =>
    t.ok(final !== undefined && clip.matches(final.text), `${clip.name} was understood`, {
      text: final?.text,
    });

  const tests: ConformanceTest[] = [
    [
      'warmUp is idempotent, also while it runs',
      async (t) => {
        const provider = await options.makeProvider();
        t.teardown(() => provider.close());
        await within(Promise.all([provider.warmUp(), provider.warmUp()]), timeoutMs * 3, 'warmUp');
        await within(provider.warmUp(), timeoutMs, 'a third warmUp');
        t.ok(provider.name.length > 0, 'the provider has a name');
      },
    ],
    [
      'a finished utterance gets exactly one final with its id and text',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.say(7, clips[0].pcm);
        const [final] = await finals(recorded, 1);
        heard(t, final, clips[0]);
        t.equal(recorded.finals[0]?.utteranceId, 7);
      }),
    ],
    [
      'utterances one after the other are each understood',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.say(1, clips[0].pcm);
        await finals(recorded, 1);
        recorded.say(2, clips[1].pcm);
        await finals(recorded, 2);
        heard(t, recorded.finals[0], clips[0]);
        heard(t, recorded.finals[1], clips[1]);
      }),
    ],
    [
      'finals keep the order of utterances that did not wait for each other',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.say(1, clips[0].pcm);
        recorded.say(2, clips[1].pcm);
        recorded.say(5, clips[0].pcm);
        await finals(recorded, 3);
        t.same(
          recorded.finals.map((final) => final.utteranceId),
          [1, 2, 5],
        );
        heard(t, recorded.finals[0], clips[0]);
        heard(t, recorded.finals[1], clips[1]);
        heard(t, recorded.finals[2], clips[0]);
      }),
    ],
    [
      'audio in pieces of any length gives the same text',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.say(1, clips[0].pcm, 1);
        recorded.say(2, clips[0].pcm, 97);
        recorded.say(3, clips[0].pcm, clips[0].pcm.length);
        await finals(recorded, 3);
        for (const final of recorded.finals) heard(t, final, clips[0]);
      }),
    ],
    [
      'an utterance without audio gets one empty final',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.say(1, new Int16Array(0));
        const [final] = await finals(recorded, 1);
        t.equal(final?.text, '');
      }),
    ],
    [
      'an utterance of one sample, and one of digital silence, each get one final',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.say(1, Int16Array.of(1));
        recorded.say(2, new Int16Array(4000));
        await finals(recorded, 2);
        t.equal(recorded.finals[1]?.text, '', 'silence has no words');
      }),
    ],
    [
      'audio outside an utterance is ignored',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.write(clips[1].pcm);
        recorded.say(1, clips[0].pcm);
        recorded.write(clips[1].pcm);
        const [final] = await finals(recorded, 1);
        heard(t, final, clips[0]);
      }),
    ],
    [
      'a second finish of one utterance gives no second final',
      withBench(async (_t, { open, finals }) => {
        const recorded = await open();
        recorded.say(1, clips[0].pcm);
        recorded.finish(1);
        await finals(recorded, 1);
        recorded.finish(1);
        await finals(recorded, 1);
      }),
    ],
    [
      'concurrent sessions do not mix',
      withBench(async (t, { open, finals }) => {
        const sessions = await Promise.all(Array.from({ length: 6 }, open));
        for (const recorded of sessions) recorded.begin(3);
        const longest = Math.max(clips[0].pcm.length, clips[1].pcm.length);
        for (let at = 0; at < longest; at += PIECE_SAMPLES) {
          for (const [i, recorded] of sessions.entries()) {
            recorded.write((clips[i % 2] as SttClip).pcm.subarray(at, at + PIECE_SAMPLES));
          }
        }
        for (const recorded of sessions) recorded.finish(3);
        for (const [i, recorded] of sessions.entries()) {
          const [final] = await finals(recorded, 1);
          heard(t, final, clips[i % 2] as SttClip);
        }
      }),
    ],
    [
      'expect may be called at any time and the current utterance is not lost',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.begin(1);
        recorded.write(clips[0].pcm.subarray(0, 2400));
        recorded.session.expect('digits');
        recorded.session.expect('anything');
        recorded.write(clips[0].pcm.subarray(2400));
        recorded.finish(1);
        recorded.say(2, clips[1].pcm);
        await finals(recorded, 2);
        heard(t, recorded.finals[0], clips[0]);
        heard(t, recorded.finals[1], clips[1]);
      }),
    ],
    ...closingTests(),
  ];

  function closingTests(): ConformanceTest[] {
    return [
      [
        'close in mid-utterance ends all events and harms nobody else',
        withBench(async (t, { open, finals }) => {
          const closing = await open();
          const staying = await open();
          staying.begin(1);
          closing.begin(1);
          staying.write(clips[0].pcm.subarray(0, 2400));
          closing.write(clips[1].pcm.subarray(0, 2400));
          closing.close();
          const events = closing.events;
          staying.write(clips[0].pcm.subarray(2400));
          staying.finish(1);
          const [final] = await finals(staying, 1);
          heard(t, final, clips[0]);
          t.equal(closing.events, events, 'no event after close');
        }),
      ],
      [
        'close right after finish means no final',
        withBench(async (t, { open }) => {
          const recorded = await open();
          recorded.say(1, clips[0].pcm);
          recorded.close();
          const events = recorded.events;
          await delay(settleMs * 4);
          t.equal(recorded.events, events, 'no event after close');
        }),
      ],
      [
        'a closed session takes every call without an event or a throw',
        withBench(async (t, { open }) => {
          const recorded = await open();
          recorded.close();
          recorded.close();
          recorded.say(1, clips[0].pcm);
          recorded.session.expect('digits');
          recorded.close();
          await delay(settleMs);
          t.equal(recorded.events, 0);
        }),
      ],
      [
        'many sessions abandoned in mid-utterance leave the provider able to work',
        withBench(async (t, { open, finals }) => {
          for (let round = 0; round < 5; round++) {
            const sessions = await Promise.all(Array.from({ length: 10 }, open));
            for (const recorded of sessions) {
              recorded.begin(1);
              recorded.write(clips[1].pcm.subarray(0, 1600));
            }
            for (const recorded of sessions) recorded.close();
          }
          const recorded = await open();
          recorded.say(1, clips[0].pcm);
          const [final] = await finals(recorded, 1);
          heard(t, final, clips[0]);
        }),
      ],
      [
        'open with an aborted signal rejects coded or gives a session without events',
        async (t) => {
          const provider = await options.makeProvider();
          t.teardown(() => provider.close());
          let events = 0;
          const thrown = await thrownBy(async () => {
            const session = await within(
              provider.open({
                callSid: callSidOf(1),
                emit: () => events++,
                signal: AbortSignal.abort(),
              }),
              timeoutMs,
              'open',
            );
            session.close();
          });
          if (thrown !== undefined) checkCoded(t, thrown, 'open');
          await delay(settleMs);
          t.equal(events, 0);
        },
      ],
      [
        'a closed provider opens no session and says so with a code; closing is idempotent',
        async (t) => {
          const provider = await options.makeProvider();
          await within(provider.warmUp(), timeoutMs * 3, 'warmUp');
          const recorded = new RecordedSession(provider.capabilities.interims);
          const request = {
            callSid: callSidOf(1),
            emit: recorded.emit,
            signal: new AbortController().signal,
          };
          recorded.session = await provider.open(request);
          recorded.begin(1);
          recorded.write(clips[0].pcm);
          await within(Promise.all([provider.close(), provider.close()]), timeoutMs, 'close');
          await within(provider.close(), timeoutMs, 'a third close');
          recorded.finish(1);
          recorded.close();
          const thrown = await thrownBy(() => within(provider.open(request), timeoutMs, 'open'));
          checkCoded(t, thrown, 'open');
          t.same(recorded.violations, []);
          t.equal(recorded.finals.length, 0, 'no final after close');
        },
      ],
    ];
  }

  if (digits) {
    tests.push([
      'digits are understood after expect(digits), and words again after expect(anything)',
      withBench(async (t, { open, finals }) => {
        const recorded = await open();
        recorded.session.expect('digits');
        recorded.say(1, digits.pcm);
        recorded.session.expect('anything');
        recorded.say(2, clips[0].pcm);
        await finals(recorded, 2);
        heard(t, recorded.finals[0], digits);
        heard(t, recorded.finals[1], clips[0]);
      }),
    ]);
  }

  const { makeFailing } = options;
  if (makeFailing) {
    tests.push([
      'a provider that cannot work says so with a code, once',
      async (t) => {
        const provider = await makeFailing();
        t.teardown(() => provider.close());
        const recorded = new RecordedSession(provider.capabilities.interims);
        const thrown = await thrownBy(async () => {
          recorded.session = await within(
            provider.open({
              callSid: callSidOf(1),
              emit: recorded.emit,
              signal: new AbortController().signal,
            }),
            timeoutMs,
            'open',
          );
          recorded.say(1, clips[0].pcm);
          await until(() => recorded.failure !== undefined, timeoutMs, 'failed');
          recorded.close();
        });
        checkCoded(t, recorded.failure ?? thrown, 'the failure');
        await delay(settleMs);
        t.same(recorded.violations, []);
        t.equal(recorded.finals.length, 0);
      },
    ]);
  }
  return tests;
}
