import type { PreprocessingName } from '../image/preprocess.ts';

/** A network that people have: where it is, and what its file must be. */
export interface KnownModel {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly preprocessing: PreprocessingName;
  readonly about: string;
}

/** Sizes and hashes are those of the ONNX model zoo's own records (docs/models.md). */
export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    name: 'alexnet',
    file: 'alexnet_Opset17.onnx',
    bytes: 244407335,
    sha256: 'd1fef6de9abfd04669ff0c450eaf02609f544c47623e6b80346180737863f5ee',
    preprocessing: 'imagenet',
    about: 'AlexNet, torchvision',
  },
  {
    name: 'vgg16',
    file: 'vgg16_Opset17.onnx',
    bytes: 553437938,
    sha256: '1ad7f863cda9f3ff233317bb9d183651a3206ab271cf1c20870c851dafdbb9ba',
    preprocessing: 'imagenet',
    about: 'VGG-16, torchvision',
  },
  {
    name: 'vgg16-bn',
    file: 'vgg16_bn_Opset17.onnx',
    bytes: 553437809,
    sha256: '87f8f9bcc4a95432987cdfc9113ba939c43cc71f0a12f41afcc9df4f39fc1f0b',
    preprocessing: 'imagenet',
    about: 'VGG-16 with BatchNorm, torchvision',
  },
  {
    name: 'bvlc-alexnet',
    file: 'bvlcalexnet-12.onnx',
    bytes: 243863787,
    sha256: '6b0da9510f27f234ee96a85dc3809dd210150fdefad87f6850f9788513216945',
    preprocessing: 'caffe',
    about: 'AlexNet as in Caffe: LRN, groups, Softmax',
  },
  {
    name: 'caffenet',
    file: 'caffenet-12.onnx',
    bytes: 243863798,
    sha256: 'ea563e5c47d1f58e1717cf1a2d8bf288b8adc07af0ad228b622096cd243aeecb',
    preprocessing: 'caffe',
    about: 'CaffeNet',
  },
  {
    name: 'vgg16-zoo',
    file: 'vgg16-7.onnx',
    bytes: 553437328,
    sha256: 'f20805a3ecccaa88647bbab4ad011ff2412a9838485ea844de0fcbce349820b9',
    preprocessing: 'imagenet',
    about: 'VGG-16, MXNet',
  },
  {
    name: 'vgg19-zoo',
    file: 'vgg19-7.onnx',
    bytes: 574677321,
    sha256: '692f9f927f1df1b89033787a77a73eac59fd9b3344f9ecdf0b13221e41c2046f',
    preprocessing: 'imagenet',
    about: 'VGG-19, MXNet',
  },
  {
    name: 'zfnet512',
    file: 'zfnet512-12.onnx',
    bytes: 349005501,
    sha256: 'c975ca6a24c0a2e1584c6f82667e0ac9c06084fc7769d267f71b4a154d1f1c72',
    preprocessing: 'caffe',
    about: 'ZFNet-512',
  },
  {
    name: 'squeezenet',
    file: 'squeezenet1.1-7.onnx',
    bytes: 4956208,
    sha256: '1eeff551a67ae8d565ca33b572fc4b66e3ef357b0eb2863bb9ff47a918cc4088',
    preprocessing: 'imagenet',
    about: 'SqueezeNet 1.1, MXNet',
  },
  {
    name: 'resnet50',
    file: 'resnet50-v1-12.onnx',
    bytes: 102576593,
    sha256: '3f03fdef724b22947eed826f1eef1dc5c34151bb4c37d634f1db89dfa2dd1526',
    preprocessing: 'imagenet',
    about: 'ResNet-50 v1, MXNet',
  },
];

/** The ONNX model zoo's home since its Git LFS closed in July 2025. */
export const MODEL_ZOO = 'https://huggingface.co/onnxmodelzoo/';

/**
 * Where a file of the zoo may be, below its home or a mirror: torchvision's exports lie in a repository that is named
 * after their folder in the old zoo, the others in one that is named after the file.
 */
export function zooAddresses(file: string, base = MODEL_ZOO): string[] {
  const stem = file.replace(/\.onnx$/, '');
  const repositories = /_Opset\d+$/.test(stem) ? [`${stem}_torch_hub`, stem] : [stem];
  return repositories.map((repository) => new URL(`${repository}/resolve/main/${file}`, base).href);
}

/** The known model that has these bytes, of this SHA-256 where it is known already. Files of other sizes are not hashed. */
export async function knownModel(bytes: Uint8Array, hash?: string): Promise<KnownModel | undefined> {
  const candidates = KNOWN_MODELS.filter((model) => model.bytes === bytes.length);
  if (hash !== undefined) return candidates.find((model) => model.sha256 === hash);
  // Pages that are not served securely have no crypto.subtle.
  if (candidates.length === 0 || globalThis.crypto?.subtle === undefined) return undefined;
  const sha256 = await sha256Of(bytes);
  return candidates.find((model) => model.sha256 === sha256);
}

/** SHA-256 in hexadecimal. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
