// What of a transcript was said: no notes of the recogniser, no music, no punctuation alone. Pure. Control plane.

/** A minute of fast speech is about 1,200 characters; a caller's whole turn is far below this. */
const MAX_TRANSCRIPT_CHARS = 4000;
/** [BLANK_AUDIO], [ Silence ], {noise}, <unk>, <|nospeech|> */
const NOTE =
  /\[[^[\]]{0,80}\]|\{[^{}]{0,80}\}|<[^<>]{0,80}>|【[^【】]{0,80}】|［[^［］]{0,80}］|〔[^〔〕]{0,80}〕/g;
/** Its other bracket was cut off: [laughter */
const OPEN_NOTE = /[[【［][^[\]【】［］\d]{0,40}$/;
/** (upbeat music): recognisers write no other brackets but around the digits of a telephone number. */
const ASIDE = /\([^()\d]{0,80}\)|（[^（）\d]{0,80}）/g;
/** *coughs* */
const STARRED = /\*(?!\s)[^*\d\n]{1,60}\*/g;
const MUSIC = /[♩-♯🎵🎶][^♩-♯🎵🎶]*[♩-♯🎵🎶]|[♩-♯🎵🎶]/gu;
/** BLANK_AUDIO without its brackets, or with one of them. */
const BARE_NOTE =
  /^[[(]?\s*(?:[A-Z]{2,}(?:_[A-Z]{2,})+|silence|inaudible|blank audio|no speech)\s*[\])]$|^[A-Z]{2,}(?:_[A-Z]{2,})+$/i;
/** Credits of films, which recognisers make of silence; no caller says them. */
const CREDITS =
  /\bamara\.org\b|^(?:untertitel(?:ung)?|subtitles?|sous-titres?|sous-titrage|subtítulos)\b.{0,60}\b(?:by|von|des|par|im auftrag|réalisés?|realizados|por)\b/i;

/**
 * The words of a transcript; empty where there are none, which is no turn of a caller. A transcript
 * without end is cut.
 */
export function saidWords(transcript: string): string {
  const text = transcript.slice(0, MAX_TRANSCRIPT_CHARS).trim();
  if (BARE_NOTE.test(text) || CREDITS.test(text)) return '';
  const words = text
    .replace(/&nbsp;/g, ' ')
    .replace(NOTE, ' ')
    .replace(OPEN_NOTE, ' ')
    .replace(ASIDE, ' ')
    .replace(STARRED, ' ')
    .replace(MUSIC, ' ')
    .replace(/\s{2,}/g, ' ')
    .trim();
  return /[\p{L}\p{N}]/u.test(words) ? words : '';
}
