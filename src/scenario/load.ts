// From files to scenarios: YAML or a module, every problem with the line where it is. Control plane.

import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { loadConfig } from '../config.js';
import { RingmasterError } from '../errors.js';
import { scenarioSchema, type Scenario, type ScenarioInput } from './schema.js';
import { checkSounds } from './sounds.js';

export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly file: string;
  /** Where it begins in its file; 1 for a module. */
  readonly line: number;
}

interface Problem {
  readonly file: string;
  readonly line: number | undefined;
  readonly what: string;
}

/** The deepest node of `path` that is there, so that a missing key is shown at its parent. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** A scenario that passes its schema may still name settings and clips that do not exist. */
function furtherProblems(
  scenario: Scenario,
  file: string,
): { path: PropertyKey[]; what: string }[] {
  const problems: { path: PropertyKey[]; what: string }[] = [];
  try {
    loadConfig(scenario.node);
  } catch (thrown) {
    if (!(thrown instanceof RingmasterError)) throw thrown;
    problems.push({ path: ['node'], what: thrown.message.replaceAll('\n', '; ') });
  }
  for (const { path, what } of checkSounds(scenario.caller, file)) {
    problems.push({ path: ['caller', ...path], what });
  }
  return problems;
}

function check(
  value: unknown,
  file: string,
  lineAt: (path: readonly PropertyKey[]) => number | undefined,
  problems: Problem[],
): Scenario | undefined {
  const parsed = scenarioSchema.safeParse(value);
  const found = parsed.success
    ? furtherProblems(parsed.data, file)
    : parsed.error.issues.flatMap((issue) => {
        const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
        return keys.map((key) => ({
          path: key === undefined ? issue.path : [...issue.path, key],
          what: key === undefined ? issue.message : 'there is no such key',
        }));
      });
  const told = found.map(({ path, what }): Problem => {
    const where = path.length === 0 ? 'the scenario' : path.map(String).join('.');
    return { file, line: lineAt(path), what: `${where}: ${what}` };
  });
  problems.push(...told.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0)));
  return parsed.success && found.length === 0 ? parsed.data : undefined;
}

async function readYaml(file: string, problems: Problem[]): Promise<LoadedScenario[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    problems.push({ file, line: undefined, what: `cannot be read (${code})` });
    return [];
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if ('empty' in documents) {
    problems.push({ file, line: 1, what: 'holds no scenario' });
    return [];
  }
  return documents.flatMap((document) => {
    for (const { message, pos } of document.errors) {
      problems.push({ file, line: lines.linePos(pos[0]).line, what: message });
    }
    if (document.errors.length > 0) return [];
    const lineAt = (path: readonly PropertyKey[]): number => lineOf(document, lines, path);
    const scenario = check(document.toJS(), file, lineAt, problems);
    return scenario === undefined ? [] : [{ scenario, file, line: lineAt([]) }];
  });
}

/** A module's default export: a scenario or a list of them. */
async function readModule(file: string, problems: Problem[]): Promise<LoadedScenario[]> {
  let exported: unknown;
  try {
    const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    exported = module.default;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isUnknown = code === 'ERR_UNKNOWN_FILE_EXTENSION';
    const what = isUnknown
      ? 'this Node cannot import TypeScript (22.18 can): compile it, or write YAML'
      : `cannot be imported: ${message}`;
    problems.push({ file, line: undefined, what });
    return [];
  }
  const values = Array.isArray(exported) ? exported : [exported];
  return values.flatMap((value: unknown) => {
    const scenario = check(value, file, () => undefined, problems);
    return scenario === undefined ? [] : [{ scenario, file, line: 1 }];
  });
}

const MODULES = new Set(['.js', '.mjs', '.ts', '.mts']);
const YAML = new Set(['.yaml', '.yml']);

/**
 * Load scenarios; a YAML file may hold several documents, a module may export a list.
 * @throws {RingmasterError} SCENARIO_INVALID naming every problem of every file, one a line, as
 *   `file:line: what`
 */
export async function loadScenarios(files: readonly string[]): Promise<LoadedScenario[]> {
  const problems: Problem[] = [];
  const loaded: LoadedScenario[] = [];
  for (const file of files) {
    const extension = extname(file);
    if (YAML.has(extension)) loaded.push(...(await readYaml(file, problems)));
    else if (MODULES.has(extension)) loaded.push(...(await readModule(file, problems)));
    else problems.push({ file, line: undefined, what: 'is neither .yaml nor a module' });
  }
  if (problems.length > 0) {
    const told = problems.map(
      ({ file, line, what }) => `${file}${line ? `:${line}` : ''}: ${what}`,
    );
    throw new RingmasterError('SCENARIO_INVALID', told.join('\n'));
  }
  return loaded;
}

/** A scenario written in TypeScript: the same shape as in YAML, with its types. */
export function defineScenario(scenario: ScenarioInput): ScenarioInput {
  return scenario;
}
