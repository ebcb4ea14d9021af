import t from 'tap';
import type { PhoneEvent } from '../../src/phone/index.js';
import type { Evidence } from '../../src/scenario/index.js';
import { checkExpectations } from '../../src/scenario/expectations.js';
import { heardErrorWords } from '../../src/scenario/heard-words.js';
import { matchesText } from '../../src/scenario/matching.js';
import { findMoment } from '../../src/scenario/moments.js';
import {
  scenarioSchema,
  type Expectations,
  type ScenarioInput,
} from '../../src/scenario/schema.js';
import { longestSilenceMs, overlapMs, spansOf } from '../../src/scenario/spans.js';
import { timeline } from '../../src/scenario/timeline.js';

const EVENTS: PhoneEvent[] = [
  { type: 'call.answered', atMs: 0 },
  { type: 'agent.started', atMs: 100 },
  { type: 'caller.voiceStarted', clip: '1 hours.wav', atMs: 900 },
  { type: 'agent.cleared', droppedMs: 200, marks: 0, atMs: 1100 },
  { type: 'agent.ended', atMs: 1100 },
  { type: 'caller.voiceEnded', clip: '1 hours.wav', atMs: 1500 },
  { type: 'agent.started', atMs: 2500 },
  { type: 'agent.ended', atMs: 3000 },
  { type: 'call.ended', atMs: 3400 },
];

const EVIDENCE: Evidence = {
  report: undefined,
  failure: undefined,
  events: EVENTS,
  record: {
    state: 'ended',
    endReason: 'caller-hangup',
    interruptions: 1,
    restarts: {},
    turns: [
      { role: 'agent', text: 'We are open', startMs: 90, endMs: 1100, interrupted: true },
      { role: 'caller', text: 'hours', startMs: 900, endMs: 1500 },
      { role: 'agent', text: 'Yes.', startMs: 2490, endMs: 3000 },
    ],
  },
  // Ten letters a clause word for word: 100 ms a letter.
  notes: [
    { type: 'tts.clause', reply: 1, text: 'We are open from nine', ms: 1700, atMs: 50 },
    { type: 'tts.clause', reply: 2, text: 'Yes.', ms: 400, atMs: 2400 },
  ],
  tools: [{ name: 'order', key: 'CA1/1/1/order', atMs: 1600, turn: 1, committed: true }],
  letterMs: 100,
};

function expectations(expect: ScenarioInput['expect']): Expectations {
  return scenarioSchema.parse({ name: 'x', proves: 'x', caller: ['hangUp'], expect }).expect;
}

const unmet = (expect: ScenarioInput['expect'], evidence = EVIDENCE) =>
  checkExpectations(expectations(expect), evidence);

t.test('a call as it was expected has nothing unmet', async (t) => {
  t.strictSame(
    unmet({
      record: [
        { agent: 'we are*', interrupted: true },
        { caller: 'Hours!' },
        { agent: 'yes', interrupted: false },
      ],
      recordLacks: [{ agent: '*nine*' }],
      tools: [{ name: 'order', turn: 1 }],
      timings: [
        { from: 'caller.voiceStarted', to: 'agent.cleared', withinMs: 200 },
        { from: 'caller.voiceEnded', to: 'agent.started', atLeastMs: 1000, withinMs: 1000 },
      ],
      talkOverMs: 200,
      longestSilenceMs: 1000,
      agentSpurts: 2,
      agentMs: { atLeast: 1500, atMost: 1500 },
      interruptions: 1,
      endReason: 'caller-hangup',
      heardWithinWords: 1,
    }),
    [],
  );
});

const MISSES: [string, ScenarioInput['expect'], object][] = [
  [
    'another turn',
    {
      record: [{ agent: 'we are open', interrupted: false }, { caller: 'hours' }, { agent: 'yes' }],
    },
    { expected: 'record turn 1: agent "we are open", not interrupted', atMs: 90 },
  ],
  [
    'a missing turn',
    { record: [{ agent: 'we are*' }, { caller: 'hours' }, { agent: 'yes' }, { caller: 'bye' }] },
    { expected: 'record turn 4: caller "bye"', happened: 'none' },
  ],
  [
    'a turn too many',
    { record: [{ agent: 'we are*' }, { caller: 'hours' }] },
    { expected: 'record turn 3: none', happened: 'agent "Yes."', atMs: 2490 },
  ],
  ['a turn that is nowhere', { recordHas: [{ caller: 'time' }] }, { expected: /caller "time"/ }],
  ['an unwanted turn', { recordLacks: [{ agent: '*open*' }] }, { happened: /We are open/ }],
  ['a tool that ran', { tools: [] }, { expected: 'tool run 1: none', atMs: 1600 }],
  ['a tool that did not run', { tools: ['order', 'pay'] }, { expected: 'tool run 2: pay' }],
  ['a tool of another turn', { tools: [{ name: 'order', turn: 2 }] }, { happened: /for turn 1/ }],
  [
    'too late',
    { timings: [{ from: 'caller.voiceStarted', to: 'agent.cleared', withinMs: 150 }] },
    { happened: '200 ms', atMs: 1100 },
  ],
  [
    'too early',
    { timings: [{ from: 'caller.voiceStarted', to: 'agent.cleared', atLeastMs: 250 }] },
    { happened: '200 ms' },
  ],
  [
    'a moment that never came',
    { timings: [{ from: 'agent.started#3', to: 'agent.ended', withinMs: 1 }] },
    { happened: 'agent.started#3 never happened' },
  ],
  ['another number', { interruptions: 0 }, { expected: 'interruptions: 0', happened: '1' }],
  ['talk over each other', { talkOverMs: { atMost: 100 } }, { happened: '200' }],
  ['another end', { endReason: 'idle' }, { happened: 'caller-hangup' }],
  ['no end at the phone', { outcome: 'node-hung-up' }, { happened: 'none' }],
  ['a restart that did not come', { restarts: { tts: 1 } }, { expected: 'restarts.tts: 1' }],
  [
    'another request',
    { requests: [{ input: 'greeting' }] },
    { expected: /request to the agent 1/ },
  ],
];

for (const [name, expect, wanted] of MISSES) {
  t.test(`unmet: ${name}`, async (t) => {
    const found = unmet(expect);
    t.equal(found.length, 1);
    t.match(found[0], wanted);
  });
}

t.test('a call that is still active at the node, or unknown to it, fails', async (t) => {
  const { record } = EVIDENCE;
  if (record === undefined) throw new Error('the evidence has a record');
  t.match(unmet({}, { ...EVIDENCE, record: { ...record, state: 'active' } }), [
    { expected: 'the call ended at the node' },
  ]);
  t.match(unmet({}, { ...EVIDENCE, record: undefined }), [{ expected: 'a call record' }]);
});

t.test(
  'a draft that was withdrawn is no request, a reply that was interrupted is one',
  async (t) => {
    const asked = { type: 'agent.asked', history: [{ role: 'agent', text: 'Hello.' }] } as const;
    const notes: Evidence['notes'] = [
      { ...asked, reply: 1, input: { kind: 'turn', text: 'hang up' }, atMs: 1 },
      { type: 'agent.withdrawn', reply: 1, committed: false, atMs: 2 },
      { ...asked, reply: 2, input: { kind: 'turn', text: 'hours' }, atMs: 3 },
      { type: 'agent.withdrawn', reply: 2, committed: true, atMs: 4 },
    ];
    const evidence = { ...EVIDENCE, notes };
    const history = [{ agent: 'Hello.' }];
    t.strictSame(
      unmet({ requests: [{ input: 'hours', history }], withdrawnDrafts: 1 }, evidence),
      [],
    );
    t.strictSame(unmet({ requestsHave: [{ input: 'hours', history }] }, evidence), []);
    t.match(unmet({ requestsHave: [{ input: 'hang up' }] }, evidence), [{ happened: 'none' }]);
    const other = [{ caller: 'Hello.' }];
    for (const key of ['requests', 'requestsHave'] as const) {
      t.match(unmet({ [key]: [{ input: 'hours', history: other }] }, evidence), [
        { expected: 'history of the request "hours", turn 1: caller "Hello."', atMs: 3 },
      ]);
    }
  },
);

t.test('the same idempotency key twice fails', async (t) => {
  const tools = [...EVIDENCE.tools, ...EVIDENCE.tools];
  t.match(unmet({ tools: ['order', 'order'] }, { ...EVIDENCE, tools }), [
    { happened: 'a key ran twice' },
  ]);
});

t.test('the record is compared with what the phone heard, word by word', async (t) => {
  // A second of the voice: "We are open" has nine letters, the middle of "from" is at 1100 ms.
  t.strictSame(
    heardErrorWords(EVIDENCE).map(({ words }) => words),
    [0, 0],
  );
  const { record } = EVIDENCE;
  const turns = (record?.turns ?? []).map((turn, i) =>
    i === 0 ? { ...turn, text: 'We are open from nine' } : turn,
  );
  if (record === undefined) throw new Error('the evidence has a record');
  const found = unmet({ heardWithinWords: 1 }, { ...EVIDENCE, record: { ...record, turns } });
  t.match(found, [{ happened: /^2 words too many/ }]);
});

t.test('text is compared without case and punctuation, with * for any words', async (t) => {
  t.ok(matchesText('We are open.', 'we are open'));
  t.ok(matchesText('We*nine', 'We are open from nine.'));
  t.notOk(matchesText('We', 'We are open'));
  t.ok(matchesText('[3 digits]', '[3 digits]'));
  t.notOk(matchesText('a.c', 'abc'));
});

t.test('spans pair beginnings with ends and close at the end of the call', async (t) => {
  t.strictSame(spansOf('caller', EVENTS), [{ fromMs: 900, toMs: 1500 }]);
  t.strictSame(spansOf('agent', [EVENTS[1] as PhoneEvent, EVENTS[8] as PhoneEvent]), [
    { fromMs: 100, toMs: 3400 },
  ]);
  t.equal(overlapMs([{ fromMs: 0, toMs: 10 }], [{ fromMs: 20, toMs: 30 }]), 0);
  t.equal(longestSilenceMs([]), 0);
});

t.test('a moment is the first after another, or the n-th of the call', async (t) => {
  t.equal(findMoment('agent.started', EVIDENCE), 100);
  t.equal(findMoment('agent.started', EVIDENCE, 100), 2500);
  t.equal(findMoment('agent.started#2', EVIDENCE), 2500);
  t.equal(findMoment('tts.clause#2', EVIDENCE), 2400);
  t.equal(findMoment('tool.ran:order', EVIDENCE), undefined);
});

t.test('the time line has phone and engines in one order, and the record', async (t) => {
  const lines = timeline(EVIDENCE);
  t.match(lines[0], /0\.00 {2}answered/);
  t.match(lines[1], /0\.05 {4}voice is asked for: "We are open from nine"/);
  t.match(lines.at(-1), 'record  agent: Yes.');
});
