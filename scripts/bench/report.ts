import process from 'node:process';

/** A limit that a figure has to keep. */
export interface Goal {
  readonly text: string;
  /** Undefined when it was not measured. */
  readonly figure: number | undefined;
  readonly limit: number;
  /** What the figure may be, beside the limit itself. */
  readonly may: 'be lower' | 'be higher';
  readonly unit?: string;
}

/** Prints Markdown on standard output and progress on standard error, and keeps what is told at the end. */
export class Report {
  readonly #goals: Goal[] = [];
  readonly #missing = new Set<string>();
  readonly #programs = new Set<string>();
  readonly #peaks: { readonly title: string; readonly bytes: number }[] = [];

  /** Markdown: a heading, a paragraph, a table. */
  print(text: string): void {
    process.stdout.write(`${text}\n\n`);
  }

  progress(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  goal(goal: Goal): void {
    this.#goals.push(goal);
  }

  /** What could not be measured, and why. */
  missing(what: string): void {
    this.#missing.add(what);
  }

  /** A program or server that was measured, with its version. */
  program(nameAndVersion: string): void {
    this.#programs.add(nameAndVersion);
  }

  /** The most memory that Holdfast held in a job with default settings. */
  peak(title: string, bytes: number): void {
    this.#peaks.push({ title, bytes });
  }

  printEnd(): void {
    if (this.#peaks.length > 0) this.#printPeaks();
    if (this.#goals.length > 0) this.print(`## Goals\n\n${this.#goals.map(goalLine).join('\n')}`);
    if (this.#programs.size > 0) this.print(`Programs: ${[...this.#programs].join(', ')}.`);
    if (this.#missing.size > 0)
      this.print([...this.#missing].map((what) => `- Not measured: ${what}`).join('\n'));
  }

  #printPeaks(): void {
    const highest = this.#peaks.reduce((most, peak) => (peak.bytes > most.bytes ? peak : most));
    this.goal({
      text: `peak memory of every job with default settings, MiB (the highest: ${highest.title})`,
      figure: highest.bytes / 2 ** 20,
      limit: 256,
      may: 'be lower',
    });
  }
}

function goalLine({ text, figure, limit, may, unit = '' }: Goal): string {
  const bound = `${may === 'be lower' ? 'at most' : 'at least'} ${limit}${unit}`;
  if (figure === undefined) return `- not measured: ${text}: ${bound}`;
  const met = may === 'be lower' ? figure <= limit : figure >= limit;
  const shown = figure >= 100 ? figure.toFixed(0) : figure.toFixed(2);
  return `- ${met ? 'met' : '**not met**'}: ${text}: ${shown}${unit}, ${bound}`;
}
