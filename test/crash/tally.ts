/** Counts of what happened, as a table: rows down, outcomes across. */
export class Tally {
  readonly #title: string;
  readonly #rows = new Map<string, Map<string, number>>();

  constructor(title: string) {
    this.#title = title;
  }

  count(row: string, outcome: string): void {
    const cells = this.#rows.get(row) ?? new Map<string, number>();
    cells.set(outcome, (cells.get(outcome) ?? 0) + 1);
    this.#rows.set(row, cells);
  }

  print(): void {
    const outcomes = [...new Set([...this.#rows.values()].flatMap((cells) => [...cells.keys()]))].toSorted();
    const lines = [
      [this.#title, ...outcomes],
      ...[...this.#rows].map(([row, cells]) => [
        row,
        ...outcomes.map((name) => String(cells.get(name) ?? '')),
      ]),
    ];
    const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
    for (const line of lines) {
      console.log(
        line
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd(),
      );
    }
  }
}
