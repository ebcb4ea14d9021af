// Mu-law lines that no microphone makes: what a fuzzer, a broken gateway or a modem may send.

export const FRAME_BYTES = 160;

/** Codes of mu-law: both zeros, the loudest samples of both signs. */
export const ZERO = 0xff;
export const NEGATIVE_ZERO = 0x7f;
export const LOUDEST = 0x80;
export const LOUDEST_NEGATIVE = 0x00;

type Random = () => number;
/** Code number `n` of a stretch. */
type Stretch = (n: number) => number;

const whole = (random: Random, below: number): number => Math.floor(random() * below);

export const square =
  (halfPeriod: number): Stretch =>
  (n) =>
    Math.floor(n / halfPeriod) % 2 === 0 ? LOUDEST : LOUDEST_NEGATIVE;

const STRETCHES: readonly ((random: Random) => Stretch)[] = [
  (random) => () => whole(random, 256),
  (random) => {
    const code = whole(random, 256);
    return () => code;
  },
  (random) => square(1 + whole(random, 400)),
  () => () => ZERO,
  () => (n) => (n % 2 === 0 ? ZERO : NEGATIVE_ZERO),
  // Clicks in silence.
  (random) => {
    const every = 1 + whole(random, 1000);
    return (n) => (n % every === 0 ? LOUDEST : ZERO);
  },
  // A few bytes over and over: text, a file, a stuck buffer.
  (random) => {
    const bytes = Array.from({ length: 1 + whole(random, 40) }, () => whole(random, 256));
    return (n) => bytes[n % bytes.length] ?? 0;
  },
  // Two codes at random: noise of one bit, at any level.
  (random) => {
    const [a, b] = [whole(random, 256), whole(random, 256)];
    return () => (random() < 0.5 ? a : b);
  },
  // All codes in order, up and down.
  (random) => {
    const step = 1 + whole(random, 127);
    return (n) => (n * step) & 0xff;
  },
];

/** Stretches of up to a second of whatever `random` makes of them. */
export function uglyLine(frames: number, random: Random): Uint8Array {
  const line = new Uint8Array(frames * FRAME_BYTES);
  for (let at = 0; at < line.length;) {
    const stretch = STRETCHES[whole(random, STRETCHES.length)]?.(random) ?? square(1);
    const end = Math.min(line.length, at + 1 + whole(random, 8000));
    for (let n = 0; at < end; at++, n++) line[at] = stretch(n);
  }
  return line;
}
