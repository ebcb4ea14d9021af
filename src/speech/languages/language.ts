// What must be known of a language to say what is written in it, one file a language. Control plane.

export type Gender = 'masculine' | 'feminine' | 'neuter';

/** A noun that is counted, with the singular's gender. */
export interface Counted {
  readonly one: string;
  readonly many: string;
  readonly gender: Gender;
}

export interface Currency extends Counted {
  /** A hundredth of it; none where nobody speaks of one. */
  readonly minor?: Counted;
}

/** Times of day as they are written: 24 hours, or 12 with `half`. */
export interface WrittenTime {
  readonly hours: number;
  readonly minutes: number;
  readonly half?: 'am' | 'pm';
  /** The word for hours was written behind it: "Uhr", "h". */
  readonly hasUnit: boolean;
}

export interface WrittenDate {
  readonly day: number;
  /** 1 to 12. */
  readonly month: number;
  readonly year?: number;
  /** The word before the date, in lower case; German ordinals depend on it. */
  readonly before: string;
}

/** Words for signs, each as it is said among other words. */
export interface SignWords {
  readonly point: string;
  readonly minus: string;
  readonly plus: string;
  readonly times: string;
  readonly equals: string;
  readonly percent: string;
  readonly degrees: string;
  readonly number: string;
  readonly and: string;
  readonly to: string;
  /** In addresses: . @ - _ / */
  readonly dot: string;
  readonly at: string;
  readonly dash: string;
  readonly underscore: string;
  readonly slash: string;
  /** Of 1/2, 1/4 and 3/4. */
  readonly fractions: Readonly<Record<'1/2' | '1/4' | '3/4', string>>;
}

/** A replacement is told the whole match and its groups; a group that is not there is undefined. */
export type Rewrite = readonly [
  RegExp,
  string | ((all: string, ...groups: (string | undefined)[]) => string),
];

export interface SpokenLanguage {
  /** ISO 639-1. */
  readonly code: string;
  readonly decimalMark: '.' | ',';
  /** Whether the day of 5/6/2026 is its second number. */
  readonly monthFirst: boolean;
  /** @param digits of a whole number, at most 15 */
  cardinal(digits: string): string;
  /** @param digits of a whole number above 0, at most 15 */
  ordinal(digits: string, gender?: Gender): string;
  /** A number before a noun of a gender: "ein Euro", "veintiún euros", "une livre". */
  count(digits: string, gender: Gender): string;
  year(year: number): string;
  time(time: WrittenTime): string;
  date(date: WrittenDate): string;
  /** Between major and minor units, and whether the minor ones are named. */
  readonly priceJoint: string;
  readonly namesMinor: boolean;
  /** Whether a group of two digits in a telephone number is said as one number. */
  readonly pairsInPhones: boolean;
  readonly signs: SignWords;
  /** January first, as they are said and written. */
  readonly months: readonly string[];
  /** Monday first: written short and long. */
  readonly weekdays: Readonly<Record<string, string>>;
  readonly currencies: Readonly<Record<'USD' | 'EUR' | 'GBP' | 'CHF' | 'JPY', Currency>>;
  /** By symbol; written behind a number. */
  readonly units: Readonly<Record<string, Counted>>;
  /** Ordinals in digits: what is written behind the number, and its gender. */
  readonly ordinalEnds: Readonly<Record<string, Gender>>;
  /** Rewrites what only this language has, before anything else; case counts. */
  readonly own: readonly Rewrite[];
}

/** `symbol = one, many` a line; the gender in front where it is not masculine: `f:`, `n:`. */
export function counted(text: string): Readonly<Record<string, Counted>> {
  const all: Record<string, Counted> = {};
  for (const line of text.split(/[\n|]/)) {
    const [symbol = '', names = ''] = line.split('=').map((part) => part.trim());
    if (symbol === '') continue;
    const [, mark, one = '', many = one] =
      /^(?:([fn]):)?\s*([^,]+)(?:,\s*(.+))?$/.exec(names) ?? [];
    const gender = mark === 'f' ? 'feminine' : mark === 'n' ? 'neuter' : 'masculine';
    all[symbol] = { one, many, gender };
  }
  return all;
}
