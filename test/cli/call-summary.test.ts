import t from 'tap';
import { median, summary } from '../../src/cli/call/summary.js';
import type { CallReport, CallerTurn } from '../../src/phone/index.js';

function turn(values: Partial<CallerTurn>): CallerTurn {
  return {
    clip: 'hours.wav',
    voiceStartedAtMs: 1000,
    voiceEndedAtMs: 2000,
    interrupting: false,
    clearedAtMs: undefined,
    answeredAtMs: undefined,
    ...values,
  };
}

function report(values: Partial<CallReport>): CallReport {
  return {
    callSid: 'CA1',
    outcome: 'caller-hung-up',
    scriptCompleted: true,
    durationMs: 61_000,
    turns: [],
    streams: [],
    violations: [],
    events: [],
    ...values,
  };
}

t.test('a call without turns says how it ended', async (t) => {
  t.strictSame(summary(report({}), undefined), ['Call over after 1:01.0: the caller hung up.']);
});

t.test('answers and interruptions are summed up', async (t) => {
  const turns = [
    turn({ answeredAtMs: 2500 }),
    turn({ answeredAtMs: 2700, interrupting: true, clearedAtMs: 1180 }),
    turn({ answeredAtMs: 3100 }),
    turn({}),
  ];
  t.strictSame(summary(report({ turns, outcome: 'node-hung-up' }), undefined), [
    'Call over after 1:01.0: the agent hung up.',
    '3 answers after 0.50 s to 1.10 s, median 0.70 s.',
    '1 turn without an answer.',
    '1 interruption: silent after 0.18 s.',
  ]);
});

t.test('a transfer, refused messages and an error of the node are told', async (t) => {
  const violations = [
    { code: 31_951, reason: 'an unknown event', atMs: 5 },
    { code: 31_951, reason: 'no streamSid', atMs: 6 },
  ] as const;
  const lines = summary(
    report({ outcome: 'transferred', transferredTo: ['+15550123'], violations }),
    { state: 'ended', turns: [], latencies: [], errorCode: 'PROVIDER_FAILED' },
  );
  t.strictSame(lines, [
    'Call over after 1:01.0: the call was transferred to +15550123 (the node says PROVIDER_FAILED).',
    'Twilio would refuse 2 messages of the node (31951: an unknown event).',
  ]);
});

t.test("the node's own times are shown as medians", async (t) => {
  const latency = { endpointingMs: 300, sttMs: 80, agentMs: 4, ttsMs: 90, totalMs: 474 };
  const latencies = [
    latency,
    { ...latency, endpointingMs: 400 },
    { ...latency, endpointingMs: 310 },
  ];
  const [, line] = summary(report({}), { state: 'ended', turns: [], latencies });
  t.equal(
    line,
    'At the node, median: end of turn 310 ms, speech to text 80 ms, agent 4 ms, speech 90 ms.',
  );
});

t.test('the median of an even count lies between', async (t) => {
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([7]), 7);
});
