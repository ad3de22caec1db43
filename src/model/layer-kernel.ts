import { SalientError } from '../error.ts';
import type { Graph, Window } from '../graph/graph.ts';
import { toFloat32 } from '../tensor/source.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What computes one output channel of a convolution. */
export interface LayerKernel {
  /** [Ci/groups, kh, kw]. */
  readonly weights: Tensor;
  readonly bias: number;
  readonly window: Window;
  /** The first input channel that it reads. */
  readonly firstChannel: number;
  /** The value that it reads, a name for `record`. */
  readonly input: string;
}

/**
 * The kernel of a convolution's output channel, as the explanation uses it (a BatchNormalization merged in).
 * @throws SalientError 'bad-argument' where there is no such convolution, or channel
 *
 * @example
 * ```ts
 * const { weights, bias } = layerKernel(await model.graph(), layer, 0);
 * ```
 */
export function layerKernel(graph: Graph, layer: string, channel: number): LayerKernel {
  const node = graph.nodes.find(({ name }) => name === layer);
  const [input, weight, bias] = node?.inputs ?? [];
  const source = graph.constants.get(weight ?? '');
  if (node?.op !== 'Conv' || source === undefined) {
    throw new SalientError(
      'bad-argument',
      `"${layer}" is no convolution with constant weights; its kernels cannot be shown`,
    );
  }
  const [channels, ...shape] = source.shape as [number, number, number, number];
  if (!Number.isInteger(channel) || channel < 0 || channel >= channels) {
    throw new SalientError('bad-argument', `"${layer}" has channels 0 to ${channels - 1}; found ${channel}`);
  }
  const bytes = source.bytes.byteLength / channels;
  const own = { ...source, shape, bytes: source.bytes.subarray(channel * bytes, (channel + 1) * bytes) };
  return {
    weights: { shape, data: Float32Array.from(toFloat32(own)) },
    bias: bias === undefined ? 0 : toFloat32(graph.constants.get(bias)!)[channel]!,
    window: node.window,
    firstChannel: Math.floor(channel / (channels / node.groups)) * shape[0]!,
    input: input!,
  };
}
