// Words as a recogniser or a person writes them, and digits among them. Pure. Control plane.

/** Stands for spoken digits in a phrase: `"extension {digits}"`. */
export const DIGITS_SLOT = '{digits}';

const DIGITS: Readonly<Record<string, string>> = {
  zero: '0',
  oh: '0',
  o: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
};
const TEENS: Readonly<Record<string, string>> = {
  ten: '10',
  eleven: '11',
  twelve: '12',
  thirteen: '13',
  fourteen: '14',
  fifteen: '15',
  sixteen: '16',
  seventeen: '17',
  eighteen: '18',
  nineteen: '19',
};
const TENS: Readonly<Record<string, string>> = {
  twenty: '2',
  thirty: '3',
  forty: '4',
  fifty: '5',
  sixty: '6',
  seventy: '7',
  eighty: '8',
  ninety: '9',
};
/** "One" before these counts nothing: one moment, one more time. */
const NOT_COUNTED = new Set('moment second minute more of thing last other question'.split(' '));
const TIMES: Readonly<Record<string, number>> = { double: 2, triple: 3 };

/** Lower case words without punctuation; apostrophes within words, digits and `{digits}` stay. */
export function wordsOf(text: string): string[] {
  const plain = text
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .normalize('NFKD')
    .replace(/\p{M}/gu, '');
  return plain.match(/\{digits\}|\d+|[a-z]+(?:'[a-z]+)*/g) ?? [];
}

interface Reading {
  readonly digits: string;
  /** Words that were read. */
  readonly length: number;
}

/** Twenty, twenty five: a unit after the tens belongs to them. */
function readTens(tens: string, unit: string | undefined): Reading {
  const digit = DIGITS[unit ?? ''];
  if (digit === undefined || digit === '0') return { digits: `${tens}0`, length: 1 };
  return { digits: tens + digit, length: 2 };
}

function readBelowHundred(words: readonly string[], at: number): Reading | undefined {
  const word = words[at] ?? '';
  const teen = TEENS[word];
  if (teen !== undefined) return { digits: teen, length: 1 };
  const tens = TENS[word];
  return tens === undefined ? undefined : readTens(tens, words[at + 1]);
}

/** Two hundred, two hundred and five, two hundred twenty five. */
function readHundreds(words: readonly string[], at: number): Reading | undefined {
  const hundreds = DIGITS[words[at] ?? ''];
  if (hundreds === undefined || words[at + 1] !== 'hundred') return undefined;
  const and = words[at + 2] === 'and' ? 1 : 0;
  const next = at + 2 + and;
  const unit = DIGITS[words[next] ?? ''];
  const rest =
    readBelowHundred(words, next) ??
    (unit === undefined ? undefined : { digits: `0${unit}`, length: 1 });
  if (!rest) return { digits: `${hundreds}00`, length: 2 };
  return { digits: hundreds + rest.digits, length: 2 + and + rest.length };
}

/** What of a number begins at `at`. */
function readNumber(words: readonly string[], at: number): Reading | undefined {
  const word = words[at] ?? '';
  if (/^\d+$/.test(word)) return { digits: word, length: 1 };
  const times = TIMES[word];
  const repeated = DIGITS[words[at + 1] ?? ''] ?? /^\d$/.exec(words[at + 1] ?? '')?.[0];
  if (times !== undefined && repeated !== undefined) {
    return { digits: repeated.repeat(times), length: 2 };
  }
  const longer = readHundreds(words, at) ?? readBelowHundred(words, at);
  if (longer) return longer;
  if (word === 'one' && NOT_COUNTED.has(words[at + 1] ?? '')) return undefined;
  const digit = DIGITS[word];
  return digit === undefined ? undefined : { digits: digit, length: 1 };
}

export interface SlottedWords {
  /** The words with each run of spoken digits as one `{digits}`. */
  readonly words: readonly string[];
  /** The longest run, as digits; empty where there is none. */
  readonly digits: string;
}

/** Finds digits said as `two oh five`, `double two`, `twenty five`, `two hundred and five`, `2 0 5`, `205`. */
export function slotDigits(words: readonly string[]): SlottedWords {
  const slotted: string[] = [];
  let longest = '';
  for (let at = 0; at < words.length;) {
    let run = '';
    let end = at;
    for (let read = readNumber(words, end); read; read = readNumber(words, end)) {
      run += read.digits;
      end += read.length;
    }
    // "Oh" by itself is no digit but a sigh.
    const isNumber = end > at && words.slice(at, end).some((word) => word !== 'oh' && word !== 'o');
    slotted.push(...(isNumber ? [DIGITS_SLOT] : words.slice(at, Math.max(end, at + 1))));
    if (isNumber && run.length > longest.length) longest = run;
    at = Math.max(end, at + 1);
  }
  return { words: slotted, digits: longest };
}
