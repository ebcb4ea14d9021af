// Finds settings that nobody reads, and the real name that was probably meant. Control plane.

/** Variables of these families are ours, or of libraries that we use: one that nobody reads is worth a word. */
const FAMILY = /^(RINGMASTER|TWILIO|OPENAI)_/;

/** Read by others: the openai library, Twilio's own tools, and what Kubernetes sets for a service of our name. */
const OTHERS =
  /^(OPENAI_(ORG_ID|ORGANIZATION|PROJECT_ID|LOG|WEBHOOK_SECRET|ADMIN_KEY|CUSTOM_HEADERS)|TWILIO_(ACCOUNT_SID|API_KEY|API_SECRET|REGION|EDGE|LOG_LEVEL|PHONE_NUMBER|PROFILE)|RINGMASTER_(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_TCP(_\w+)?))$/;
/** `RINGMASTER_PORT` as Kubernetes sets it; with a number it is meant for us. */
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** Single letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const differs = one[row - 1] === other[column - 1] ? 0 : 1;
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + differs,
      );
      const isSwap = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (row > 1 && column > 1 && isSwap) {
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}

const letters = (name: string): string => name.replace(/[^a-z0-9]/gi, '').toLowerCase();

export interface Nearest {
  readonly name: string;
  /** So near that it is a slip of the pen. */
  readonly isTypo: boolean;
}

/** Two letters, in a name that is long enough to bear it. */
const TYPO_LETTERS = 2;
/** A name that differs in more than this part of its letters is no suggestion. */
const MOST_DIFFERENT = 0.5;
const LONGEST_NAME = 200;

/** @returns the candidate most like `name`, if any is */
export function nearestName(name: string, candidates: readonly string[]): Nearest | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const wanted = letters(name);
  const [best] = candidates
    .map((candidate) => ({
      candidate,
      distance: editDistance(wanted, letters(candidate)),
      size: letters(candidate).length,
    }))
    .sort((one, other) => one.distance - other.distance);
  if (!best || best.distance > MOST_DIFFERENT * best.size) return undefined;
  return {
    name: best.candidate,
    isTypo: best.distance <= Math.min(TYPO_LETTERS, Math.floor(best.size / 4)),
  };
}

export interface UnknownVariable {
  readonly name: string;
  readonly nearest: Nearest | undefined;
}

/** `RINGMASTER_PUBLIC_URL` is meant for `PUBLIC_URL`: a family too many is a slip of the pen too. */
function nearestVariable(name: string, known: readonly string[]): Nearest | undefined {
  const rest = name.replace(FAMILY, '');
  return rest !== name && known.includes(rest)
    ? { name: rest, isTypo: true }
    : nearestName(name, known);
}

/**
 * Variables that are set and read by nobody: those of our families, those that are a known name but for
 * case, underscores or dashes, and those that miss a family's name by a letter or two.
 */
export function unknownVariables(
  environment: NodeJS.ProcessEnv,
  known: readonly string[],
): readonly UnknownVariable[] {
  const names = new Set(known);
  const spelt = new Set(known.map(letters));
  const ofFamilies = known.filter((name) => FAMILY.test(name));
  const isOurs = (name: string): boolean =>
    FAMILY.test(name) ||
    (name.length > 4 && spelt.has(letters(name))) ||
    nearestName(name, ofFamilies)?.isTypo === true;
  const isOthers = (name: string): boolean =>
    OTHERS.test(name) ||
    (name === 'RINGMASTER_PORT' && SERVICE_ADDRESS.test(environment[name] ?? ''));
  return Object.keys(environment)
    .filter((name) => !names.has(name) && !isOthers(name) && isOurs(name))
    .map((name) => ({ name, nearest: nearestVariable(name, known) }));
}
