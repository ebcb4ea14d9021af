// Plain tables of the audio benchmark: the first column to the left, all others to the right.

/** @param rows the headings, then the figures */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

/** A figure held against what was set for it. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  readonly limit: number;
  readonly unit: string;
  readonly met: boolean;
}

export function atMost(name: string, measured: number, limit: number, unit: string): Target {
  return { name, measured, limit, unit, met: measured <= limit };
}

export function atLeast(name: string, measured: number, limit: number, unit: string): Target {
  return { name, measured, limit, unit, met: measured >= limit };
}

/** `places`: decimal places of the measured figures. */
export function targetTable(targets: readonly Target[], places: number): string {
  return table([
    ['target', 'set', 'measured', ''],
    ...targets.map(({ name, measured, limit, unit, met }) => [
      name,
      `${limit} ${unit}`,
      `${measured.toFixed(places)} ${unit}`,
      met ? 'met' : 'NOT MET',
    ]),
  ]);
}
