// What a log may say of an error that is not ours: message, stack and causes, without personal data or secrets. Control plane.

export interface ErrorDetails {
  readonly name: string;
  readonly message: string;
  /** Ours, or the system's. */
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorDetails;
}

const MAX_MESSAGE = 1000;
const MAX_STACK = 4000;
const MAX_CAUSES = 4;

/** What is taken out of a text, and what stands in its place. Addresses and line numbers stay. */
const PRIVATE: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, '$1 [secret]'],
  [/\b[sprx]k-[\w-]{6,}/g, '[secret]'],
  [
    /\b(api[-_]?key|auth[-_]?token|token|password|secret)(["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
    '$1$2[secret]',
  ],
  [/\/\/[^\s/@]+@/g, '//[secret]@'],
  [/\bsips?:[^\s>"')]+/gi, '[address]'],
  [/(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(\.[\w-]{1,64})+/g, '[address]'],
  // The engine quotes the text that it could not read.
  [/"[^\n]{0,200}"(\.\.\.)? is not valid JSON/g, '[text] is not valid JSON'],
  [/(?<![\w.:-])\+?\(?\d(?:[ ()/-]{0,2}\d){5,}(?!\w)/g, '[number]'],
  [/(?<![\w.:-])\d{3}\.\d{3}\.\d{4}(?![\w.])/g, '[number]'],
];

function clean(text: string, words: readonly string[], most: number): string {
  let kept = text.slice(0, most * 2);
  for (const word of words) if (word.length > 3) kept = kept.replaceAll(word, '[private]');
  for (const [pattern, replacement] of PRIVATE) kept = kept.replace(pattern, replacement);
  return kept.length > most ? `${kept.slice(0, most)}…` : kept;
}

/** A property that may not be there, may be of another type, or may throw. */
function textOf(of: object, name: string): string | undefined {
  try {
    const value = (of as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function causeOf(thrown: object): unknown {
  try {
    return (thrown as { cause?: unknown }).cause;
  } catch {
    return undefined;
  }
}

/**
 * Total: whatever was thrown, this returns.
 * @param words texts that the message may quote and the log must not: a caller's words, a number
 */
export function errorDetails(thrown: unknown, words: readonly string[] = []): ErrorDetails {
  return detailsOf(thrown, words, MAX_CAUSES);
}

function detailsOf(thrown: unknown, words: readonly string[], causes: number): ErrorDetails {
  if (typeof thrown === 'string') {
    return { name: 'string', message: clean(thrown, words, MAX_MESSAGE) };
  }
  if (thrown === null || (typeof thrown !== 'object' && typeof thrown !== 'function')) {
    return { name: typeof thrown, message: 'a value that is not an Error was thrown' };
  }
  const message = textOf(thrown, 'message') ?? 'an object without a message was thrown';
  const stack = textOf(thrown, 'stack');
  const code = textOf(thrown, 'code');
  const cause = causes > 0 ? causeOf(thrown) : undefined;
  return {
    name: textOf(thrown, 'name') ?? 'object',
    message: clean(message, words, MAX_MESSAGE),
    ...(code !== undefined && { code: clean(code, words, 60) }),
    ...(stack !== undefined && { stack: clean(stack, words, MAX_STACK) }),
    ...(cause !== undefined && cause !== null && { cause: detailsOf(cause, words, causes - 1) }),
  };
}
