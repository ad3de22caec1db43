/**
 * salient-relevance/canvas: maps, overlays and legends on a canvas, in the colours of the command line's pictures.
 *
 * @module salient-relevance/canvas
 */
import { SalientError } from '../error.ts';
import { type Colormap, colourNumber, DIVERGING, SEQUENTIAL } from '../image/draw/colormap.ts';
import { heatmap, overlay, scaleOf, sumOverChannels } from '../image/draw/heatmap.ts';
import { type Drawable, isDrawable, pixelsOf } from '../image/drawable.ts';
import { type RgbImage, toGrey } from '../image/rgb-image.ts';
import { requireFinite } from '../tensor/finite.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Where it is drawn: the element of a page, or one without a page, of a worker. */
export type Canvas = HTMLCanvasElement | OffscreenCanvas;

/** `diverging`: white at 0, red for and blue against the class; `sequential`: from 0, near black, to 1. */
export type Colours = 'diverging' | 'sequential';

/** How a map is coloured. */
export interface MapOptions {
  /** Default: `diverging` for a map with channels [C,H,W], which relevance is, `sequential` for [H,W], an SR map. */
  readonly colours?: Colours | undefined;
  /** The |value| at which colours are full. Default: the map's largest (`diverging`), or 1. */
  readonly scale?: number | undefined;
}

/** How a map is laid over a photograph. */
export interface OverlayOptions extends MapOptions {
  /** How much of the map's colours is laid over: 0 nothing, 1 (default) all at its strongest pixels. */
  readonly opacity?: number | undefined;
}

/** What a colour bar says. */
export interface LegendOptions {
  readonly colours: Colours;
  /** The value at the right end. */
  readonly scale: number;
}

const COLORMAPS: Readonly<Record<Colours, Colormap>> = { diverging: DIVERGING, sequential: SEQUENTIAL };

/**
 * Draws a map [C,H,W] (summed over channels) or [H,W], one pixel a value: the canvas gets the map's size; CSS enlarges it.
 * @throws SalientError 'bad-tensor' for another shape, NaN or an infinity
 *
 * @example
 * ```ts
 * const canvas = document.querySelector('canvas')!;
 * drawMap(canvas, (await model.explain(photo)).salient!);
 * ```
 */
export function drawMap(canvas: Canvas, map: Tensor, options: MapOptions = {}): void {
  const { colormap, scale } = resolved(map, options);
  draw(canvas, heatmap(map, colormap, scale));
}

/**
 * Draws a photograph without its colours under those of a map of the same size.
 * @throws SalientError 'shape-mismatch' where the sizes differ, 'bad-tensor', 'bad-image', 'bad-argument'
 *
 * @example
 * ```ts
 * const { relevance } = await model.explain(photo);
 * drawOverlay(document.querySelector('canvas')!, photo, relevance, { opacity: 0.7 });
 * ```
 */
export function drawOverlay(
  canvas: Canvas,
  photo: RgbImage | Drawable,
  map: Tensor,
  options: OverlayOptions = {},
): void {
  const { opacity = 1 } = options;
  if (!(opacity >= 0 && opacity <= 1)) {
    throw new SalientError('bad-argument', `opacity is ${opacity}; expected a number from 0 to 1`);
  }
  const { colormap, scale } = resolved(map, options);
  const grey = toGrey(isDrawable(photo) ? pixelsOf(photo) : photo);
  const full = overlay(grey, map, colormap, scale);
  const data = full.data.map((value, i) => Math.round(grey.data[i]! + (value - grey.data[i]!) * opacity));
  draw(canvas, { ...full, data });
}

/**
 * Draws a photograph as it is.
 *
 * @example
 * ```ts
 * drawPhoto(document.querySelector('canvas')!, photo);
 * ```
 */
export function drawPhoto(canvas: Canvas, photo: RgbImage): void {
  draw(canvas, photo);
}

/**
 * Draws the scale of colours over the canvas's whole width and height, without words: −scale to scale (`diverging`), or 0
 * to scale. What stands at its ends is the page's to write, in its own fonts.
 *
 * @example
 * ```ts
 * drawLegend(document.querySelector('canvas')!, { colours: 'diverging', scale: 0.5 });
 * ```
 */
export function drawLegend(canvas: Canvas, { colours, scale }: LegendOptions): void {
  const { width, height } = canvas;
  const colormap = COLORMAPS[colours];
  const low = colours === 'diverging' ? -scale : 0;
  const data = new Uint8Array(3 * width * height);
  for (let x = 0; x < width; x++) {
    const value = low + ((scale - low) * x) / Math.max(width - 1, 1);
    const at = 3 * colourNumber(colormap, value, scale);
    for (let y = 0; y < height; y++) data.set(colormap.table.subarray(at, at + 3), 3 * (y * width + x));
  }
  draw(canvas, { width, height, data });
}

/**
 * The scale at which {@link drawMap} shows a map where none is given.
 *
 * @example
 * ```ts
 * const scale = defaultScale((await model.explain(photo)).relevance); // for drawLegend
 * ```
 */
export function defaultScale(map: Tensor, colours: Colours = defaultColours(map)): number {
  return colours === 'diverging' ? scaleOf(sumOverChannels(map)) : 1;
}

function defaultColours({ shape }: Tensor): Colours {
  return shape.length === 2 ? 'sequential' : 'diverging';
}

function resolved(map: Tensor, options: MapOptions): { colormap: Colormap; scale: number } {
  requireFinite(map, 'the map');
  const { colours = defaultColours(map), scale = defaultScale(map, colours) } = options;
  if (!Object.hasOwn(COLORMAPS, colours)) {
    throw new SalientError('bad-argument', `colours is "${String(colours)}"; choose diverging or sequential`);
  }
  if (!(scale >= 0))
    throw new SalientError('bad-argument', `scale is ${scale}; expected a number that is not negative`);
  return { colormap: COLORMAPS[colours], scale };
}

/** The part of a canvas's context that is used; `dom`'s two contexts agree in it. */
interface Context {
  createImageData(width: number, height: number): { readonly data: Uint8ClampedArray };
  putImageData(image: unknown, x: number, y: number): void;
}

function draw(canvas: Canvas, { width, height, data }: RgbImage): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d') as Context | null;
  if (context === null) {
    throw new SalientError('bad-argument', 'the canvas has another kind of context already; give one of its own');
  }
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    image.data.set(data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
