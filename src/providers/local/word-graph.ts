// A grammar in JSGF as a word graph with few states: each costs the decoder time in every frame. Control plane.
//
// SoundSwallower's own compiler copies a rule wherever it is used, and shares no beginnings and ends of phrases.
// The paths here have the same words and the same probabilities.

interface Arc {
  readonly from: number;
  readonly to: number;
  /** Undefined: no word. */
  readonly word: string | undefined;
  readonly probability: number;
}

export interface WordGraph {
  /** The first state is 0. */
  readonly states: number;
  readonly final: number;
  readonly arcs: readonly Arc[];
}

/** Ready, or JSGF that the decoder compiles. */
export type Grammar = string | WordGraph;

const START = 0;
const FINAL = 1;
const TOKEN = /\/[^/]+\/|<[^>]+>|[()[\]|+]|[^\s()[\]|+<>/]+/g;
const RULE = /(?:public )?<([^>]+)> =([^;]+);/g;
/** Sphinx makes `x+` of `x | x x+`, both as likely. */
const GOES_ON = 0.5;

/** Lays paths for the text of a rule, as Sphinx weighs them: alternatives are made to sum to 1. */
class Paths {
  readonly arcs: Arc[] = [];
  states = 2;
  readonly #rules: ReadonlyMap<string, readonly string[]>;

  constructor(rules: ReadonlyMap<string, readonly string[]>) {
    this.#rules = rules;
  }

  arc(from: number, to: number, probability: number, word?: string): void {
    this.arcs.push({ from, to, word, probability });
  }

  /** `tokens` between two states, `isOptional` beside nothing at all. */
  alternatives(tokens: readonly string[], from: number, to: number, isOptional = false): void {
    const parts = split(tokens);
    const weights = parts.map(([first = '']) =>
      first.startsWith('/') ? Number(first.slice(1, -1)) : 1,
    );
    const sum = weights.reduce((total, weight) => total + weight, isOptional ? 1 : 0);
    if (isOptional) this.arc(from, to, 1 / sum);
    for (const [i, part] of parts.entries()) {
      const begin = this.states++;
      this.arc(from, begin, (weights[i] ?? 1) / sum);
      const atoms = part[0]?.startsWith('/') ? part.slice(1) : part;
      this.arc(this.#sequence(atoms, begin), to, 1);
    }
  }

  #sequence(tokens: readonly string[], begin: number): number {
    let at = begin;
    for (let i = 0; i < tokens.length;) {
      const length = atomLength(tokens, i);
      const atom = tokens.slice(i, i + length);
      const next = this.states++;
      i += length;
      if (tokens[i] === '+') {
        i++;
        const entry = this.states++;
        this.arc(at, entry, 1);
        for (const end of [entry, next]) {
          const once = this.states++;
          this.arc(entry, once, GOES_ON);
          this.#atom(atom, once, end);
        }
      } else this.#atom(atom, at, next);
      at = next;
    }
    return at;
  }

  #atom(atom: readonly string[], from: number, to: number): void {
    const [first = ''] = atom;
    if (first === '<NULL>') this.arc(from, to, 1);
    else if (first === '(') this.alternatives(atom.slice(1, -1), from, to);
    else if (first === '[') this.alternatives(atom.slice(1, -1), from, to, true);
    else if (first.startsWith('<')) {
      const rule = this.#rules.get(first.slice(1, -1));
      if (!rule) throw new TypeError(`the grammar has no rule ${first}`);
      this.alternatives(rule, from, to);
    } else this.arc(from, to, 1, first);
  }
}

function atomLength(tokens: readonly string[], at: number): number {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    if (tokens[i] === '(' || tokens[i] === '[') depth++;
    if (tokens[i] === ')' || tokens[i] === ']') depth--;
    if (depth === 0) return i - at + 1;
  }
  throw new TypeError('the grammar has a bracket that is not closed');
}

/** At the bars that are in no bracket. */
function split(tokens: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token === '(' || token === '[') depth++;
    if (token === ')' || token === ']') depth--;
    if (token === '|' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function grouped(arcs: readonly Arc[], side: 'from' | 'to'): ReadonlyMap<number, Arc[]> {
  const groups = new Map<number, Arc[]>();
  for (const arc of arcs) {
    const group = groups.get(arc[side]);
    if (group) group.push(arc);
    else groups.set(arc[side], [arc]);
  }
  return groups;
}

/** Each state's words, and its way to the end where it has one: no other arc is without a word. */
function withoutEmpty({ arcs, states }: Paths): Arc[] {
  const leaving = grouped(arcs, 'from');
  const kept: Arc[] = [];
  for (const state of reached(arcs, states)) {
    const best = new Map([[state, 1]]);
    for (const [at, probability] of best) {
      if (at === FINAL && state !== FINAL)
        kept.push({ from: state, to: FINAL, word: undefined, probability });
      for (const arc of leaving.get(at) ?? []) {
        const total = probability * arc.probability;
        if (arc.word !== undefined) kept.push({ ...arc, from: state, probability: total });
        else if (total > (best.get(arc.to) ?? 0)) {
          // At the end of the map, so that what follows from it is seen again.
          best.delete(arc.to);
          best.set(arc.to, total);
        }
      }
    }
  }
  return kept;
}

/** The start, and the states that a word leads to. */
function reached(arcs: readonly Arc[], states: number): readonly number[] {
  const after = new Set(arcs.flatMap(({ word, to }) => (word === undefined ? [] : [to])));
  return Array.from({ length: states }, (_, state) => state).filter(
    (state) => state === START || after.has(state),
  );
}

const keyOf = (state: number, { word, probability }: Arc): string =>
  `${state} ${word ?? ''} ${probability.toPrecision(9)}`;

/** States that all that follows (or all that came before) is the same for become one. */
function merged(arcs: readonly Arc[], side: 'from' | 'to'): Arc[] {
  const other = side === 'from' ? 'to' : 'from';
  const byState = grouped(arcs, side);
  const first = new Map<string, number>();
  const named = new Map<number, number>();
  for (const [state, own] of byState) {
    if (state === START || state === FINAL) continue;
    const key = own
      .map((arc) => keyOf(arc[other], arc))
      .toSorted()
      .join('\n');
    named.set(state, first.get(key) ?? state);
    if (!first.has(key)) first.set(key, state);
  }
  const name = (state: number): number => named.get(state) ?? state;
  const renamed = arcs.map((arc) => ({ ...arc, from: name(arc.from), to: name(arc.to) }));
  return [...new Map(renamed.map((arc) => [`${arc.from} ${keyOf(arc.to, arc)}`, arc])).values()];
}

/** @param jsgf rules of words, brackets, bars, weights, `+` and other rules that do not refer to themselves */
export function wordGraph(jsgf: string): WordGraph {
  const rules = new Map(
    [...jsgf.matchAll(RULE)].map(([, name = '', text = '']) => [name, text.match(TOKEN) ?? []]),
  );
  const top = /public <([^>]+)>/.exec(jsgf)?.[1];
  const paths = new Paths(rules);
  paths.alternatives(rules.get(top ?? '') ?? [], START, FINAL);
  let arcs = withoutEmpty(paths);
  for (let before = Infinity; arcs.length < before;) {
    before = arcs.length;
    arcs = merged(merged(arcs, 'from'), 'to');
  }
  const numbers = new Map([[START, 0]]);
  const numberOf = (state: number): number => {
    const number = numbers.get(state) ?? numbers.size;
    numbers.set(state, number);
    return number;
  };
  const numbered = arcs.map((arc) => ({ ...arc, from: numberOf(arc.from), to: numberOf(arc.to) }));
  return { states: numbers.size, final: numberOf(FINAL), arcs: numbered };
}
