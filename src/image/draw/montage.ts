import { SalientError } from '../../error.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { shortLabel } from '../labels.ts';
import { type RgbImage, toGrey } from '../rgb-image.ts';
import { blankImage, type Colour, fill, frame, paste } from './canvas.ts';
import { drawColorbar, formatValue } from './colorbar.ts';
import { DIVERGING, SEQUENTIAL } from './colormap.ts';
import { enlarge } from './enlarge.ts';
import { heatmap, overlay, scaleOf, sumOverChannels } from './heatmap.ts';
import { drawText, shortened, type TextStyle, textWidth } from './text.ts';

/** One class of the network's answer, as it is listed below the photograph. */
export interface ListedClass {
  readonly label: string;
  /** 0 to 1. */
  readonly probability: number;
  /** The class that the maps explain. */
  readonly explained: boolean;
}

/** One row of a montage: one photograph as one network sees it. */
export interface MontageRow {
  /** Written above the row, for example the network's name; empty: left out. */
  readonly heading: string;
  /** The network's input as a picture, H×W. */
  readonly photo: RgbImage;
  /** [C, H, W] or [H, W]. */
  readonly relevance: Tensor;
  /** The salient-relevance map, [H, W], 0 to 1. */
  readonly salient: Tensor;
  /** The likeliest classes, best first; five have room. */
  readonly classes: readonly ListedClass[];
  /** Lines below the last panel, for example the composite and the sum of relevance; five have room. */
  readonly notes: readonly string[];
}

export interface MontageOptions {
  readonly title: string;
  /** A smaller line below the title. */
  readonly subtitle?: string;
  readonly rows: readonly MontageRow[];
  /** Percentile of |relevance| at which the colours are full, 99.5 unless given; 100 is the maximum. */
  readonly percentile?: number;
}

const INK: Colour = [28, 28, 34];
const GREY: Colour = [104, 104, 114];
const LINE: Colour = [222, 222, 227];
const ACCENT: Colour = [176, 36, 24];
const BAR: Colour = [148, 160, 182];
const WHITE: Colour = [255, 255, 255];

const TITLE: TextStyle = { size: 22, colour: INK, bold: true };
const SUBTITLE: TextStyle = { size: 14, colour: GREY };
const HEADING: TextStyle = { size: 16, colour: INK, bold: true };
const PANEL_TITLE: TextStyle = { size: 14, colour: INK };
const BODY: TextStyle = { size: 12, colour: INK };
const BODY_BOLD: TextStyle = { size: 12, colour: ACCENT, bold: true };
const SMALL: TextStyle = { size: 12, colour: GREY };

const MARGIN = 40;
const GAP = 28;
/** Panels are enlarged by a whole number, to about this side. */
const PANEL = 448;
const PANEL_TITLE_HEIGHT = 30;
const LINE_HEIGHT = 34;
const FOOTER_LINES = 5;
const FOOTER_HEIGHT = 16 + FOOTER_LINES * LINE_HEIGHT;
const HEADING_HEIGHT = 50;
const LARGEST_SIDE = 4096;

/**
 * Puts each row's photograph, relevance, salient-relevance map and overlay side by side on a white page, with titles,
 * class names and probabilities, and colour bars that say what the colours are worth.
 *
 * @throws SalientError `shape-mismatch` where a map and its photograph differ in size
 */
export function montage({ title, subtitle = '', rows, percentile = 99.5 }: MontageOptions): RgbImage {
  const layouts = rows.map(layoutOf);
  const width = 2 * MARGIN + Math.max(...layouts.map((layout) => 4 * layout.width + 3 * GAP));
  const top = MARGIN + TITLE.size + (subtitle === '' ? 0 : 18 + SUBTITLE.size) + 28;
  const height = top + layouts.reduce((sum, layout) => sum + layout.height, 0) + MARGIN - GAP;
  const page = blankImage(width, height, WHITE);
  const room = width - 2 * MARGIN;
  drawText(page, shortened(title, room, TITLE), MARGIN, MARGIN + TITLE.size, TITLE);
  drawText(page, shortened(subtitle, room, SUBTITLE), MARGIN, MARGIN + TITLE.size + 18 + SUBTITLE.size, SUBTITLE);
  let y = top;
  rows.forEach((row, i) => {
    drawRow(page, row, layouts[i]!, y, percentile);
    y += layouts[i]!.height;
  });
  return page;
}

interface RowLayout {
  readonly factor: number;
  /** A panel's width on the page. */
  readonly width: number;
  readonly panelHeight: number;
  /** Of the whole row, with the gap below. */
  readonly height: number;
}

function layoutOf({ photo, heading }: MontageRow): RowLayout {
  const side = Math.max(photo.width, photo.height);
  if (side > LARGEST_SIDE) {
    throw new SalientError('bad-argument', `a montage of ${side} pixel wide maps is too large; save them one by one`);
  }
  const factor = Math.max(Math.round(PANEL / side), 1);
  const panelHeight = photo.height * factor;
  const above = (heading === '' ? 0 : HEADING_HEIGHT) + PANEL_TITLE_HEIGHT;
  return {
    factor,
    // Text needs some room even below a narrow photograph.
    width: Math.max(photo.width * factor, PANEL / 2),
    panelHeight,
    height: above + panelHeight + FOOTER_HEIGHT + GAP,
  };
}

function drawRow(page: RgbImage, row: MontageRow, layout: RowLayout, top: number, percentile: number): void {
  const relevance = sumOverChannels(row.relevance);
  const scale = scaleOf(relevance, percentile);
  let y = top;
  if (row.heading !== '') {
    fill(page, { x: MARGIN, y, width: page.width - 2 * MARGIN, height: 1 }, LINE);
    drawText(page, shortened(row.heading, page.width - 2 * MARGIN, HEADING), MARGIN, y + 32, HEADING);
    y += HEADING_HEIGHT;
  }
  const { factor } = layout;
  const salient = heatmap(row.salient, SEQUENTIAL, 1);
  const laidOver = overlay(toGrey(row.photo), row.salient, SEQUENTIAL, 1);
  const panels: readonly (readonly [string, RgbImage])[] = [
    ['Photograph', enlarge(row.photo, factor, 'bilinear')],
    ['Relevance', enlarge(heatmap(relevance, DIVERGING, scale), factor, 'nearest')],
    ['Salient relevance', enlarge(salient, factor, 'bilinear')],
    ['Salient relevance on the photograph', enlarge(laidOver, factor, 'bilinear')],
  ];
  const lefts = panels.map((_, i) => MARGIN + i * (layout.width + GAP));
  y += PANEL_TITLE_HEIGHT;
  panels.forEach(([name, image], i) => {
    const x = lefts[i]!;
    drawText(page, shortened(name, layout.width, PANEL_TITLE), x, y - 12, PANEL_TITLE);
    frame(page, { x, y, width: image.width, height: image.height }, LINE);
    paste(page, image, x, y);
  });
  y += layout.panelHeight + 16;
  drawClasses(page, row.classes.slice(0, FOOTER_LINES), lefts[0]!, y, layout.width);
  drawRelevanceBar(page, scale, percentile, lefts[1]!, y, layout.width);
  const bar = { x: lefts[2]!, y, width: layout.width, height: 14 };
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, label: formatValue(value) }));
  drawColorbar(page, bar, SEQUENTIAL, 1, ticks, SMALL);
  row.notes.slice(0, FOOTER_LINES).forEach((note, i) => {
    drawText(page, shortened(note, layout.width, SMALL), lefts[3]!, y + 12 + i * 24, SMALL);
  });
}

function drawRelevanceBar(
  page: RgbImage,
  scale: number,
  percentile: number,
  x: number,
  y: number,
  width: number,
): void {
  const bar = { x, y, width, height: 14 };
  if (scale === 0) {
    drawColorbar(page, bar, DIVERGING, 0, [{ value: 0, label: 'constant: nothing to show' }], SMALL);
    return;
  }
  const clipped = percentile < 100;
  const ticks = [-1, 0, 1].map((share) => {
    const beyond = !clipped || share === 0 ? '' : share < 0 ? '≤ ' : '≥ ';
    return { value: share * scale, label: beyond + formatValue(share * scale) };
  });
  drawColorbar(page, bar, DIVERGING, scale, ticks, SMALL);
  const below = y + 14 + 10 + 2 * SMALL.size + 12;
  const end = 'for the class';
  drawText(page, 'against the class', x, below, SMALL);
  drawText(page, end, x + width - textWidth(end, SMALL), below, SMALL);
}

/** One line a class, with a bar as long as its probability. */
function drawClasses(page: RgbImage, classes: readonly ListedClass[], x: number, y: number, width: number): void {
  classes.forEach(({ label, probability, explained }, i) => {
    const style = explained ? BODY_BOLD : BODY;
    const baseline = y + 12 + i * LINE_HEIGHT;
    const share = `${(100 * probability).toFixed(1)} %`;
    const shareWidth = textWidth(share, style);
    drawText(page, shortened(shortLabel(label), width - shareWidth - 16, style), x, baseline, style);
    drawText(page, share, x + width - shareWidth, baseline, style);
    const track = { x, y: baseline + 7, width, height: 4 };
    fill(page, track, LINE);
    fill(page, { ...track, width: Math.round(width * probability) }, explained ? ACCENT : BAR);
  });
}
