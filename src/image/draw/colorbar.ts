import type { Region, RgbImage } from '../rgb-image.ts';
import { type Colour, fill, frame } from './canvas.ts';
import { type Colormap, colourNumber } from './colormap.ts';
import { drawText, type TextStyle, textWidth } from './text.ts';

/** A mark on a colour bar: a value, and what is written below it. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

const TICK_LENGTH = 5;
const OUTLINE: Colour = [150, 150, 158];

/**
 * Draws a horizontal colour bar from the first tick's value to the last one's, with ticks and labels below; the outer
 * labels are flush with the bar's ends.
 */
export function drawColorbar(
  canvas: RgbImage,
  bar: Region,
  colormap: Colormap,
  scale: number,
  ticks: readonly Tick[],
  style: TextStyle,
): void {
  const low = ticks[0]!.value;
  const span = ticks.at(-1)!.value - low;
  for (let x = 0; x < bar.width; x++) {
    const value = low + (span * x) / (bar.width - 1);
    const at = 3 * colourNumber(colormap, value, scale);
    const [red, green, blue] = colormap.table.subarray(at, at + 3);
    fill(canvas, { x: bar.x + x, y: bar.y, width: 1, height: bar.height }, [red!, green!, blue!]);
  }
  frame(canvas, bar, OUTLINE);
  const bottom = bar.y + bar.height;
  for (const { value, label } of ticks) {
    const share = span === 0 ? 0.5 : (value - low) / span;
    const x = bar.x + Math.round(share * (bar.width - 1));
    fill(canvas, { x, y: bottom, width: 1, height: TICK_LENGTH }, OUTLINE);
    const left = x - Math.round(share * textWidth(label, style));
    drawText(canvas, label, left, bottom + TICK_LENGTH + 5 + style.size, style);
  }
}

/** A number in three significant digits, with a real minus sign: `−0.0123`, `4.56e−7`. */
export function formatValue(value: number): string {
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const text = magnitude >= 1e-3 && magnitude < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
  return text.replaceAll('-', '−').replace('e+', 'e');
}
