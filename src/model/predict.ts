import { forwardProgram } from '../forward/program.ts';
import type { Graph } from '../graph/graph.ts';
import { type Logits, logitsOf } from '../graph/logits.ts';
import { valueNamed } from '../graph/questions.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import type { RunOptions } from '../tensor/device.ts';
import { requireFinite } from '../tensor/finite.ts';
import type { Program } from '../tensor/program.ts';
import { sampleOf, type Tensor } from '../tensor/tensor.ts';
import { type ClassScore, rankClasses } from './classes.ts';

/** How images are predicted, without being explained. */
export interface PredictOptions extends RunOptions {
  /** How many classes are listed. Default 5. */
  readonly top?: number | undefined;
  /** Images in one run. Default all. */
  readonly batch?: number | undefined;
  /** Values or layers whose activation is returned. */
  readonly record?: readonly string[] | undefined;
}

/** Every name of {@link PredictOptions}. */
export const PREDICT_OPTION_NAMES: Readonly<Record<keyof PredictOptions, true>> = {
  top: true,
  batch: true,
  record: true,
  signal: true,
  onProgress: true,
  profile: true,
};

/** What a network answered, for one image. */
export interface Prediction {
  /** The most probable classes, best first. */
  readonly classes: readonly ClassScore[];
  /** [classes] of a classifier. */
  readonly logits: Tensor;
  /** Activations that were asked for with `record`, without the batch's axis. */
  readonly recorded: ReadonlyMap<string, Tensor>;
  /** The pixels that the network saw, where the input was a photograph. */
  readonly shown?: RgbImage;
}

/** A forward pass, and where in its outputs everything is. */
export interface PredictProgram {
  readonly program: Program;
  readonly logits: Logits;
  /** The value that each name in `record` means. */
  readonly recorded: ReadonlyMap<string, string>;
}

export function predictProgram(graph: Graph, record: readonly string[]): PredictProgram {
  const logits = logitsOf(graph);
  const recorded = new Map(record.map((name) => [name, valueNamed(graph, name)]));
  const values = new Set([logits.value, ...recorded.values()]);
  return { program: forwardProgram({ ...graph, outputs: [] }, [...values]), logits, recorded };
}

/** What there is to say of one sample, out of a run's outputs. */
export function readPrediction(
  { logits, recorded }: PredictProgram,
  outputs: ReadonlyMap<string, Tensor>,
  sample: number,
  top: number,
  labels: readonly string[],
): Prediction {
  const part = (name: string) => sampleOf(outputs.get(name)!, sample);
  const { data } = part(logits.value);
  const scores: Tensor = { shape: [data.length], data };
  requireFinite(scores, 'the logits');
  return {
    classes: rankClasses(scores, labels, logits.probability).slice(0, top),
    logits: scores,
    recorded: new Map([...recorded].map(([name, value]) => [name, part(value)])),
  };
}
