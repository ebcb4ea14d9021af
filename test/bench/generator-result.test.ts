import t from 'tap';
import type { GeneratedCall } from '../../bench/generated-call.js';
import { summarise, type RunFacts } from '../../bench/generator-result.js';
import type { CallerTurn, CallReport } from '../../src/phone/index.js';

const FACTS: RunFacts = {
  planned: 2,
  seed: 1,
  steadyFromMs: 10_000,
  steadyUntilMs: 60_000,
  cpuSeconds: 3,
  wallSeconds: 60,
  lateness: { count: 1, meanMs: 0, p99Ms: 0, maxMs: 0 },
};

function turn(values: Partial<CallerTurn>): CallerTurn {
  return {
    clip: 'utterance 1',
    voiceStartedAtMs: 20_000,
    voiceEndedAtMs: 22_000,
    interrupting: false,
    clearedAtMs: undefined,
    answeredAtMs: undefined,
    ...values,
  };
}

function call(turns: CallerTurn[], values: Partial<GeneratedCall> = {}): GeneratedCall {
  const stream = {
    streamSid: 'MZ1',
    opened: true,
    closedBy: 'phone',
    closeCode: 1000,
    error: undefined,
    messagesSent: 110,
    mediaSent: 100,
    messagesReceived: 60,
    mediaReceived: 50,
    underruns: 2,
    violations: 1,
    maxBufferedBytes: 7,
  } as const;
  const report: CallReport = {
    callSid: 'CA1',
    outcome: 'caller-hung-up',
    scriptCompleted: false,
    durationMs: 60_000,
    turns,
    streams: [stream],
    violations: [{ code: 31_951, reason: 'an unknown event', atMs: 1 }],
    events: [],
  };
  return {
    failure: undefined,
    answeredAtMs: 0,
    report,
    unanswered: 0,
    ...values,
  };
}

t.test('samples are of the steady part of the run alone', async (t) => {
  const turns = [
    turn({ voiceStartedAtMs: 5000, voiceEndedAtMs: 6000, answeredAtMs: 6500 }),
    turn({ answeredAtMs: 22_612.34 }),
    turn({ voiceStartedAtMs: 61_000, voiceEndedAtMs: 62_000, answeredAtMs: 62_400 }),
  ];
  const result = summarise([call(turns)], FACTS);
  t.strictSame(result.responseMs, [612.3]);
  t.match(result.turns, { spoken: 1, answered: 1 });
});

t.test('when a call was answered counts for where its turns lie', async (t) => {
  const early = turn({ voiceStartedAtMs: 5000, voiceEndedAtMs: 6000, answeredAtMs: 6500 });
  const result = summarise([call([early], { answeredAtMs: 8000 })], FACTS);
  t.equal(result.turns.spoken, 1);
});

t.test('interruptions and early answers are told apart', async (t) => {
  const turns = [
    turn({ interrupting: true, clearedAtMs: 20_180, answeredAtMs: 22_400 }),
    turn({ interrupting: true }),
    turn({ answeredAtMs: 21_900 }),
  ];
  const result = summarise([call(turns)], FACTS);
  t.strictSame(result.bargeInMs, [180]);
  t.strictSame(result.responseMs, [400]);
  t.match(result.turns, { spoken: 3, answered: 2, answeredEarly: 1, interrupting: 2, cleared: 1 });
});

t.test('the last turn of a call counts only if there was time to answer it', async (t) => {
  const late = turn({ voiceStartedAtMs: 55_000, voiceEndedAtMs: 57_000 });
  t.equal(summarise([call([late])], FACTS).turns.spoken, 0);
  const unanswered = turn({ voiceStartedAtMs: 45_000, voiceEndedAtMs: 47_000 });
  t.match(summarise([call([unanswered])], FACTS).turns, { spoken: 1, answered: 0 });
});

t.test('calls, messages and violations are added up', async (t) => {
  const failed = { failure: 'PHONE_STREAM_REFUSED', report: undefined, unanswered: 3 };
  const result = summarise(
    [call([]), call([], failed), call([], { failure: 'node-hung-up' })],
    FACTS,
  );
  t.strictSame(result.calls, {
    planned: 2,
    ok: 1,
    failed: 2,
    reasons: { PHONE_STREAM_REFUSED: 1, 'node-hung-up': 1 },
  });
  t.match(result, { messagesOut: 220, messagesIn: 120, mediaOut: 200, mediaIn: 100, underruns: 4 });
  t.strictSame(result.violations, { total: 2, reasons: { '31951 an unknown event': 2 } });
  t.equal(result.turns.unanswered, 3);
  t.equal(result.generator.maxBufferedBytes, 7);
});

t.test('the share of talk is that of voice, also of a turn that the end cut', async (t) => {
  const turns = [
    turn({ voiceStartedAtMs: 10_000, voiceEndedAtMs: 22_000 }),
    turn({ voiceStartedAtMs: 54_000, voiceEndedAtMs: undefined }),
  ];
  t.equal(summarise([call(turns)], FACTS).talkShare, 0.3);
});
