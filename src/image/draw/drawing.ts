import type { RgbImage } from '../rgb-image.ts';
import { blankImage, type Colour } from './canvas.ts';
import { drawStroke, type Segment } from './stroke.ts';
import { drawText, type TextStyle, textWidth } from './text.ts';

/** A picture as plain data, on white. Lengths are in units of which SVG shows one as a pixel; x points right, y down. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** From the back to the front. */
  readonly shapes: readonly Shape[];
}

export type Shape = Polyline | Disc | Label;

export interface Polyline {
  readonly kind: 'polyline';
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly width: number;
  readonly colour: Colour;
}

export interface Disc {
  readonly kind: 'disc';
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: Colour;
  /** 0 to 1. */
  readonly opacity: number;
  /** What an SVG's viewer says of the disc under the pointer. */
  readonly title?: string;
}

/** A line of text. */
export interface Label {
  readonly kind: 'label';
  readonly text: string;
  /** Where the text begins, has its middle or ends, as `anchor` says. */
  readonly x: number;
  /** Of the baseline. */
  readonly y: number;
  readonly anchor: keyof typeof ANCHORS;
  readonly style: TextStyle;
}

/** What share of a text's width is left of where it is anchored. */
const ANCHORS = { start: 0, middle: 0.5, end: 1 };
/** Height of capitals over font size: a bit more than the usual sans-serifs have, lest they be wider than our own font. */
const CAPITALS = 0.75;

/** A drawing in SVG, without a size of its own; its texts are in the viewer's sans-serif. */
export function toSvg({ width, height, shapes }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...shapes.map(svgElement),
    '</svg>\n',
  ].join('\n');
}

function svgElement(shape: Shape): string {
  switch (shape.kind) {
    case 'polyline': {
      const points = shape.points.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join(' ');
      return `<polyline points="${points}" fill="none" stroke="${rgb(shape.colour)}" stroke-width="${shape.width}"/>`;
    }
    case 'disc': {
      const title = shape.title === undefined ? '' : `<title>${escaped(shape.title)}</title>`;
      const place = `cx="${rounded(shape.x)}" cy="${rounded(shape.y)}" r="${shape.radius}"`;
      return `<circle ${place} fill="${rgb(shape.colour)}" fill-opacity="${shape.opacity}">${title}</circle>`;
    }
    case 'label': {
      const { size, colour, bold } = shape.style;
      const place = `x="${rounded(shape.x)}" y="${rounded(shape.y)}" text-anchor="${shape.anchor}"`;
      const font = `font-size="${rounded(size / CAPITALS)}" font-weight="${bold ? 'bold' : 'normal'}"`;
      return `<text ${place} ${font} fill="${rgb(colour)}">${escaped(shape.text)}</text>`;
    }
  }
}

function rgb(colour: Colour): string {
  return `rgb(${colour.join()})`;
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** A drawing in pixels, `scale` of them to a unit. */
export function toPixels({ width, height, shapes }: Drawing, scale: number): RgbImage {
  const canvas = blankImage(Math.ceil(scale * width), Math.ceil(scale * height), [255, 255, 255]);
  for (const shape of shapes) drawShape(canvas, shape, scale);
  return canvas;
}

function drawShape(canvas: RgbImage, shape: Shape, scale: number): void {
  switch (shape.kind) {
    case 'polyline': {
      const points = shape.points.map(([x, y]) => [scale * x, scale * y] as const);
      const segments = points.slice(1).map((end, i): Segment => [...points[i]!, ...end]);
      drawStroke(canvas, segments, scale * shape.width, shape.colour);
      return;
    }
    case 'disc': {
      const [x, y] = [scale * shape.x, scale * shape.y];
      drawStroke(canvas, [[x, y, x, y]], scale * 2 * shape.radius, shape.colour, shape.opacity);
      return;
    }
    case 'label': {
      const style = { ...shape.style, size: scale * shape.style.size };
      const left = scale * shape.x - ANCHORS[shape.anchor] * textWidth(shape.text, style);
      drawText(canvas, shape.text, left, scale * shape.y, style);
    }
  }
}
