import t from 'tap';
import { SpeechEdges, type SpeechEdgeOptions } from '../../../src/dsp/vad/speech-edges.js';
import { FRAME_MS } from '../../../src/dsp/frame.js';
import { random } from '../signals.js';

const OPTIONS: SpeechEdgeOptions = {
  startThreshold: 0.5,
  stopThreshold: 0.35,
  sureThreshold: 0.9,
  minSpeechMs: 60,
  hangoverMs: 200,
};

/** `[frame, edge, backMs]` of every edge; one character a frame: 0..9 are tenths. */
function edges(
  pattern: string,
  options: SpeechEdgeOptions = OPTIONS,
  clear = true,
): [number, string, number][] {
  const detector = new SpeechEdges(options);
  return Array.from(pattern).flatMap((digit, frame): [number, string, number][] => {
    const edge = detector.push(Number(digit) / 10, clear);
    return edge === 'none' ? [] : [[frame, edge, detector.backMs]];
  });
}

t.test('speech starts after the shortest speech, back to its first frame', async (t) => {
  t.same(edges('0008888'), [[5, 'started', 60]]);
});

t.test('speech beyond doubt starts at once where it can only be the caller', async (t) => {
  t.same(edges('0009999'), [[3, 'started', 20]]);
  t.same(edges('0008999'), [[4, 'started', 40]], 'and ends the doubt of what was before it');
});

t.test('speech beyond doubt starts with its second frame where it may be an echo', async (t) => {
  t.same(edges('0009999', OPTIONS, false), [[4, 'started', 40]]);
  t.same(edges('0009090', OPTIONS, false), [], 'not with one and another');
  t.same(edges('0009888', OPTIONS, false), [[5, 'started', 60]]);
});

t.test('where longer speech is asked for, that beyond doubt is to be longer too', async (t) => {
  const options = { ...OPTIONS, minSpeechMs: 180 };
  t.same(edges('0009999999999', options), [[5, 'started', 60]]);
  t.same(edges('0009999999999', options, false), [[8, 'started', 120]]);
  t.same(edges('0008888888888', options), [[11, 'started', 180]]);
});

t.test('speech that is too short starts nothing', async (t) => {
  t.same(edges('00088000880008800'), []);
});

t.test('frames between the thresholds carry on what a frame above began', async (t) => {
  t.same(edges('000544'), [[5, 'started', 60]]);
  t.same(edges('000444444'), []);
});

t.test('speech stops after the hangover, back to the end of its last frame', async (t) => {
  t.same(edges(`888${'8'.repeat(10)}${'0'.repeat(20)}`), [
    [2, 'started', 60],
    [22, 'stopped', 200],
  ]);
});

t.test('a pause shorter than the hangover belongs to the speech', async (t) => {
  t.same(edges(`888${'0'.repeat(9)}4${'0'.repeat(10)}`), [
    [2, 'started', 60],
    [22, 'stopped', 200],
  ]);
});

t.test('with no shortest speech the first frame above the threshold starts', async (t) => {
  t.same(edges('005', { ...OPTIONS, minSpeechMs: 0 }), [[2, 'started', 20]]);
});

t.test('a probability that is not a number counts as silence', async (t) => {
  const detector = new SpeechEdges(OPTIONS);
  for (let i = 0; i < 20; i++) t.equal(detector.push(Number.NaN, true), 'none');
});

t.test('reset forgets a call without an edge', async (t) => {
  const detector = new SpeechEdges(OPTIONS);
  for (let i = 0; i < 3; i++) detector.push(0.9, true);
  t.ok(detector.speaking);
  detector.reset();
  t.notOk(detector.speaking);
  for (let i = 0; i < 20; i++) t.equal(detector.push(0, true), 'none');
});

t.test('whatever comes in, edges alternate and point at frames that bear them out', async (t) => {
  const next = random(2024);
  for (let trial = 0; trial < 200; trial++) {
    const startThreshold = 0.3 + 0.6 * next();
    const options: SpeechEdgeOptions = {
      startThreshold,
      stopThreshold: startThreshold * next(),
      sureThreshold: 0.9,
      minSpeechMs: Math.floor(next() * 200),
      hangoverMs: 20 + Math.floor(next() * 500),
    };
    const detector = new SpeechEdges(options);
    const heard: number[] = [];
    let level = 0;
    let last = 'stopped';
    let lastVoice = -1;
    const problems: string[] = [];
    for (let n = 0; n < 600; n++) {
      if (next() < 0.05) level = next();
      heard.push(Math.min(1, Math.max(0, level + 0.3 * (next() - 0.5))));
      const edge = detector.push(heard[n] as number, next() < 0.5);
      if (edge === 'none') continue;
      if (edge === last) problems.push(`two of ${edge} in a row at ${n}`);
      last = edge;
      const first = n + 1 - detector.backMs / 20;
      if (!Number.isInteger(first) || first < 0) problems.push(`${edge} at ${n} is out of range`);
      const since = heard.slice(first);
      if (edge === 'started') {
        if ((since[0] as number) < startThreshold) problems.push(`no onset at ${first}`);
        if (since.some((p) => p < options.stopThreshold)) problems.push(`gap after ${first}`);
        if (first <= lastVoice) problems.push(`${first} was part of the speech before`);
        const sure = since.filter((p) => p >= options.sureThreshold).length;
        const mostMs = detector.backMs + 2 * sure * FRAME_MS;
        if (mostMs < options.minSpeechMs) problems.push(`too short at ${first}`);
      } else {
        if (since.some((p) => p >= options.stopThreshold)) problems.push(`voice after ${first}`);
        if ((heard[first - 1] as number) < options.stopThreshold) {
          problems.push(`no voice before ${first}`);
        }
        if (detector.backMs < options.hangoverMs) problems.push(`early at ${n}`);
        lastVoice = first - 1;
      }
    }
    t.same(problems, [], `trial ${trial}`);
  }
});
