const WIDTH = 28;
/** Milliseconds between two drawings. */
const INTERVAL = 80;

/** What is being done, and how far it is. */
export interface BarProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

/** A progress bar on stderr where that is a terminal; silent otherwise. */
export class ProgressBar {
  readonly #terminal = process.stderr.isTTY === true;
  #last = 0;
  #shown = false;

  readonly update = ({ phase, done, total }: BarProgress): void => {
    const now = performance.now();
    if (!this.#terminal || now - this.#last < INTERVAL) return;
    this.#last = now;
    const filled = Math.round((WIDTH * done) / Math.max(total, 1));
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    process.stderr.write(`\r\x1b[2K${bar} ${phase}`);
    this.#shown = true;
  };

  clear(): void {
    if (this.#shown) process.stderr.write('\r\x1b[2K');
    this.#shown = false;
  }
}
