import { SalientError } from '../error.ts';
import { checkSize, fromRgba, type RgbImage } from './rgb-image.ts';

/** Pictures of a page or a worker, which a canvas can draw. */
export type Drawable =
  | ImageBitmap
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame;

/** Each kind, and its width and height in pixels. */
const KINDS: Readonly<Record<string, readonly [width: string, height: string]>> = {
  ImageBitmap: ['width', 'height'],
  HTMLCanvasElement: ['width', 'height'],
  OffscreenCanvas: ['width', 'height'],
  HTMLImageElement: ['naturalWidth', 'naturalHeight'],
  HTMLVideoElement: ['videoWidth', 'videoHeight'],
  VideoFrame: ['displayWidth', 'displayHeight'],
};

function kindOf(value: unknown): string | undefined {
  const scope = globalThis as unknown as Readonly<Record<string, unknown>>;
  return Object.keys(KINDS).find((name) => {
    const kind = scope[name];
    return typeof kind === 'function' && value instanceof kind;
  });
}

export function isDrawable(value: unknown): value is Drawable {
  return kindOf(value) !== undefined;
}

/**
 * The pixels of a picture as the page shows it (upright, in sRGB), at its own size.
 * @throws SalientError 'bad-image' where it has not loaded, was closed, or comes from another origin without permission
 */
export function pixelsOf(picture: Drawable): RgbImage {
  const kind = kindOf(picture)!;
  const sizes = picture as unknown as Readonly<Record<string, number>>;
  const [width, height] = KINDS[kind]!.map((name) => sizes[name]!) as [number, number];
  if (width === 0 || height === 0) {
    throw new SalientError(
      'bad-image',
      `the ${kind} has no pixels; wait until it has loaded, and do not close it before`,
    );
  }
  checkSize(width, height);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new SalientError('bad-image', `a canvas of ${width}×${height} cannot be made here`);
  try {
    context.drawImage(picture, 0, 0, width, height);
    return fromRgba(context.getImageData(0, 0, width, height));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const remedy =
      'a picture of another origin must be loaded with crossorigin="anonymous", and permitted by its server';
    throw new SalientError('bad-image', `the pixels of the ${kind} cannot be read (${reason}); ${remedy}`, { cause });
  }
}
