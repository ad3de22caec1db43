import type { Tensor } from '../../tensor/tensor.ts';
import { resizeRegion } from '../resize.ts';
import { type Region, type RgbImage, toGrey } from '../rgb-image.ts';
import { blankImage, type Colour, frame, paste } from './canvas.ts';
import { DIVERGING } from './colormap.ts';
import { overlay, scaleOf, sumOverChannels } from './heatmap.ts';
import { drawText, shortened, type TextStyle } from './text.ts';

/** A photograph with a channel's map of it. */
export interface ConceptPicture {
  readonly photo: RgbImage;
  /** [C,H,W], the photograph's size. */
  readonly map: Tensor;
  readonly caption: string;
}

/** The same of an example, cut to where its map is. */
export interface ConceptExamplePicture extends ConceptPicture {
  readonly crop: Region;
}

export interface ConceptRow {
  readonly heading: string;
  /** The photograph that is explained. */
  readonly own: ConceptPicture;
  /** Photographs of which this channel explains most. */
  readonly examples: readonly ConceptExamplePicture[];
}

export interface ConceptSheetOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly photo: RgbImage;
  readonly rows: readonly ConceptRow[];
}

const INK: Colour = [28, 28, 34];
const GREY: Colour = [104, 104, 114];
const LINE: Colour = [222, 222, 227];
const WHITE: Colour = [255, 255, 255];
const TITLE: TextStyle = { size: 22, colour: INK, bold: true };
const SUBTITLE: TextStyle = { size: 14, colour: GREY };
const HEADING: TextStyle = { size: 14, colour: INK, bold: true };
const CAPTION: TextStyle = { size: 12, colour: GREY };

const MARGIN = 40;
const GAP = 20;
/** Side of a picture. */
const SIDE = 200;
const ROW_HEIGHT = SIDE + 76;
const PERCENTILE = 99.5;
/** Share of a map's |relevance| that an example's cut holds, along each axis. */
const HELD = 0.8;

/**
 * One row a channel: its relevance over the photograph, then the examples: what a person needs to give the channel a
 * name. Colours are full at each map's own scale.
 */
export function conceptSheet({ title, subtitle, photo, rows }: ConceptSheetOptions): RgbImage {
  const columns = 1 + Math.max(...rows.map(({ examples }) => examples.length), 1);
  const width = 2 * MARGIN + columns * SIDE + (columns - 1) * GAP;
  const top = MARGIN + TITLE.size + 18 + SUBTITLE.size + 28;
  const page = blankImage(width, top + SIDE + 40 + rows.length * ROW_HEIGHT + MARGIN, WHITE);
  const room = width - 2 * MARGIN;
  drawText(page, shortened(title, room, TITLE), MARGIN, MARGIN + TITLE.size, TITLE);
  drawText(page, shortened(subtitle, room, SUBTITLE), MARGIN, MARGIN + TITLE.size + 18 + SUBTITLE.size, SUBTITLE);
  place(page, squareOf(photo), MARGIN, top);
  rows.forEach(({ heading, own, examples }, index) => {
    const y = top + SIDE + 40 + index * ROW_HEIGHT;
    drawText(page, shortened(heading, room, HEADING), MARGIN, y + 14, HEADING);
    const pictures: readonly (ConceptPicture & { readonly crop?: Region })[] = [own, ...examples];
    pictures.forEach((picture, column) => {
      const x = MARGIN + column * (SIDE + GAP);
      place(page, squareOf(laidOver(picture), picture.crop), x, y + 26);
      drawText(page, shortened(picture.caption, SIDE, CAPTION), x, y + 26 + SIDE + 20, CAPTION);
    });
  });
  return page;
}

function laidOver({ photo, map }: ConceptPicture): RgbImage {
  const sum = sumOverChannels(map);
  return overlay(toGrey(photo), sum, DIVERGING, scaleOf(sum, PERCENTILE));
}

function place(page: RgbImage, picture: RgbImage, x: number, y: number): void {
  frame(page, { x, y, width: picture.width, height: picture.height }, LINE);
  paste(page, picture, x, y);
}

/** A region of a picture (default: all) within a square of the sheet, its proportions kept. */
function squareOf(picture: RgbImage, region?: Region): RgbImage {
  const { x, y, width, height } = region ?? { x: 0, y: 0, width: picture.width, height: picture.height };
  const data = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    const from = 3 * ((y + row) * picture.width + x);
    data.set(picture.data.subarray(from, from + 3 * width), 3 * row * width);
  }
  const factor = SIDE / Math.max(width, height);
  const [wide, high] = [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))];
  return resizeRegion({ width, height, data }, wide, high, { x: 0, y: 0, width: wide, height: high });
}

/** The smallest square in a map [C,H,W] that holds {@link HELD} of its |relevance| along each axis, and an eighth at least. */
export function strongestSquare(map: Tensor): Region {
  const { shape, data } = sumOverChannels(map);
  const [height, width] = shape as [number, number];
  const rows = new Float64Array(height);
  const columns = new Float64Array(width);
  for (let i = 0; i < data.length; i++) {
    const strength = Math.abs(data[i]!);
    rows[Math.floor(i / width)]! += strength;
    columns[i % width]! += strength;
  }
  const [top, bottom] = middle(rows);
  const [left, right] = middle(columns);
  const least = Math.ceil(Math.max(height, width) / 8);
  const side = Math.min(Math.max(bottom - top, right - left, least), height, width);
  const within = (from: number, to: number, size: number) =>
    Math.min(Math.max(0, Math.round((from + to - side) / 2)), size - side);
  return { x: within(left, right, width), y: within(top, bottom, height), width: side, height: side };
}

/** The shortest run of indices [from, to) that holds {@link HELD} of the weights. */
function middle(weights: Float64Array): [number, number] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let best: [number, number] = [0, weights.length];
  let [from, held] = [0, 0];
  for (let to = 0; to < weights.length; to++) {
    held += weights[to]!;
    while (held - weights[from]! >= HELD * total && from < to) held -= weights[from++]!;
    if (held >= HELD * total && to + 1 - from < best[1] - best[0]) best = [from, to + 1];
  }
  return best;
}
