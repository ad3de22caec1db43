import { SalientError } from '../error.ts';
import { type ExplainProgram, ofWay } from '../explain/explain-program.ts';
import type { Method } from '../explain/methods.ts';
import { pictureOf } from '../explain/overlay.ts';
import type { Place } from '../explain/place.ts';
import type { Logits } from '../graph/logits.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import type { LedgerEntry } from '../lrp/ledger.ts';
import type { Rule } from '../lrp/rule.ts';
import type { StepProfile } from '../tensor/device.ts';
import { requireFinite } from '../tensor/finite.ts';
import { sampleOf, type Tensor } from '../tensor/tensor.ts';
import { type ClassScore, rankClasses } from './classes.ts';
import type { ResolvedOptions } from './explain-options.ts';

/** One layer of an explanation: its rule and where its relevance went. */
export interface LayerReport extends LedgerEntry {
  /** The rule of a convolution or dense layer; absent for layers without weights. */
  readonly rule?: Rule;
  /** That more relevance is missing than the layer's rule means to keep, how much, and why. */
  readonly warning?: string;
}

/** Share of a layer's relevance from which on what is lost is worth a word. */
const WORTH_A_WORD = 0.01;

/** ε from which on a stabilizer is meant to keep relevance. */
const MEANT_TO_KEEP = 1e-2;

function warningOf(entry: LedgerEntry, rule: Rule | undefined): { readonly warning?: string } {
  const { lost, stabilizer, out, in: below } = entry;
  const size = Math.max(Math.abs(out.sum), Math.abs(below.sum), Math.abs(out.maximum), Math.abs(out.minimum));
  const share = (part: number) => `${Number(((100 * Math.abs(part)) / size).toPrecision(2))} %`;
  if (Math.abs(lost) > WORTH_A_WORD * size) {
    const reason = 'denominators of zero, padding, or rounding of large terms that cancel';
    return { warning: `${share(lost)} went neither below nor to bias or stabilizer: ${reason}` };
  }
  const own = rule && 'stabilizer' in rule ? rule.stabilizer : undefined;
  const isMeant = own !== undefined && (own.kind === 'relative' || own.epsilon >= MEANT_TO_KEEP);
  if (isMeant || Math.abs(stabilizer) <= WORTH_A_WORD * size) return {};
  return {
    warning: `${share(stabilizer)} stayed at the stabilizer, which is not meant to keep any: this rule finds no contributions, or such as cancel`,
  };
}

/** Which pixels of a spatial output a target is about, in the output's own pixels. */
export interface TargetPixels {
  readonly count: number;
  /** The smallest box around them; the last two are the first row and column that do not belong to it. */
  readonly box: readonly [top: number, left: number, bottom: number, right: number];
}

/** Why a network answered as it did, for one image. */
export interface Explanation {
  readonly method: Method;
  /** Of integrated gradients: how far the map's sum is from the score's difference, over that difference. */
  readonly completenessError?: number;
  /** The most probable classes, best first. */
  readonly classes: readonly ClassScore[];
  /**
   * The class (or the place inside the network) that relevance started from, where it is one, its pixels on a spatial
   * output, and the sum of the start.
   */
  readonly target: {
    readonly class?: ClassScore;
    readonly place?: Place;
    readonly pixels?: TargetPixels;
    readonly start: number;
  };
  readonly logits: Tensor;
  /**
   * The map [C,H,W], in the channel order of the network's input: relevance, or another method's. With `stop`, that of
   * the layer, in its shape.
   */
  readonly relevance: Tensor;
  /** The SR map [H,W] in [0,1]. */
  readonly salient?: Tensor;
  /** From the logits down to the input; of LRP alone. */
  readonly layers: readonly LayerReport[];
  /** Activations and relevance that were asked for with `record`. */
  readonly recorded: ReadonlyMap<string, { readonly activation: Tensor; readonly relevance?: Tensor }>;
  /** The photograph under a map's colours, where `overlay` was asked for. */
  readonly overlay?: RgbImage;
  /** The pixels that the network saw, where the input was a photograph. */
  readonly shown?: RgbImage;
  /** How many images were explained in the same run. */
  readonly batch: number;
  /** Time per step of that run, where `profile` was asked for. */
  readonly profile?: readonly StepProfile[];
}

/** What there is to say of one sample and one of the targets, out of a run's outputs. */
export function readExplanation(
  { ledgers, rules, recorded, plane }: ExplainProgram,
  outputs: ReadonlyMap<string, Tensor>,
  sample: number,
  way: number,
  { targets, top, method }: ResolvedOptions,
  labels: readonly string[],
  probability: Logits['probability'],
): Omit<Explanation, 'batch'> {
  const part = (name: string) => sampleOf(outputs.get(name)!, sample);
  const own = (name: string) => part(ofWay(name, way));
  const has = (name: string) => outputs.has(ofWay(name, way));
  const { weights, rank, place } = targets[way]!;
  const logits = part('logits');
  const scores = rankClasses(logits, labels, probability);
  const layers = ledgers[way]!.read(outputs, sample).map((entry) => {
    const rule = rules.get(entry.layer);
    return { ...entry, ...(rule && { rule }), ...warningOf(entry, rule) };
  });
  requireFinite(logits, 'the logits');
  const overflow = layers.find((entry) => entry.notFinite > 0);
  if (overflow !== undefined) {
    throw new SalientError(
      'bad-tensor',
      `the relevance of layer "${overflow.layer}" (${overflow.operator}) holds ${overflow.notFinite} numbers that are not finite: the network or its rule overflows; try another composite, or the device reference`,
    );
  }
  const chosen = weights === undefined ? scores[rank]! : onlyClass(weights, scores, labels.length);
  const pixels = plane && weights && pixelsOf(weights, plane);
  const from = place ? { place } : { ...(chosen && { class: chosen }), ...(pixels && { pixels }) };
  const recordOf = (value: string) => ({
    activation: part(`activation:${value}`),
    ...(has(`relevance:${value}`) ? { relevance: own(`relevance:${value}`) } : {}),
  });
  return {
    method: method.name,
    classes: scores.slice(0, top),
    target: { ...from, start: place ? own('start').data[0]! : (layers[0]?.out.sum ?? sumOf(weights)) },
    logits,
    relevance: own('relevance'),
    ...(has('salient') ? { salient: own('salient') } : {}),
    ...(has('overlay') ? { overlay: pictureOf(own('overlay')) } : {}),
    layers,
    recorded: new Map([...recorded].map(([name, value]) => [name, recordOf(value)])),
  };
}

/** The one class that has weights, at one pixel or at several. */
function onlyClass(weights: Float32Array, scores: readonly ClassScore[], classes: number): ClassScore | undefined {
  const pixels = weights.length / classes;
  let only: number | undefined;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    const index = Math.floor(i / pixels);
    if (only !== undefined && only !== index) return undefined;
    only = index;
  }
  return scores.find(({ index }) => index === only);
}

/** The pixels with weights, of whatever class. */
function pixelsOf(weights: Float32Array, [height, width]: readonly [number, number]): TargetPixels {
  const pixels = new Set<number>();
  for (const [i, weight] of weights.entries()) if (weight !== 0) pixels.add(i % (height * width));
  let [top, left, bottom, right] = [height, width, 0, 0];
  for (const pixel of pixels) {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    [top, left, bottom, right] = [Math.min(top, y), Math.min(left, x), Math.max(bottom, y + 1), Math.max(right, x + 1)];
  }
  return { count: pixels.size, box: [top, left, bottom, right] };
}

/** The sum of the start of a gradient: 1 for one class. */
function sumOf(weights: Float32Array | undefined): number {
  return weights === undefined ? 1 : weights.reduce((sum, weight) => sum + weight, 0);
}
