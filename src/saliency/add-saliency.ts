import { SalientError } from '../error.ts';
import { add, multiply } from '../kernels/elementwise/operation.ts';
import { attenuate, focusColumns, focusDistance } from '../kernels/foci/operation.ts';
import { lab } from '../kernels/lab/operation.ts';
import { normalize } from '../kernels/normalize/operation.ts';
import { patchSaliency } from '../kernels/patch-saliency/operation.ts';
import { type PatchGrid, patchCentres, patches, sharedGrids } from '../kernels/patches/operation.ts';
import { resample } from '../kernels/resample/operation.ts';
import { sumPlane } from '../kernels/sum-plane/operation.ts';
import { type BufferId, type Program, ProgramBuilder } from '../tensor/program.ts';
import { elementCount, formatShape, type Shape } from '../tensor/tensor.ts';
import {
  type AxisTable,
  float64Source,
  gridTable,
  insideMargin,
  marginTo,
  resizeTable,
  scaledSide,
  tableSource,
  withMargin,
} from './axis-table.ts';
import {
  MAX_SALIENCY_SIZE,
  type ResolvedSaliencyOptions,
  resolveSaliencyOptions,
  type SaliencyOptions,
} from './options.ts';

/** Span up to which saliency counts as constant: float32 noise is ≤ 3e-8 there, real maps have ≥ .04. */
const CONSTANT_SALIENCY = 1e-6;
/** The same for planes in L*a*b*: on grey pixels a* and b* are 0 up to 2e-4 in float32; one 8-bit step moves them by .03. */
const CONSTANT_LAB = 1e-3;
/** Candidates are taken from no smaller scale. */
const LEAST_CANDIDATE_SCALE = 0.2;

/** A program of its own: input `map` [N,C,H,W], output `salient` [N,H,W]. */
export function saliencyProgram(shape: Shape, options: SaliencyOptions = {}): Program {
  const builder = new ProgramBuilder();
  builder.output('salient', addSaliency(builder, builder.input('map', shape), resolveSaliencyOptions(options)));
  return builder.build();
}

/**
 * Adds context-aware saliency of a map [N,C,H,W] to a program; returns the salient-relevance map [N,H,W] in [0,1]. Each
 * map of a batch is computed on its own. Sources: Goferman, Zelnik-Manor, Tal, *Context-Aware Saliency Detection*
 * (CVPR 2010; PAMI 34(10), 2012), on relevance as in Li et al. 2019; docs/saliency.md has every step.
 *
 * Throws `bad-argument` for options that leave no patch to compare with; `bad-tensor` for a map without pixels;
 * `shape-mismatch` for maps that are not [N,C,H,W], or not three channels where colours are asked for.
 */
export function addSaliency(builder: ProgramBuilder, map: BufferId, options: ResolvedSaliencyOptions): BufferId {
  const { layer, phase } = builder;
  const shape = builder.shape(map);
  if (elementCount(shape) === 0) {
    throw new SalientError('bad-tensor', `the map is ${formatShape(shape)}, without pixels; give one that has some`);
  }
  builder.layer = 'saliency';
  builder.phase = 'saliency';
  const result = new SaliencyStages(builder, map, options).add();
  builder.layer = layer;
  builder.phase = phase;
  return result;
}

/** The stages in their order, with what they share: the program, the options and the resized images. */
class SaliencyStages {
  readonly #builder: ProgramBuilder;
  readonly #map: BufferId;
  readonly #options: ResolvedSaliencyOptions;
  /** The working image and its smaller versions by their size, `height×width`. */
  readonly #images = new Map<string, BufferId>();

  constructor(builder: ProgramBuilder, map: BufferId, options: ResolvedSaliencyOptions) {
    this.#builder = builder;
    this.#map = map;
    this.#options = options;
  }

  add(): BufferId {
    const { foci, scales: wanted, patch } = this.#options;
    const planes = this.#planes();
    const [, , height, width] = this.#builder.shape(planes) as [number, number, number, number];
    const [rows, columns] = this.#workingSize(height, width);
    const [above, beside] = [marginTo(patch, rows), marginTo(patch, columns)];
    const image = this.#resampled(
      planes,
      withMargin(resizeTable(height, rows), above),
      withMargin(resizeTable(width, columns), beside),
    );
    const scales = wanted.map((scale) => this.#scale(image, scale)).filter((id) => id !== undefined);
    if (scales.length === 0) {
      throw new SalientError(
        'bad-argument',
        `no candidates: ${rows}×${columns} pixels at scale ${wanted.join(', ')} have no room for patches of ${patch}×${patch}, or the scale is below ${LEAST_CANDIDATE_SCALE}; add scale 1`,
      );
    }
    // Step 6 has the mean over scales and normalises it: their sum gives the same map after normalising, and what stands
    // between here and the last normalisation is linear, so that one is enough.
    const sum = this.#sum(foci === 'scale' ? scales.map((map) => this.#attenuated(map)) : scales);
    const attended = foci === 'mean' ? this.#attenuated(this.#normalized(sum)) : sum;
    const mean = this.#centred(attended);
    const resized = this.#resampled(
      mean,
      insideMargin(resizeTable(rows, height), above),
      insideMargin(resizeTable(columns, width), beside),
    );
    return this.#normalized(resized);
  }

  /** The map as one or three planes in [0,1] [N,P,H,W]. */
  #planes(): BufferId {
    const { input, absolute } = this.#options;
    const peak = normalize({ by: 'peak', tolerance: 0 });
    if (input === 'sum') {
      return this.#builder.add(peak, [this.#builder.add(sumPlane({ absolute }), [this.#map])], 'saliency.planes');
    }
    const paper = input === 'paper';
    const colours = paper ? this.#builder.add(peak, [this.#map]) : this.#map;
    const planes = this.#builder.add(lab({ truncate: paper }), [colours]);
    const shape = this.#builder.shape(planes);
    const rows = this.#builder.alias(planes, [shape[0]! * 3, shape[2]!, shape[3]!]);
    const normalized = this.#builder.add(normalize({ by: 'range', tolerance: CONSTANT_LAB }), [rows]);
    return this.#builder.alias(normalized, shape, 'saliency.planes');
  }

  #workingSize(height: number, width: number): [number, number] {
    const longest = Math.max(height, width);
    const { size } = this.#options;
    if (size === 'none' && longest > MAX_SALIENCY_SIZE) {
      throw new SalientError(
        'bad-argument',
        `saliency without resizing is for maps of at most ${MAX_SALIENCY_SIZE} pixels; this one has ${height}×${width}; give a size`,
      );
    }
    const scale = size === 'none' ? 1 : size / longest;
    return [scaledSide(height, scale), scaledSide(width, scale)];
  }

  /** Saliency at one scale, enlarged to the working image [N,H,W]; nothing where the scale has no candidates. */
  #scale(image: BufferId, scale: number): BufferId | undefined {
    const { patch, queryStride, candidateStride, nearest, positionWeight } = this.#options;
    const builder = this.#builder;
    builder.layer = `saliency.scale-${scale}`;
    const [batch, , height, width] = builder.shape(image) as [number, number, number, number];
    const sides = (at: number): [number, number] => [scaledSide(height, at), scaledSide(width, at)];
    const sources = [scale, scale / 2, scale / 4]
      .filter((at) => at >= LEAST_CANDIDATE_SCALE && Math.min(...sides(at)) >= patch)
      .map((at) => this.#resized(image, ...sides(at)));
    if (sources.length === 0) return undefined;
    const [scaledHeight, scaledWidth] = sides(scale);
    const queryGrid: PatchGrid = { patch, stride: queryStride, padding: 'reflect' };
    const candidateGrid: PatchGrid = { patch, stride: candidateStride, padding: 'none' };
    const own = this.#resized(image, scaledHeight, scaledWidth);
    const queries = this.#patches(queryGrid, [own], 'queries');
    const candidates = this.#patches(candidateGrid, sources, 'candidates');
    const shapes = sources.map((source) => builder.shape(source));
    const grids = sharedGrids(queryGrid, builder.shape(own), candidateGrid, shapes);
    const saliency = builder.add(patchSaliency({ nearest, positionWeight, grids }), [...queries, ...candidates]);
    const { rows, columns } = grids.queries;
    const grid = builder.alias(this.#normalized(saliency), [batch, rows, columns]);
    const enlarged = this.#resampled(
      grid,
      gridTable(rows, queryStride, scaledHeight, height),
      gridTable(columns, queryStride, scaledWidth, width),
    );
    builder.layer = 'saliency';
    return enlarged;
  }

  /** The patches of images and their centres: two inputs of `patch-saliency`. */
  #patches(grid: PatchGrid, images: readonly BufferId[], name: string): [BufferId, BufferId] {
    const builder = this.#builder;
    const centres = patchCentres(
      grid,
      images.map((image) => builder.shape(image)),
    );
    const source = float64Source(`${builder.layer}.${name}.centres`, [centres.length / 2, 2], centres);
    return [builder.add(patches(grid), images, `${builder.layer}.${name}`), builder.constant(source)];
  }

  #sum(maps: readonly BufferId[]): BufferId {
    return maps.length === 1 ? maps[0]! : this.#builder.add(add(), maps);
  }

  /** A map times 1 − d, the distance to its foci over its maximum. */
  #attenuated(map: BufferId): BufferId {
    const columns = this.#builder.add(focusColumns({ threshold: this.#options.focusThreshold }), [map]);
    const distance = this.#builder.add(focusDistance(), [columns]);
    const relative = this.#builder.add(normalize({ by: 'peak', tolerance: 0 }), [distance]);
    return this.#builder.add(attenuate(), [map, relative]);
  }

  /** A map times the centre prior, where one is asked for. */
  #centred(map: BufferId): BufferId {
    const { centrePrior: sigma } = this.#options;
    if (sigma === 'none') return map;
    const [, height, width] = this.#builder.shape(map) as [number, number, number];
    const bell = (index: number, side: number) => Math.exp(-0.5 * ((index + 0.5 - side / 2) / (sigma * side)) ** 2);
    const data = new Float64Array(height * width);
    for (let i = 0; i < data.length; i++) {
      data[i] = bell(Math.floor(i / width), height) * bell(i % width, width);
    }
    const prior = this.#builder.constant(float64Source('saliency.prior', [height, width], data));
    return this.#builder.add(multiply(), [map, prior]);
  }

  #normalized(map: BufferId): BufferId {
    return this.#builder.add(normalize({ by: 'range', tolerance: CONSTANT_SALIENCY }), [map]);
  }

  #resized(image: BufferId, rows: number, columns: number): BufferId {
    const key = `${rows}×${columns}`;
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    const [, , height, width] = this.#builder.shape(image) as [number, number, number, number];
    const resized =
      rows === height && columns === width
        ? image
        : this.#resampled(image, resizeTable(height, rows), resizeTable(width, columns));
    this.#images.set(key, resized);
    return resized;
  }

  #resampled(image: BufferId, rows: AxisTable, columns: AxisTable): BufferId {
    const builder = this.#builder;
    const constant = (axis: string, table: AxisTable) =>
      builder.constant(tableSource(`${builder.layer}.${axis}`, table));
    return builder.add(resample(), [image, constant('rows', rows), constant('columns', columns)]);
  }
}
