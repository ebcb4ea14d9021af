// What may be set as a language: BCP 47 tags of languages that there are. Control plane.

const NAMES = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
/** A Node built without language data knows no names: then any well-formed tag is taken. */
const KNOWS_NAMES = NAMES.of('fr') !== undefined;

/** Its first part: `de` of `de-AT`. */
export const primaryLanguage = (tag: string): string => tag.split('-')[0]?.toLowerCase() ?? tag;

/** @returns the tag as BCP 47 writes it (`pt-BR`, also of `pt_br`), or undefined where it is no language */
export function canonicalLanguage(tag: string): string | undefined {
  try {
    const [canonical] = Intl.getCanonicalLocales(tag.replaceAll('_', '-'));
    if (canonical === undefined) return undefined;
    const isKnown = !KNOWS_NAMES || NAMES.of(primaryLanguage(canonical)) !== undefined;
    return isKnown ? canonical : undefined;
  } catch {
    return undefined;
  }
}
