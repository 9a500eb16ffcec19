// How figures are printed.

/** Rows of cells in columns: the first to the left, the others to the right. */
export function aligned(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells
    .map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .join('\n');
}

export function megabytesText(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
