// Three people's hums, laughs and cries over the agent of a real node, and their protests; the recogniser finds no words.

import t from 'tap';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadScenarios, runScenarios } from '../../src/scenario/index.js';

const FOLDER = '../shared/speech/human-sounds';
const SOUND = /-(Hmm|Laugh|Ooff1|Ow2)\.wav$/;
const PROTEST = /-(Leavemealone|Cutitout|Whatthe|Nooo|Hurry)\.wav$/;

const scenario = (file: string): string => `
name: ${file}
proves: What this voice is taken for.
stt: { interims: none }
agent:
  greeting: We are open from nine to five on weekdays, from ten to two on Saturdays, and on Sundays we are closed all day.
  unclear: Sorry, once more please.
caller:
  - interrupt: { file: ${resolve(FOLDER, file)} }
    afterMs: 600
  - waitForAgent: { quietMs: 1500, timeoutMs: 20000 }
  - hangUp
expect: { interruptions: ${SOUND.test(file) ? 0 : 1} }
`;

t.test(
  'sounds of three people let the agent go on, their protests stop it (D3)',
  { skip: !existsSync(FOLDER) && `there is no ${FOLDER}` },
  async (t) => {
    const files = readdirSync(FOLDER).filter((file) => SOUND.test(file) || PROTEST.test(file));
    const folder = t.testdir({ 'all.yaml': files.map(scenario).join('---') });
    const results = await runScenarios(await loadScenarios([join(folder, 'all.yaml')]), {
      parallel: 32,
    });
    const wrong = (kind: RegExp): string[] =>
      results
        .filter(({ state, scenario: { name } }) => state !== 'passed' && kind.test(name))
        .map((one) => one.scenario.name);
    t.equal(results.length, files.length);
    t.ok(wrong(SOUND).length <= 1, `sounds: ${wrong(SOUND).join(' ')}`);
    t.ok(wrong(PROTEST).length <= 1, `protests: ${wrong(PROTEST).join(' ')}`);
  },
);
