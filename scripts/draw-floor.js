// Draws the floor machine from the machine itself into docs/turns.md. With --check it only says whether the drawing is right.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { turnMachine } from '../dist/src/actors/turn.js';

const DOCUMENT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'turns.md');
const DRAWING = /(<!-- floor machine -->\n)[\s\S]*?(<!-- end -->)/;

/** `xstate.after.endpoint.turn.endpointing` is the end of the delay `endpoint`. */
const labelOf = (event) =>
  event === ''
    ? 'at once'
    : (/^xstate\.after\.([^.]+)\./.exec(event)?.[1]?.concat(' is over') ?? event);

const idOf = (node) => node.path.join('_');

/** Lines of one state and those within, then of all arrows between them. */
function draw(node, depth, arrows) {
  const indent = '  '.repeat(depth);
  const lines = [];
  for (const child of Object.values(node.states)) {
    const id = idOf(child);
    const inner = Object.values(child.states);
    if (inner.length === 0) {
      lines.push(`${indent}state "${child.key}" as ${id}`);
    } else {
      lines.push(`${indent}state "${child.key}" as ${id} {`);
      lines.push(`${indent}  [*] --> ${idOf(child.initial.target[0])}`);
      lines.push(...draw(child, depth + 1, arrows), `${indent}}`);
    }
    const found = new Map();
    for (const { eventType, target } of [
      ...[...child.transitions.values()].flat(),
      ...(child.always ?? []),
    ]) {
      for (const to of target ?? []) {
        const labels = found.get(idOf(to)) ?? new Set();
        found.set(idOf(to), labels.add(labelOf(eventType)));
      }
    }
    for (const [to, labels] of found) arrows.push(`  ${id} --> ${to}: ${[...labels].join(', ')}`);
  }
  return lines;
}

const arrows = [];
const states = draw(turnMachine.root, 1, arrows);
const drawing = [
  '\n```mermaid',
  'stateDiagram-v2',
  `  [*] --> ${idOf(turnMachine.root.initial.target[0])}`,
  ...states,
  ...arrows,
  '```\n\n',
].join('\n');

const before = readFileSync(DOCUMENT, 'utf8');
const after = before.replace(DRAWING, (_, begin, end) => `${begin}${drawing}${end}`);
if (process.argv.includes('--check')) {
  if (before !== after) {
    process.stderr.write('docs/turns.md shows another machine: npm run draw:floor\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(DOCUMENT, after);
}
