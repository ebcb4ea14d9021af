// How many words the phone in fact heard of each agent turn, by the time that it heard the scripted voice. Pure. Control plane.

import type { Evidence, RecordTurn } from './evidence.js';
import { spansOf } from './spans.js';
import { timedWords } from './timed-words.js';

/** Record and phone count from moments some tens of milliseconds apart. */
const SLACK_MS = 250;

/** How many words the record has too many (or, below 0, too few) in each turn of the agent. */
export function heardErrorWords(
  evidence: Evidence,
): { readonly turn: RecordTurn; readonly words: number }[] {
  const { record, notes, events } = evidence;
  const clauses = notes.filter((note) => note.type === 'tts.clause');
  const spurts = spansOf('agent', events);
  return (record?.turns ?? [])
    .filter(({ role }) => role === 'agent')
    .flatMap((turn) => {
      // The reply that it belongs to: the newest one whose voice was asked for before it began.
      const reply = clauses.findLast(({ atMs }) => atMs <= turn.startMs + SLACK_MS)?.reply;
      if (reply === undefined) return [];
      const heardMs = spurts
        .filter(
          ({ fromMs }) => fromMs >= turn.startMs - SLACK_MS && fromMs <= turn.endMs + SLACK_MS,
        )
        .reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
      let atMs = 0;
      let heard = 0;
      for (const { text, ms } of clauses.filter((clause) => clause.reply === reply)) {
        for (const word of timedWords(text, { startMs: atMs, endMs: atMs + ms })) {
          if ((word.startMs + word.endMs) / 2 <= heardMs) heard += 1;
        }
        atMs += ms;
      }
      const recorded = turn.text.split(/\s+/).filter((word) => word !== '').length;
      return [{ turn, words: recorded - heard }];
    });
}
