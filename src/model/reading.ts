import type { Graph } from '../graph/graph.ts';
import { type Logits, logitsOf } from '../graph/logits.ts';
import { type ParseOptions, parseModel } from '../onnx/index.ts';
import type { Shape } from '../tensor/tensor.ts';

/** What of a model's options says how its file is read. */
export interface ReadingOptions {
  readonly readExternal?: ParseOptions['readExternal'] | undefined;
  /** The output to explain, by name; default: of several the one that looks like class scores. */
  readonly output?: string | undefined;
  /** The input's shape with its axes in the file's order, where the file leaves it open. */
  readonly inputShape?: Shape | undefined;
  /** Bytes that constants computed from others may take beyond twice the weights. Default 64 MiB. */
  readonly foldedBytes?: ParseOptions['foldedBytes'];
  /** Ends the opening within 100 ms; what is open does not hear it. */
  readonly signal?: AbortSignal | undefined;
}

export type Plane = readonly [height: number, width: number];

/** The height and width with which a network is opened that leaves them open, until its first input comes. */
export const OPEN_PLANE: Plane = [224, 224];

/** Height and width of the network's image input, where the file leaves them open. */
export function planeOf({ inputs, openPlane }: Graph): Plane | undefined {
  return openPlane ? [inputs[0]!.shape[2]!, inputs[0]!.shape[3]!] : undefined;
}

export function graphKey(batch: number, plane: Plane | undefined): string {
  return plane === undefined ? `${batch}` : `${batch} of ${plane.join('×')}`;
}

/** How a model's file is read for explanations; without a batch, with its own. */
export function parseOptions(
  { readExternal, output, inputShape, foldedBytes }: ReadingOptions,
  batch: number | undefined,
  plane: Plane | undefined,
): ParseOptions {
  return {
    forExplaining: true,
    output,
    inputShape,
    foldedBytes,
    plane,
    ...(batch === undefined ? {} : { batch }),
    ...(readExternal ? { readExternal } : {}),
  };
}

/** A network as it would be explained, without a device. */
export async function readForExplaining(
  bytes: Uint8Array,
  options: ReadingOptions,
): Promise<{ readonly graph: Graph; readonly logits: Logits }> {
  const graph = await parseModel(bytes, { ...parseOptions(options, undefined, OPEN_PLANE), signal: options.signal });
  return { graph, logits: logitsOf(graph) };
}
