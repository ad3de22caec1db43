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

/** Progress of a long run: done, rate and time left, in one line on stderr where that is a terminal. */
export class Pace {
  readonly #bar = new ProgressBar();
  readonly #start = performance.now();
  #first: number | undefined;

  update(done: number, total: number): void {
    this.#first ??= done - 1;
    const rate = (1000 * (done - this.#first)) / (performance.now() - this.#start);
    const left = (total - done) / rate;
    const time =
      left >= 3600
        ? `${(left / 3600).toFixed(1)} h`
        : left >= 60
          ? `${(left / 60).toFixed(0)} min`
          : `${left.toFixed(0)} s`;
    this.#bar.update({ phase: `${done} of ${total}, ${rate.toFixed(2)} a second, ${time} left`, done, total });
  }

  clear(): void {
    this.#bar.clear();
  }
}
