// What the agent was asked, and with which history, against what was expected. Pure. Control plane.

import type { Evidence } from './evidence.js';
import {
  compareLists,
  matchesText,
  matchesTurn,
  tellExpected,
  tellTurn,
  type Unmet,
} from './matching.js';
import type { ExpectedRequest, Expectations } from './schema.js';

/** What the agent was asked, as a scenario names it. */
function inputText(input: { kind: string; text?: string; digits?: string }): string {
  return input.text ?? input.digits ?? input.kind;
}

/** Drafts that never became a reply, by their number. */
export function withdrawnDrafts({ notes }: Evidence): ReadonlySet<number> {
  const withdrawn = notes.filter((note) => note.type === 'agent.withdrawn');
  return new Set(withdrawn.filter(({ committed }) => !committed).map(({ reply }) => reply));
}

type Asked = Extract<Evidence['notes'][number], { type: 'agent.asked' }>;

const isAsked = (wanted: ExpectedRequest, { input }: Asked): boolean =>
  matchesText(wanted.input, inputText(input));

function checkHistory({ input, history }: ExpectedRequest, request: Asked): Unmet[] {
  if (history === undefined) return [];
  return compareLists(
    `history of the request "${input}", turn`,
    history,
    request.history,
    matchesTurn,
    tellExpected,
    tellTurn,
    () => request.atMs,
  );
}

export function checkRequests(
  { requests, requestsHave = [] }: Expectations,
  evidence: Evidence,
): Unmet[] {
  const drafts = withdrawnDrafts(evidence);
  const asked = evidence.notes
    .filter((note) => note.type === 'agent.asked')
    .filter(({ reply }) => !drafts.has(reply));
  const unmet = requestsHave.flatMap((wanted) => {
    const found = asked.filter((request) => isAsked(wanted, request));
    const [first] = found;
    if (first === undefined) {
      return [{ expected: `a request "${wanted.input}"`, happened: 'none' }];
    }
    const fits = found.some((request) => checkHistory(wanted, request).length === 0);
    return fits ? [] : checkHistory(wanted, first);
  });
  if (requests === undefined) return unmet;
  const inOrder = compareLists(
    'request to the agent',
    requests,
    asked,
    isAsked,
    ({ input }) => `"${input}"`,
    ({ input }) => `"${inputText(input)}"`,
    ({ atMs }) => atMs,
  );
  if (inOrder.length > 0) return [...unmet, ...inOrder];
  const histories = requests.flatMap((wanted, i) => {
    const request = asked[i];
    return request === undefined ? [] : checkHistory(wanted, request);
  });
  return [...unmet, ...histories];
}
