// Which engines can do the node's language, said before the first caller finds out. Control plane.

import { languageWords } from './actors/languages/index.js';
import type { Config } from './config.js';
import { primaryLanguage } from './config/language-setting.js';
import { RingmasterError } from './errors.js';

/** SoundSwallower's dictionary, the receptionist's office and Flite's voices are English. */
const LOCAL_LANGUAGE = 'en';

/**
 * The embedded engines speak English alone: with another language a caller would talk to somebody who
 * does not understand a word. Intents of one's own may be in any language.
 * @throws {RingmasterError} CONFIG_INVALID
 */
export function checkLanguage(
  config: Config,
  choices: readonly { readonly role: string; readonly engine: string }[],
): void {
  const { language } = config.turn;
  if (primaryLanguage(language) === LOCAL_LANGUAGE) return;
  const hasIntents = config.local.intentsFile !== undefined;
  const english = choices.filter(
    ({ engine, role }) => engine === 'local' && !(role === 'agent' && hasIntents),
  );
  if (english.length === 0) return;
  throw new RingmasterError(
    'CONFIG_INVALID',
    `RINGMASTER_LANGUAGE: is ${language}, but the local engine for ${english.map(({ role }) => role).join(', ')} ` +
      'knows English alone; set OPENAI_API_KEY or OPENAI_BASE_URL, or choose another engine for it',
  );
}

/** For the log at start: what the node cannot do in this language; undefined where it has all words. */
export function missingWords({ turn: { language } }: Config): string | undefined {
  if (languageWords(language)) return undefined;
  return (
    `RINGMASTER_LANGUAGE: there are no word lists for ${language}, only for en, de, es and fr: ` +
    'signs of listening and ends of sentences are judged by sound alone, and numbers are spoken as they are written'
  );
}
