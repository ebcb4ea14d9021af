// Word lists written as text: phrases between commas and line ends. Control plane.

export const lines = (text: string): readonly string[] =>
  text
    .split(/[,\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
