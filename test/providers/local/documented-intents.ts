// The intents file of docs/intents.md. Test.

import { readFile } from 'node:fs/promises';

/** @returns its JSON, as it is written there */
export async function documentedIntents(): Promise<string> {
  const page = await readFile('docs/intents.md', 'utf8');
  const json = /```json\n([\s\S]*?)```/.exec(page)?.[1];
  if (json === undefined) throw new Error('docs/intents.md holds no JSON');
  return json;
}
