import type { SyntheticModelName } from '../src/onnx/synthetic.ts';
import type { ContestantName } from './contestants.ts';

/** Networks of torchvision whose files models/zoo/export.py writes: small ones, and those of many small layers. */
const ZOO = {
  mobilenet_v2: 'MobileNetV2',
  squeezenet1_1: 'SqueezeNet 1.1',
  shufflenet_v2_x1_0: 'ShuffleNetV2',
  densenet121: 'DenseNet-121',
  resnet50: 'ResNet-50',
} as const;

export type ZooName = keyof typeof ZOO;

/** One row of the table: a task that this project and its peers do in turns. */
export interface Comparison {
  /** For `--only`. */
  readonly key: string;
  readonly title: string;
  /** None for `saliency`. */
  readonly network?: SyntheticModelName | ZooName;
  readonly batch: number;
  /**
   * `forward`, `gradient`, `integrated-gradients` (32 steps), a composite's name, `ten targets COMPOSITE`,
   * `pixel-flipping` (EpsilonPlus, 16 steps of patches of 16×16, most relevant first), or `saliency`.
   */
  readonly program: string;
  /** What is timed: a run, or reading the file until everything is ready to run, in a fresh process. Default `run`. */
  readonly timed?: 'run' | 'open';
  readonly ours: ContestantName;
  readonly peers: readonly ContestantName[];
  /** Also time our own forward pass, of which ours should be at most so many times. */
  readonly timesForward?: number;
  /** How many times as fast as the first peer we want to be, and the milliseconds that we want to stay below. */
  readonly goal?: { readonly times?: number; readonly milliseconds?: number };
}

const LRP = { batch: 1, ours: 'salient wasm', peers: ['PyTorch'] } as const;

const FORWARD = {
  batch: 1,
  program: 'forward',
  ours: 'salient wasm',
  peers: ['onnxruntime-web wasm', 'onnxruntime-node cpu', 'XNNPACK (tfjs wasm)'],
} as const;

/** Our own program in other engines. */
const ENGINES = {
  batch: 1,
  ours: 'salient wasm',
  peers: ['salient wasm, Node 24', 'salient wasm, Node 24 revectorizing', 'salient wasm, Deno'],
} as const;

export const COMPARISONS: readonly Comparison[] = [
  {
    ...FORWARD,
    key: 'alexnet-forward',
    title: 'AlexNet forward',
    network: 'alexnet',
    goal: { times: 1.5 },
  },
  {
    ...FORWARD,
    key: 'alexnet-forward-jax',
    title: 'AlexNet forward',
    network: 'alexnet',
    // Alone: its runs of seconds would leave the others cold.
    peers: ['jax-js wasm'],
  },
  {
    ...FORWARD,
    key: 'vgg16-forward',
    title: 'VGG-16 forward',
    network: 'vgg16',
    goal: { times: 2, milliseconds: 380 },
  },
  {
    ...LRP,
    key: 'vgg16-epsilon-plus',
    title: 'VGG-16 EpsilonPlus',
    network: 'vgg16',
    program: 'epsilon-plus',
    timesForward: 3.2,
    goal: { times: 1.5, milliseconds: 900 },
  },
  {
    ...LRP,
    key: 'vgg16-epsilon-plus-8',
    title: 'VGG-16 EpsilonPlus, batch 8',
    network: 'vgg16',
    batch: 8,
    program: 'epsilon-plus',
    goal: { times: 2 },
  },
  {
    ...LRP,
    key: 'vgg16-epsilon-alpha2-beta1',
    title: 'VGG-16 EpsilonAlpha2Beta1',
    network: 'vgg16',
    program: 'epsilon-alpha2-beta1',
    goal: { times: 1.5 },
  },
  {
    ...LRP,
    key: 'alexnet-epsilon-plus',
    title: 'AlexNet EpsilonPlus',
    network: 'alexnet',
    program: 'epsilon-plus',
    timesForward: 3.2,
    goal: { times: 1.5 },
  },
  {
    ...LRP,
    key: 'vgg16-ten-targets',
    title: 'VGG-16 EpsilonPlus, ten targets of one image',
    network: 'vgg16',
    program: 'ten targets epsilon-plus',
    goal: { times: 1.5 },
  },
  {
    ...LRP,
    key: 'vgg16-gradient',
    title: 'VGG-16 gradient',
    network: 'vgg16',
    program: 'gradient',
    goal: { times: 1.5 },
  },
  {
    ...LRP,
    key: 'vgg16-integrated-gradients',
    title: 'VGG-16 integrated gradients, 32 steps',
    network: 'vgg16',
    program: 'integrated-gradients',
    goal: { times: 1.5 },
  },
  ...(['alexnet', 'vgg16'] as const).map(
    (network): Comparison => ({
      ...LRP,
      key: `${network}-pixel-flipping`,
      title: `${network === 'alexnet' ? 'AlexNet' : 'VGG-16'} pixel flipping of an image, EpsilonPlus and 17 forward passes`,
      network,
      program: 'pixel-flipping',
      goal: { times: 5 },
    }),
  ),
  {
    key: 'vgg16-open',
    title: 'open the 528 MB file of VGG-16 and be ready to run',
    network: 'vgg16',
    batch: 1,
    program: 'forward',
    timed: 'open',
    ours: 'salient wasm',
    peers: ['onnxruntime-web wasm', 'onnxruntime-node cpu'],
    goal: { milliseconds: 2000 },
  },
  ...(['alexnet', 'vgg16'] as const).flatMap((network): Comparison[] => {
    const title = network === 'alexnet' ? 'AlexNet' : 'VGG-16';
    return [
      {
        ...ENGINES,
        key: `${network}-forward-engines`,
        title: `${title} forward, other engines`,
        network,
        program: 'forward',
      },
      {
        ...ENGINES,
        key: `${network}-epsilon-plus-engines`,
        title: `${title} EpsilonPlus, other engines`,
        network,
        program: 'epsilon-plus',
      },
    ];
  }),
  {
    key: 'saliency',
    title: 'SR map, 250×250, three planes',
    batch: 1,
    program: 'saliency',
    ours: 'salient wasm',
    peers: ['numpy'],
    goal: { milliseconds: 500 },
  },
  ...(['alexnet', 'vgg16'] as const).flatMap((network): Comparison[] => {
    const title = network === 'alexnet' ? 'AlexNet' : 'VGG-16';
    return [
      {
        key: `${network}-forward-webgpu`,
        title: `${title} forward, WebGPU`,
        network,
        batch: 1,
        program: 'forward',
        ours: 'salient webgpu',
        peers: ['onnxruntime-node webgpu'],
        goal: { times: 1 },
      },
      {
        key: `${network}-epsilon-plus-webgpu`,
        title: `${title} EpsilonPlus, WebGPU`,
        network,
        batch: 1,
        program: 'epsilon-plus',
        ours: 'salient webgpu',
        peers: [],
        timesForward: 3.2,
      },
    ];
  }),
];

/** The rows of a machine with a GPU. */
export const GPU_COMPARISONS: readonly Comparison[] = [
  ...[1, 8, 32, 64].flatMap((batch): Comparison[] => {
    const row = { network: 'vgg16', batch, ours: 'salient webgpu' } as const;
    return [
      {
        ...row,
        key: `vgg16-forward-${batch}`,
        title: `VGG-16 forward, batch ${batch}`,
        program: 'forward',
        peers: ['PyTorch', 'onnxruntime-node webgpu'],
      },
      {
        ...row,
        key: `vgg16-epsilon-plus-${batch}`,
        title: `VGG-16 EpsilonPlus, batch ${batch}`,
        program: 'epsilon-plus',
        peers: ['PyTorch'],
        timesForward: 3.2,
        goal: { times: 1.5 },
      },
    ];
  }),
  {
    key: 'saliency',
    title: 'SR map, 250×250, three planes',
    batch: 1,
    program: 'saliency',
    ours: 'salient webgpu',
    peers: [],
    goal: { milliseconds: 5 },
  },
];

/** The rows of networks that lie in a folder as files. */
export const ZOO_COMPARISONS: readonly Comparison[] = (Object.keys(ZOO) as ZooName[]).map((network) => ({
  ...FORWARD,
  key: `${network}-forward`,
  title: `${ZOO[network]} forward`,
  network,
  goal: { times: 1.5 },
}));

/** Whether a network's file is the user's to make. */
export const isOfZoo = (network: SyntheticModelName | ZooName): network is ZooName => network in ZOO;
