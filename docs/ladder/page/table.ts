import { make } from '../../../web/page/dom.ts';
import type { Kind, Line } from '../line.ts';

/** A rung before it is climbed. */
export interface Entry {
  readonly name: string;
  readonly kind: Kind;
  readonly prediction?: string;
  /** Its source, to be shown; the engine's own kernels have none here. */
  readonly source?: string;
}

const HEADINGS: Readonly<Record<Kind, string>> = {
  convolution: 'Convolution',
  'way back': 'Relevance’s way back',
  distances: 'Distances of patches',
};

/** The cells of a rung's measurements, and what is said of them where the table's head has no room. */
const COLUMNS = [
  { title: 'ms', of: ({ milliseconds }: Line) => figure(milliseconds.median) },
  { title: 'GFLOP/s', of: ({ gigaflops }: Line) => figure(gigaflops) },
  { title: '× before', of: ({ ratio }: Line) => (ratio === undefined ? '–' : ratio.toFixed(2)) },
  { title: 'from the first', of: ({ difference }: Line) => (difference === undefined ? '–' : figure(difference)) },
  { title: 'same numbers', of: verdict },
] as const;

/** Three digits, however large or small. */
function figure(value: number): string {
  if (value === 0) return '0';
  return value >= 1e4 || value < 1e-2 ? value.toExponential(1) : value.toPrecision(3);
}

function verdict({ agrees, inexact }: Line): string {
  if (agrees) return '✓ yes';
  return inexact ? '✗ as foretold' : '✗ no';
}

/** Whether a rung does what it should: agree, or show what it loses. */
export const isRight = ({ agrees, inexact }: Line): boolean => agrees !== inexact;

/** A table of rungs in `table`: its rows open to show their source, and are filled as lines come. */
export class RungTable {
  readonly #rows = new Map<string, HTMLTableRowElement>();
  readonly #lines: Line[] = [];

  constructor(table: HTMLTableElement, entries: readonly Entry[]) {
    const titles = ['rung', 'prediction', ...COLUMNS.map(({ title }) => title)];
    const head = make('tr', {}, ...titles.map((title) => make('th', { scope: 'col', textContent: title })));
    const kinds = [...new Set(entries.map(({ kind }) => kind))];
    const parts = kinds.map((kind) => {
      const heading = make('th', { colSpan: titles.length, scope: 'rowgroup', textContent: HEADINGS[kind] });
      const rungs = entries.filter((entry) => entry.kind === kind);
      const rows = rungs.flatMap((rung) => this.#rowsOf(rung, titles.length));
      return make('tbody', {}, make('tr', { className: 'kind' }, heading), ...rows);
    });
    table.append(make('thead', {}, head), ...parts);
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Empties the cells. */
  clear(): void {
    this.#lines.length = 0;
    for (const row of this.#rows.values()) {
      row.classList.remove('now', 'wrong');
      row.style.removeProperty('--share');
      for (const cell of row.querySelectorAll('td.figure')) cell.textContent = '';
    }
  }

  /** Marks the rung that is being climbed; without a name, none. */
  mark(name?: string): void {
    for (const [each, row] of this.#rows) row.classList.toggle('now', each === name);
  }

  add(line: Line): void {
    this.#lines.push(line);
    const row = this.#rows.get(line.name)!;
    for (const [index, cell] of row.querySelectorAll('td.figure').entries()) {
      cell.textContent = COLUMNS[index]!.of(line);
    }
    row.classList.toggle('wrong', !isRight(line));
    const most = Math.max(...this.#lines.map(({ gigaflops }) => gigaflops));
    for (const { name, gigaflops } of this.#lines) {
      this.#rows.get(name)!.style.setProperty('--share', `${(100 * gigaflops) / most}%`);
    }
  }

  #rowsOf({ name, prediction = '', source }: Entry, width: number): HTMLTableRowElement[] {
    const heading = make('th', { scope: 'row' });
    const cells = COLUMNS.map(({ title }) => {
      const cell = make('td', { className: 'figure' });
      cell.dataset.title = title;
      return cell;
    });
    const row = make('tr', {}, heading, make('td', { className: 'prediction', textContent: prediction }), ...cells);
    row.dataset.rung = name;
    this.#rows.set(name, row);
    if (source === undefined) {
      heading.append(name);
      return [row];
    }
    const text = make('pre', { tabIndex: 0, textContent: source, ariaLabel: `source of ${name}` });
    const opened = make('tr', { className: 'source', hidden: true }, make('td', { colSpan: width }, text));
    opened.id = `source-${name}`;
    const button = make('button', { type: 'button', textContent: name, ariaExpanded: 'false' });
    button.setAttribute('aria-controls', opened.id);
    button.addEventListener('click', () => {
      opened.hidden = !opened.hidden;
      button.ariaExpanded = String(!opened.hidden);
    });
    heading.append(button);
    return [row, opened];
  }
}
