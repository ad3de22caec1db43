import { elementCount, type Shape } from '../tensor/tensor.ts';
import type { AttributeDraft, ModelDraft, NodeDraft, StreamedTensor } from './write.ts';

/** Networks that {@link syntheticModel} builds. */
export const SYNTHETIC_MODELS = ['alexnet', 'vgg16', 'bvlc-alexnet'] as const;

export type SyntheticModelName = (typeof SYNTHETIC_MODELS)[number];

/**
 * A full-size network with weights that are the same bits everywhere, for tests and measurements without a download:
 * torchvision's AlexNet and VGG-16 as PyTorch exports them, or Caffe's AlexNet (LRN, groups, Softmax).
 * Weights are made while they are written.
 */
export function syntheticModel(name: SyntheticModelName): ModelDraft {
  switch (name) {
    case 'alexnet':
      return alexnet();
    case 'vgg16':
      return vgg16();
    case 'bvlc-alexnet':
      return bvlcAlexnet();
  }
}

/**
 * The synthetic parameter `name` of this shape, rounded once from float64: He-uniform for weights (bound √(6/fan-in),
 * fan-in = the product of all extents but the first; He et al. 2015), uniform in ±0.05 for vectors.
 */
export function syntheticParameter(name: string, shape: Shape): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(elementCount(shape));
  fill(numbers, name, 0, parameterBound(shape));
  return numbers;
}

/** A synthetic preprocessed image, e.g. `alexnet.input` of [1,3,224,224]: uniform in ±2. */
export function syntheticInput(name: string, shape: Shape): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(elementCount(shape));
  fill(numbers, name, 0, 2);
  return numbers;
}

function parameterBound(shape: Shape): number {
  return shape.length === 1 ? 0.05 : Math.sqrt(6 / elementCount(shape.slice(1)));
}

/** Elements `start`, `start + 1`, ... of the sequence `name`, uniform in ±bound: a hash of name and index. */
function fill(target: Float32Array, name: string, start: number, bound: number): void {
  const seed = fnv1a(name);
  for (let i = 0; i < target.length; i++) {
    // lowbias32, an integer hash without visible bias (Chris Wellons, "Prospecting for hash functions").
    let x = Math.imul(start + i, 0x9e3779b1) ^ seed;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    x ^= x >>> 16;
    target[i] = ((2 * (x >>> 8)) / 2 ** 24 - 1) * bound;
  }
}

/** 32-bit FNV-1a of the UTF-8 bytes. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function parameter(name: string, shape: Shape): StreamedTensor {
  return { name, shape, type: 'float32', chunks: () => parameterChunks(name, shape) };
}

const CHUNK_ELEMENTS = 2 ** 18;

function* parameterChunks(name: string, shape: Shape): Generator<Uint8Array> {
  const count = elementCount(shape);
  const buffer = new Float32Array(Math.min(CHUNK_ELEMENTS, count));
  for (let start = 0; start < count; start += buffer.length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, count - start));
    fill(chunk, name, start, parameterBound(shape));
    yield new Uint8Array(chunk.buffer, 0, chunk.byteLength);
  }
}

/** A chain of layers under construction: each node reads the output of the one before. */
class Chain {
  readonly nodes: NodeDraft[] = [];
  readonly parameters: StreamedTensor[] = [];
  value: string;

  constructor(input: string) {
    this.value = input;
  }

  add(
    op: string,
    name: string,
    output: string,
    attributes: Record<string, AttributeDraft> = {},
    parameters: readonly StreamedTensor[] = [],
    moreOutputs: readonly string[] = [],
  ): void {
    const inputs = [this.value, ...parameters.map((tensor) => tensor.name)];
    this.nodes.push({ op, name, inputs, outputs: [output, ...moreOutputs], attributes });
    this.parameters.push(...parameters);
    this.value = output;
  }
}

function square(size: number): { readonly ints: readonly number[] } {
  return { ints: [size, size] };
}

function padding(pad: number): { readonly ints: readonly number[] } {
  return { ints: [pad, pad, pad, pad] };
}

/** A layer of a torchvision `Sequential`; its place there is part of its name. */
type Layer =
  | {
      readonly kind: 'conv';
      readonly out: number;
      readonly kernel: number;
      readonly stride: number;
      readonly pad: number;
    }
  | { readonly kind: 'pool'; readonly kernel: number }
  | { readonly kind: 'linear'; readonly out: number }
  | { readonly kind: 'relu' | 'dropout' };

const relu: Layer = { kind: 'relu' };
const dropout: Layer = { kind: 'dropout' };

/** One weird trick for parallelizing convolutional neural networks (Krizhevsky 2014), as torchvision has it. */
function alexnet(): ModelDraft {
  const conv = (out: number, kernel: number, stride: number, pad: number): Layer => ({
    kind: 'conv',
    out,
    kernel,
    stride,
    pad,
  });
  const pool: Layer = { kind: 'pool', kernel: 3 };
  return torchvision(
    'alexnet',
    [
      ...[conv(64, 11, 4, 2), relu, pool],
      ...[conv(192, 5, 1, 2), relu, pool],
      ...[conv(384, 3, 1, 1), relu, conv(256, 3, 1, 1), relu, conv(256, 3, 1, 1), relu, pool],
    ],
    256 * 6 * 6,
    [dropout, linear(4096), relu, dropout, linear(4096), relu, linear(1000)],
  );
}

/** Configuration D of Simonyan & Zisserman 2015, as torchvision has it. */
function vgg16(): ModelDraft {
  const block = (out: number, convolutions: number): Layer[] => [
    ...Array.from({ length: convolutions }, (): Layer[] => [
      { kind: 'conv', out, kernel: 3, stride: 1, pad: 1 },
      relu,
    ]).flat(),
    { kind: 'pool', kernel: 2 },
  ];
  return torchvision(
    'vgg16',
    [...block(64, 2), ...block(128, 2), ...block(256, 3), ...block(512, 3), ...block(512, 3)],
    512 * 7 * 7,
    [linear(4096), relu, dropout, linear(4096), relu, dropout, linear(1000)],
  );
}

function linear(out: number): Layer {
  return { kind: 'linear', out };
}

/** Convolutions, an average pool that does nothing at 224×224, and a classifier, named as torch.onnx.export names them. */
function torchvision(name: string, features: readonly Layer[], flat: number, classifier: readonly Layer[]): ModelDraft {
  const chain = new Chain('input');
  addSequential(chain, 'features', features, 3);
  chain.add('AveragePool', '/avgpool/AveragePool', '/avgpool/AveragePool_output_0', {
    kernel_shape: square(1),
    strides: square(1),
  });
  chain.add('Flatten', '/Flatten', '/Flatten_output_0', { axis: { int: 1 } });
  addSequential(chain, 'classifier', classifier, flat, 'logits');
  return {
    name,
    inputs: [{ name: 'input', shape: ['batch', 3, 224, 224] }],
    outputs: [{ name: 'logits', shape: ['batch', 1000] }],
    nodes: chain.nodes,
    initializers: chain.parameters,
  };
}

function addSequential(chain: Chain, scope: string, layers: readonly Layer[], inputs: number, last?: string): void {
  let channels = inputs;
  layers.forEach((layer, index) => {
    const path = `${scope}.${index}`;
    const add = (op: string, attributes: Record<string, AttributeDraft>, shape?: Shape) => {
      const node = `/${scope}/${path}/${op}`;
      const output = index === layers.length - 1 ? (last ?? `${node}_output_0`) : `${node}_output_0`;
      const parameters = shape ? [parameter(`${path}.weight`, shape), parameter(`${path}.bias`, [shape[0]!])] : [];
      chain.add(op, node, output, attributes, parameters);
    };
    switch (layer.kind) {
      case 'conv': {
        const { out, kernel, stride, pad } = layer;
        const attributes = {
          dilations: square(1),
          group: { int: 1 },
          kernel_shape: square(kernel),
          pads: padding(pad),
          strides: square(stride),
        };
        add('Conv', attributes, [out, channels, kernel, kernel]);
        channels = out;
        break;
      }
      case 'pool': {
        const kernel = square(layer.kernel);
        add('MaxPool', { ceil_mode: { int: 0 }, kernel_shape: kernel, pads: padding(0), strides: square(2) });
        break;
      }
      case 'linear':
        add('Gemm', { alpha: { float: 1 }, beta: { float: 1 }, transB: { int: 1 } }, [layer.out, channels]);
        channels = layer.out;
        break;
      case 'relu':
        add('Relu', {});
        break;
      case 'dropout': // The exporter leaves it out.
        break;
    }
  });
}

/** Caffe's AlexNet (Krizhevsky, Sutskever & Hinton 2012; norm before pool as Caffe's bvlc_alexnet), ending in Softmax. */
function bvlcAlexnet(): ModelDraft {
  const chain = new Chain('data_0');
  const conv = (layer: string, shape: Shape, stride: number, pad: number, group: number) => {
    chain.add(
      'Conv',
      layer,
      `${layer}_1`,
      { kernel_shape: square(shape[2]!), strides: square(stride), pads: padding(pad), group: { int: group } },
      [parameter(`${layer}_w_0`, shape), parameter(`${layer}_b_0`, [shape[0]!])],
    );
    chain.add('Relu', layer.replace('conv', 'relu'), `${layer}_2`);
  };
  const norm = (layer: string) => {
    const attributes = { size: { int: 5 }, alpha: { float: 1e-4 }, beta: { float: 0.75 }, bias: { float: 1 } };
    chain.add('LRN', layer, `${layer}_1`, attributes);
  };
  const pool = (layer: string, pads: readonly number[]) => {
    chain.add('MaxPool', layer, `${layer}_1`, { kernel_shape: square(3), strides: square(2), pads: { ints: pads } });
  };
  const dense = (layer: string, shape: Shape) => {
    chain.add('Gemm', layer, `${layer}_1`, { transB: { int: 1 } }, [
      parameter(`${layer}_w_0`, shape),
      parameter(`${layer}_b_0`, [shape[0]!]),
    ]);
  };
  const hidden = (number: number, shape: Shape) => {
    dense(`fc${number}`, shape);
    chain.add('Relu', `relu${number}`, `fc${number}_2`);
    chain.add('Dropout', `drop${number}`, `fc${number}_3`, { ratio: { float: 0.5 } }, [], [`drop${number}_mask`]);
  };
  conv('conv1', [96, 3, 11, 11], 4, 0, 1);
  norm('norm1');
  pool('pool1', [0, 0, 0, 0]);
  conv('conv2', [256, 48, 5, 5], 1, 2, 2);
  norm('norm2');
  pool('pool2', [0, 0, 0, 0]);
  conv('conv3', [384, 256, 3, 3], 1, 1, 1);
  conv('conv4', [384, 192, 3, 3], 1, 1, 2);
  conv('conv5', [256, 192, 3, 3], 1, 1, 2);
  pool('pool5', [0, 0, 1, 1]);
  chain.add('Flatten', 'flatten', 'pool5_2', { axis: { int: 1 } });
  hidden(6, [4096, 9216]);
  hidden(7, [4096, 4096]);
  dense('fc8', [1000, 4096]);
  chain.add('Softmax', 'prob', 'prob_1', { axis: { int: 1 } });
  return {
    name: 'bvlc-alexnet',
    inputs: [{ name: 'data_0', shape: [1, 3, 224, 224] }],
    outputs: [{ name: 'prob_1', shape: [1, 1000] }],
    nodes: chain.nodes,
    initializers: chain.parameters,
    operatorSet: 9,
  };
}
