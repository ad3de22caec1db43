import type { ModelDraft, NodeDraft } from '../../src/onnx/write.ts';
import { floats, integers, modelDraft, node } from './onnx.ts';

/** A model made to hurt whoever opens it. */
export interface Attack {
  readonly name: string;
  /** How large it is, for the table in docs/security.md. */
  readonly size: string;
  readonly draft: () => ModelDraft;
  /** The code and message with which it is refused; absent where it must open. */
  readonly refused?: readonly [code: string, message: RegExp];
}

/** Nodes from `x` to `y`, one after the other. */
function chain(length: number, link: (index: number) => Pick<NodeDraft, 'op' | 'inputs' | 'name' | 'attributes'>) {
  return Array.from({ length }, (_, index): NodeDraft => {
    const { inputs, ...rest } = link(index);
    const from = index === 0 ? 'x' : `v${index}`;
    return { ...rest, inputs: [from, ...inputs], outputs: [index === length - 1 ? 'y' : `v${index + 1}`] };
  });
}

/** The same, of constants: from `from` to `to`. */
function constantChain(length: number, op: string, from: string, to: string, operand: string): NodeDraft[] {
  return Array.from({ length }, (_, index) => ({
    op,
    inputs: [index === 0 ? from : `${to}${index}`, operand],
    outputs: [index === length - 1 ? to : `${to}${index + 1}`],
  }));
}

const OVER_BUDGET = [
  'out-of-memory',
  /would be computed as .*too large for a file of this size; check the model/,
] as const;
const filled = (value: bigint) => ({
  tensor: { name: '', shape: [1], type: 'int64' as const, bytes: new Uint8Array(BigInt64Array.of(value).buffer) },
});

export const ATTACKS: readonly Attack[] = [
  {
    name: 'nodes of one name',
    size: '20,000 nodes',
    draft: () =>
      modelDraft(
        [1, 8],
        chain(20_000, () => ({ op: 'Relu', name: 'same', inputs: [] })),
      ),
  },
  {
    name: 'outputs behind Identities',
    size: '8,000 outputs',
    draft: () => {
      const nodes = Array.from({ length: 8000 }, (_, i): NodeDraft[] => [
        { op: 'Relu', inputs: ['x'], outputs: [`r${i}`] },
        { op: 'Identity', inputs: [`r${i}`], outputs: [`y${i}`] },
      ]).flat();
      const outputs = Array.from({ length: 8000 }, (_, i) => ({ name: `y${i}`, shape: [] }));
      return modelDraft([1, 8], nodes, [], { outputs });
    },
  },
  {
    name: 'factors behind a Gemm of 4 MB',
    size: '100 Muls',
    draft: () =>
      modelDraft(
        [1, 1024],
        [
          { op: 'MatMul', inputs: ['x', 'w'], outputs: ['g'] },
          ...chain(100, () => ({ op: 'Mul', inputs: ['c'] })).map((n) => ({
            ...n,
            inputs: n.inputs.map((input) => (input === 'x' ? 'g' : input)),
          })),
        ],
        [floats('w', [1024, 1024], new Array(2 ** 20).fill(1)), floats('c', [], [1.5])],
      ),
  },
  {
    name: 'products of a constant of 4 MB',
    size: '100 Muls',
    draft: () =>
      modelDraft(
        [1, 1024],
        [...constantChain(100, 'Mul', 'w', 'p', 'c'), { op: 'MatMul', inputs: ['x', 'p'], outputs: ['y'] }],
        [floats('w', [1024, 1024], new Array(2 ** 20).fill(1)), floats('c', [], [1.5])],
      ),
    refused: OVER_BUDGET,
  },
  {
    name: 'integer additions of shapes',
    size: '2^24 numbers, 229 bytes',
    draft: () =>
      modelDraft(
        [1, 8],
        [
          { op: 'ConstantOfShape', inputs: ['n'], outputs: ['a'], attributes: { value: filled(1n) } },
          ...constantChain(3, 'Add', 'a', 'b', 'a'),
          { op: 'Reshape', inputs: ['x', 'b'], outputs: ['y'] },
        ],
        [integers('n', [2 ** 24])],
      ),
    refused: OVER_BUDGET,
  },
  {
    name: 'ConstantOfShape, many',
    size: '40 of 32 MiB',
    draft: () =>
      modelDraft(
        [1, 2],
        [
          ...Array.from({ length: 40 }, (_, i) => ({ op: 'ConstantOfShape', inputs: ['n'], outputs: [`c${i}`] })),
          ...chain(40, (i) => ({ op: 'Add', inputs: [`c${i}`] })),
        ],
        [integers('n', [2 ** 22, 2])],
      ),
    refused: OVER_BUDGET,
  },
  {
    name: 'Gather of a constant of 1 MB',
    size: '1,024 times',
    draft: () =>
      modelDraft(
        [1, 8],
        [
          { op: 'Gather', inputs: ['w', 'i'], outputs: ['g'] },
          { op: 'Add', inputs: ['x', 'g'], outputs: ['y'] },
        ],
        [floats('w', [1, 2 ** 18], new Array(2 ** 18).fill(1)), integers('i', new Array(1024).fill(0))],
      ),
    refused: OVER_BUDGET,
  },
  {
    name: 'an outer sum of constants',
    size: '2 × 2^14 numbers',
    draft: () =>
      modelDraft(
        [1, 8],
        [
          { op: 'Add', inputs: ['a', 'b'], outputs: ['s'] },
          { op: 'Reshape', inputs: ['x', 's'], outputs: ['y'] },
        ],
        [integers('a', new Array(2 ** 14).fill(1), [2 ** 14, 1]), integers('b', new Array(2 ** 14).fill(1))],
      ),
    refused: OVER_BUDGET,
  },
  {
    name: 'a Sum of many constants',
    size: '200,000 inputs',
    draft: () =>
      modelDraft(
        [1, 8],
        [
          { op: 'Sum', inputs: new Array(200_000).fill('c'), outputs: ['s'] },
          { op: 'Add', inputs: ['x', 's'], outputs: ['y'] },
        ],
        [floats('c', [8])],
      ),
  },
  {
    name: 'a Sum of the input',
    size: '200,000 inputs',
    draft: () => modelDraft([1, 8], [{ op: 'Sum', inputs: new Array(200_000).fill('x'), outputs: ['y'] }]),
  },
  {
    name: 'a Split into very many parts',
    size: '200,000 outputs',
    draft: () =>
      modelDraft(
        [1, 200_000],
        [
          {
            op: 'Split',
            inputs: ['x'],
            outputs: Array.from({ length: 200_000 }, (_, i) => `y${i}`),
            attributes: { axis: { int: 1 } },
          },
        ],
        [],
        { outputs: [{ name: 'y7', shape: [] }] },
      ),
  },
  {
    name: 'Reshapes in a chain',
    size: '10,000 nodes',
    draft: () =>
      modelDraft(
        [1, 8],
        chain(10_000, () => ({ op: 'Reshape', inputs: ['s'] })),
        [integers('s', [1, 8])],
      ),
  },
  {
    name: 'Transposes of a constant in a chain',
    size: '10,000 nodes',
    draft: () =>
      modelDraft(
        [1, 2],
        [
          ...Array.from({ length: 10_000 }, (_, i) => ({
            op: 'Transpose',
            inputs: [`t${i}`],
            outputs: [`t${i + 1}`],
            attributes: { perm: { ints: [0, 2, 1] } },
          })),
          { op: 'Add', inputs: ['x', 't10000'], outputs: ['y'] },
        ],
        [floats('t0', [1, 1, 2])],
      ),
  },
  {
    name: 'NaN cast to an integer',
    size: '1 number',
    draft: () =>
      modelDraft(
        [1, 8],
        [node('Cast', { to: { int: 7 } }, ['n'], ['s']), { op: 'Reshape', inputs: ['x', 's'], outputs: ['y'] }],
        [floats('n', [2], [Number.NaN, 8])],
      ),
    refused: ['bad-model', /"s" would be NaN as int64/],
  },
  {
    name: 'a Pad by half a pixel',
    size: '1 number',
    draft: () => modelDraft([1, 8], [node('Pad', {}, ['x', 'p'])], [floats('p', [4], [0, 0.5, 0, 0.5])]),
    refused: ['bad-model', /pads hold 0\.5.*whole numbers/],
  },
  {
    name: 'a Slice from half a pixel on',
    size: '1 number',
    draft: () =>
      modelDraft([1, 8], [node('Slice', {}, ['x', 'a', 'b'])], [floats('a', [2], [0, 0.5]), floats('b', [2], [1, 8])]),
    refused: ['bad-model', /starts hold 0\.5.*whole numbers/],
  },
  {
    name: 'a Pad to a size that cannot be',
    size: '2^40 columns',
    draft: () => modelDraft([1, 8], [node('Pad', {}, ['x', 'p'])], [integers('p', [0, 0, 0, 2 ** 40])]),
  },
];
