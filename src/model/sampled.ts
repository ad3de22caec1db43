import { SalientError } from '../error.ts';
import type { Baseline, MethodOptions } from '../explain/methods.ts';
import { blurred, Mean, noisy, occluded, onPath, plain, windowPlaces } from '../explain/samples.ts';
import { saliencyProgram } from '../saliency/add-saliency.ts';
import type { ResolvedSaliencyOptions } from '../saliency/options.ts';
import { formatShape, sameShape, sampleOf, type Tensor } from '../tensor/tensor.ts';
import type { ExplainOptions } from './explain-options.ts';
import type { Runner } from './runner.ts';

/** What a sampled method asks of the model. */
export interface Runs {
  /** Maps of inputs [C,H,W], like them, from the same start. */
  maps(inputs: readonly Tensor[]): Promise<readonly Tensor[]>;
  /** The target's score for each input: the sum of its logits by their weights. */
  scores(inputs: readonly Tensor[]): Promise<readonly number[]>;
  /** Inputs in one run. */
  readonly batch: number;
  /** What black becomes, per channel. */
  readonly black: readonly number[];
}

/** A map made of several runs, and what is to be said of it. */
export interface Sampled {
  readonly map: Tensor;
  /**
   * Integrated gradients: |Σ map − (score(x) − score(baseline))| over |score(x) − score(baseline)|, which is 0 for
   * infinitely many steps; absent where the scores are equal.
   */
  readonly completenessError?: number;
}

/** The SR map [H,W] of a map [C,H,W]. */
export async function salientOf(
  runner: Runner,
  map: Tensor,
  saliency: ResolvedSaliencyOptions,
  options: ExplainOptions,
): Promise<Tensor> {
  const shape = [1, ...map.shape];
  const make = async () => ({ program: saliencyProgram(shape, saliency) });
  const key = `saliency ${formatShape(shape)} ${JSON.stringify(saliency)}`;
  return runner.use(key, make, options, async ({ executable }) => {
    const { outputs } = await executable.run(new Map([['map', map.data]]), { signal: options.signal });
    return sampleOf(outputs.get('salient')!, 0);
  });
}

/** The map of one input by a method that takes several runs. */
export async function sampledMap(x: Tensor, method: MethodOptions, runs: Runs): Promise<Sampled> {
  switch (method.name) {
    case 'smoothgrad': {
      const { samples = 25, sigma = 0.15, seed = 1 } = method;
      return { map: (await meanMap(noisy(x, samples, sigma, seed), x, runs)).result() };
    }
    case 'integrated-gradients':
      return integrated(x, method.steps ?? 32, baselineOf(x, method.baseline, runs), runs);
    case 'occlusion':
      return { map: await occlusion(x, method, baselineOf(x, method.baseline, runs), runs) };
    default:
      throw new RangeError(`${method.name} takes one run`);
  }
}

async function meanMap(inputs: Iterable<Tensor>, x: Tensor, runs: Runs): Promise<Mean> {
  const mean = new Mean(x);
  for (const part of inBatches(inputs, runs.batch)) for (const map of await runs.maps(part)) mean.add(map);
  return mean;
}

async function integrated(x: Tensor, steps: number, baseline: Tensor, runs: Runs): Promise<Sampled> {
  const mean = await meanMap(onPath(x, baseline, steps), x, runs);
  const map = mean.result((i) => x.data[i]! - baseline.data[i]!);
  const [from, to] = (await runs.scores([baseline, x])) as [number, number];
  let sum = 0;
  for (const value of map.data) sum += value;
  // Equal scores have no difference to compare with.
  return to === from ? { map } : { map, completenessError: Math.abs(sum - (to - from)) / Math.abs(to - from) };
}

/** The mean fall of the score over the windows that cover a pixel, an equal share in each channel. */
async function occlusion(
  x: Tensor,
  options: Extract<MethodOptions, { name: 'occlusion' }>,
  baseline: Tensor,
  runs: Runs,
): Promise<Tensor> {
  const [channels, height, width] = x.shape as [number, number, number];
  const { window = Math.max(1, Math.round(Math.min(height, width) / 8)) } = options;
  const { stride = Math.max(1, Math.round(window / 2)) } = options;
  if (stride > window)
    throw new SalientError('bad-argument', `stride ${stride} leaves gaps between windows of ${window}`);
  const places = windowPlaces(height, width, window, stride);
  const [whole] = (await runs.scores([x])) as [number];
  const falls = new Float64Array(height * width);
  const counts = new Float64Array(height * width);
  for (const part of inBatches(places, runs.batch)) {
    const scores = await runs.scores(part.map((place) => occluded(x, baseline, place, window)));
    for (const [index, place] of part.entries()) {
      for (let row = place.y; row < Math.min(height, place.y + window); row++) {
        for (let column = place.x; column < Math.min(width, place.x + window); column++) {
          falls[row * width + column]! += whole - scores[index]!;
          counts[row * width + column]!++;
        }
      }
    }
  }
  const share = (pixel: number) => falls[pixel]! / counts[pixel]! / channels;
  return { shape: x.shape, data: Float32Array.from(x.data, (_, i) => share(i % (height * width))) };
}

function baselineOf(x: Tensor, baseline: Baseline = 'black', { black }: Runs): Tensor {
  if (baseline === 'black') return plain(x, black);
  if (baseline === 'blur') return blurred(x);
  if (typeof baseline === 'object' && sameShape(baseline.shape, x.shape)) return baseline;
  const found = typeof baseline === 'object' ? `[${formatShape(baseline.shape)}]` : `"${String(baseline)}"`;
  throw new SalientError(
    'bad-argument',
    `the baseline is ${found}; expected black, blur or a tensor [${formatShape(x.shape)}]`,
  );
}

function* inBatches<T>(items: Iterable<T>, batch: number): Generator<T[]> {
  let part: T[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length < batch) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
