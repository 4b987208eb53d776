/** The tables of a page in their order: the cells of each row, without the head. */
export function tables(page: string): string[][][] {
  const found: string[][][] = [];
  let rows: string[][] | null = null;
  for (const line of page.split('\n')) {
    if (!line.startsWith('|')) rows = null;
    else if (/^\|[ :|-]+\|$/.test(line)) {
      rows = [];
      found.push(rows);
    } else rows?.push(cells(line));
  }
  return found;
}

function cells(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
