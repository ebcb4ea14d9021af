// From what phone and node tell of a call to the figures of the benchmark of turns.

import t from 'tap';
import type { MeasuredCall, SaidVoice } from '../../bench/turns/measured-call.js';
import {
  heardErrors,
  resumeAt,
  turnEnds,
  voicesOverAgent,
  wordsPlayed,
} from '../../bench/turns/measures.js';
import type { NodeFacts } from '../../bench/turns/server.js';
import { speak } from '../../bench/turns/unique-voice.js';

const FACTS: NodeFacts = {
  startedAtMs: 0,
  endedAtMs: 60_000,
  commits: [],
  interruptions: [],
  falseInterruptions: [],
  notes: [],
  clauses: [],
  record: undefined,
};

const voice = (startMs: number, endMs: number, overAgent = true): SaidVoice => ({
  utterance: { clip: { name: '' }, words: [] } as unknown as SaidVoice['utterance'],
  startMs,
  endMs,
  overAgent,
});

const call = (more: Partial<MeasuredCall>, facts: Partial<NodeFacts> = {}): MeasuredCall => ({
  answeredAtMs: 0,
  voices: [],
  cleared: [],
  agentStarted: [],
  agent: new Int16Array(),
  ...more,
  node: { ...FACTS, ...facts },
});

t.test('hold and decision are counted from the onset of the voice', async (t) => {
  const measured = call(
    { voices: [voice(1000, 2000)], cleared: [900, 1110] },
    {
      interruptions: [1300],
      notes: [
        { type: 'stt.interim', text: '', atMs: 1150 },
        { type: 'stt.interim', text: 'please', atMs: 1299 },
      ],
    },
  );
  const [found] = voicesOverAgent(measured);
  t.match(found, { holdMs: 110, wordsMs: 299, interruptionMs: 300, falseMs: undefined });
});

t.test('what the next voice brings about is not counted for the one before', async (t) => {
  const voices = [voice(1000, 1200), voice(1500, 2500), voice(9000, 9100, false)];
  const measured = call({ voices, cleared: [1600] }, { interruptions: [1800] });
  const [first, second, ...more] = voicesOverAgent(measured);
  t.match(first, { holdMs: undefined, interruptionMs: undefined });
  t.match(second, { holdMs: 100, interruptionMs: 300 });
  t.strictSame(more, [], 'nor is a voice that the agent does not hear over its own');
});

t.test('a hold is laid to the seam that it made', async (t) => {
  const runs = [
    { whole: 0, from: 0, to: 8000, at: 800 },
    { whole: 0, from: 7840, to: 16_000, at: 12_800 },
    { whole: 1, from: 0, to: 100, at: 40_000 },
  ];
  t.strictSame(resumeAt(runs, 1130, 0), { lostMs: 0, repeatedMs: 20, silentMs: 500 });
  t.equal(resumeAt(runs, 2000, 0), undefined, 'no seam there');
  t.equal(resumeAt(runs, 2630, 0), undefined, 'what followed was another reply');
});

t.test('a word was played when more than half of it was', async (t) => {
  const clauses = [speak('one two'), speak('three')];
  const [one, two] = clauses[0]?.words ?? [];
  const half = ((two?.startMs ?? 0) + (two?.endMs ?? 0)) / 2;
  t.equal(wordsPlayed(clauses, 0), 0);
  t.equal(wordsPlayed(clauses, one?.endMs ?? 0), 1);
  t.equal(wordsPlayed(clauses, half), 1);
  t.equal(wordsPlayed(clauses, half + 1), 2);
  t.equal(wordsPlayed(clauses, 60_000), 3);
});

t.test('the record of an interrupted reply is held against what was played', async (t) => {
  const replies = [[speak('one two three')], [speak('four five')]];
  const playedMs = replies[0]?.[0]?.words[0]?.endMs ?? 0;
  const turn = { role: 'agent', startMs: 0, endMs: 0 } as const;
  const record = {
    turns: [
      { ...turn, text: 'one two three', interrupted: true },
      { ...turn, text: 'four five' },
    ],
  } as unknown as NodeFacts['record'];
  const runs = [{ whole: 0, from: 0, to: playedMs * 8, at: 0 }];
  t.strictSame(heardErrors(call({}, { record }), runs, replies), [{ words: 2, playedMs }]);
});

t.test('a turn that is committed before its voice ends is premature', async (t) => {
  const voices = [voice(1000, 3000, false), voice(5000, 6000, false), voice(9000, 9500, false)];
  const measured = call(
    { voices, agentStarted: [2500] },
    {
      commits: [2000, 3600, 6700],
      notes: [
        { type: 'agent.asked', reply: 3, input: { kind: 'unclear' }, history: [], atMs: 9200 },
      ],
    },
  );
  t.strictSame(turnEnds(measured), [
    { premature: true, cutIn: true, commitMs: 600 },
    { premature: false, cutIn: false, commitMs: 700 },
    { premature: true, cutIn: false, commitMs: undefined },
  ]);
});
