import type { RgbImage } from '../rgb-image.ts';
import type { Colour } from './canvas.ts';
import { drawStroke, type Segment } from './stroke.ts';
import { LETTER_SPACE, STROKE_FONT, type StrokeGlyph, UNKNOWN_GLYPH } from './stroke-font.ts';

export interface TextStyle {
  /** Height of capitals, in pixels. */
  readonly size: number;
  readonly colour: Colour;
  readonly bold?: boolean;
}

/** Height of capitals in font units. */
const CAPITALS = 7;
const PEN = { regular: 0.86, bold: 1.3 };
const DEGREES_PER_SEGMENT = 12;

/** Width of a line of text in pixels. */
export function textWidth(text: string, style: TextStyle): number {
  const unit = style.size / CAPITALS;
  const glyphs = glyphsOf(text);
  return Math.ceil(glyphs.reduce((sum, glyph) => sum + glyph.width + LETTER_SPACE, 0) * unit);
}

/** Draws a line of text whose baseline begins at (`x`, `y`). Characters that the font lacks lose their accent, or are boxes. */
export function drawText(canvas: RgbImage, text: string, x: number, y: number, style: TextStyle): void {
  const unit = style.size / CAPITALS;
  const pen = unit * (style.bold ? PEN.bold : PEN.regular);
  let left = x + (LETTER_SPACE / 2) * unit;
  for (const glyph of glyphsOf(text)) {
    const path = segmentsOf(glyph).map(([x0, y0, x1, y1]): Segment => {
      return [left + x0 * unit, y - y0 * unit, left + x1 * unit, y - y1 * unit];
    });
    drawStroke(canvas, path, pen, style.colour);
    left += (glyph.width + LETTER_SPACE) * unit;
  }
}

/** The text, or as much of its beginning as fits into `width` pixels with an ellipsis. */
export function shortened(text: string, width: number, style: TextStyle): string {
  if (textWidth(text, style) <= width) return text;
  let end = text.length;
  while (end > 0 && textWidth(`${text.slice(0, end).trimEnd()}…`, style) > width) end--;
  return `${text.slice(0, end).trimEnd()}…`;
}

/** The text as lines that fit into `width` pixels, broken at spaces; a word that is wider alone is shortened. */
export function wrapped(text: string, width: number, style: TextStyle): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, style) <= width) lines[lines.length - 1] = longer;
    else lines.push(shortened(word, width, style));
  }
  return lines;
}

function glyphsOf(text: string): StrokeGlyph[] {
  const plain = text.normalize('NFKD').replace(/\p{Mark}/gu, '');
  return Array.from(plain, (character) => STROKE_FONT[character] ?? UNKNOWN_GLYPH);
}

/** A glyph's path as straight pieces, in font units. */
function segmentsOf(glyph: StrokeGlyph): Segment[] {
  const segments: Segment[] = [];
  let pen: readonly [number, number] | undefined;
  const lineTo = (x: number, y: number) => {
    if (pen) segments.push([pen[0], pen[1], x, y]);
    pen = [x, y];
  };
  const arc = (x: number, y: number, rx: number, ry: number, from: number, to: number) => {
    const pieces = Math.ceil(Math.abs(to - from) / DEGREES_PER_SEGMENT);
    for (let i = 0; i <= pieces; i++) {
      const angle = ((from + ((to - from) * i) / pieces) * Math.PI) / 180;
      lineTo(x + rx * Math.cos(angle), y + ry * Math.sin(angle));
    }
  };
  for (const [, step, numbers] of glyph.path.matchAll(/([A-Z])([^A-Z]*)/g)) {
    const [x = 0, y = 0, rx = 0, ry = 0, from = 0, to = 360] = numbers!.trim().split(' ').map(Number);
    if (step === 'L') lineTo(x, y);
    else if (step === 'A') arc(x, y, rx, ry, from, to);
    else {
      pen = undefined;
      if (step === 'O') arc(x, y, rx, ry, 0, 360);
      else lineTo(x, y);
      if (step === 'D') lineTo(x, y);
    }
  }
  return segments;
}
