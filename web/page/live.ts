import { byId } from './dom.ts';

/** Seconds over which the rate is averaged. */
const WINDOW = 2;

/** Explains what a video shows: always its latest frame, never a queue of old ones. */
export class Live {
  readonly #video = byId<HTMLVideoElement>('live');
  readonly #rate = byId('rate');
  readonly #explain: (frame: ImageBitmap) => Promise<void>;
  #running = false;

  constructor(explain: (frame: ImageBitmap) => Promise<void>) {
    this.#explain = explain;
  }

  get running(): boolean {
    return this.#running;
  }

  /** The camera, or a video file, until {@link stop}. */
  async start(source: MediaStream | Blob): Promise<void> {
    this.stop();
    const video = this.#video;
    if (source instanceof Blob) {
      video.src = URL.createObjectURL(source);
      video.loop = true;
    } else video.srcObject = source;
    video.hidden = false;
    this.#rate.hidden = false;
    await video.play();
    this.#running = true;
    const ends: number[] = [];
    while (this.#running) {
      await this.#explain(await createImageBitmap(video));
      const now = performance.now();
      ends.push(now);
      while (ends[0]! < now - 1000 * WINDOW) ends.shift();
      const rate = ends.length > 1 ? (1000 * (ends.length - 1)) / (now - ends[0]!) : 0;
      this.#rate.textContent = `${rate.toFixed(1)} explanations a second`;
      // One turn of the event loop: the page draws, and hears clicks.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  stop(): void {
    this.#running = false;
    const { srcObject, src } = this.#video;
    if (srcObject instanceof MediaStream) for (const track of srcObject.getTracks()) track.stop();
    if (src) URL.revokeObjectURL(src);
    this.#video.srcObject = null;
    this.#video.removeAttribute('src');
    this.#video.hidden = true;
    this.#rate.hidden = true;
  }
}
