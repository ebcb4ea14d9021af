// A grammar keeps its texts and their probabilities as a graph, and the graph is small (D8).

import t from 'tap';
import { createGrammars } from '../../../src/providers/local/grammar.js';
import { loadIntents } from '../../../src/providers/local/intents.js';
import { wordGraph, type WordGraph } from '../../../src/providers/local/word-graph.js';

/** The probability of the best path that says this. */
function probability({ arcs, final }: WordGraph, text: string): number {
  let at = new Map([[0, 1]]);
  const step = (word: string | undefined): Map<number, number> => {
    const next = new Map<number, number>();
    for (const { from, to, word: said, probability } of arcs) {
      const total = (at.get(from) ?? 0) * probability;
      if (said === word && total > (next.get(to) ?? 0)) next.set(to, total);
    }
    return next;
  };
  for (const word of text === '' ? [] : text.split(' ')) at = step(word);
  return Math.max(at.get(final) ?? 0, step(undefined).get(final) ?? 0);
}

const grammar = (top: string, ...rules: string[]): WordGraph =>
  wordGraph(`#JSGF V1.0;\ngrammar g;\npublic <top> = ${top};\n${rules.join('\n')}\n`);

t.test('alternatives are as likely as their weights say (D8)', async (t) => {
  const graph = grammar('/3/ <a> | /1/ b', '<a> = one | two three;');
  t.equal(probability(graph, 'one'), 0.375);
  t.equal(probability(graph, 'two three'), 0.375);
  t.equal(probability(graph, 'b'), 0.25);
  for (const not of ['', 'two', 'three', 'one b', 'two three b']) {
    t.equal(probability(graph, not), 0, not);
  }
});

t.test('what is optional, and what is repeated (D8)', async (t) => {
  const graph = grammar('say [ the ] ( x | y )+ <end>', '<end> = /1/ <NULL> | /3/ please;');
  t.equal(probability(graph, 'say x'), (0.5 * 0.5 * 0.5) / 4);
  t.equal(probability(graph, 'say the x please'), (0.5 * 0.5 * 0.5 * 3) / 4);
  t.equal(probability(graph, 'say y x'), (0.5 * 0.25 * 0.25) / 4);
  for (const not of ['', 'say', 'say the', 'x', 'say please', 'say x the']) {
    t.equal(probability(graph, not), 0, not);
  }
});

t.test('phrases that begin or end alike share their states (D8)', async (t) => {
  const { states } = grammar('when do you open | when do you close | you can close');
  t.ok(states <= 8, `${states}`);
  t.throws(() => grammar('<nowhere>'), { message: /no rule <nowhere>/ });
  t.throws(() => grammar('( a | b'), { message: /not closed/ });
});

t.test('the receptionist is heard in few states, and with all that can be said (D8)', async (t) => {
  const { phrases } = loadIntents();
  const graph = wordGraph(createGrammars(phrases).anything);
  t.ok(graph.states < 200, `${graph.states}`);
  const plain = phrases.map((phrase) => phrase.replaceAll('{digits}', 'two'));
  for (const phrase of plain) {
    t.ok(probability(graph, phrase) > 0, phrase);
    t.ok(probability(graph, `um can you tell me your ${phrase} please`) > 0, phrase);
  }
  for (const text of ['yes', 'no']) t.ok(probability(graph, text) > 0, text);
  t.equal(probability(graph, 'my cat'), 0);
});
