import { toFloat64 } from '../../tensor/source.ts';
import { elementCount, formatShape, type Shape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { broadcastShape, float64Constant, renamed, splat } from '../constants.ts';

/** Gemm: y = alpha·A·B + beta·C, A and B perhaps transposed. With constant B a Dense, else products and sums. */
export function lowerGemm(call: Call): void {
  const a = call.shapeOfRank(0, 2, 'a matrix');
  const b = call.shapeOfRank(1, 2, 'a matrix');
  const transA = call.int('transA', 0) !== 0;
  const transB = call.int('transB', 0) !== 0;
  const [rows, inner] = transA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [innerB, columns] = transB ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (inner !== innerB) refuseProduct(call, a, b);
  const shape = [rows, columns];
  const left = transA ? emitTranspose(call, call.input(0), [rows, inner], 'A') : call.input(0);
  const alpha = call.float('alpha', 1);
  if (call.isConstant(1)) {
    const weights = alpha === 1 ? call.input(1) : scaledConstant(call, 1, alpha, 'weight');
    const bias = denseBias(call, columns);
    emitSummand(call, shape, bias === undefined, (output) =>
      emitDense(call, left, weights, transB ? 'oi' : 'io', shape, output, bias),
    );
    return;
  }
  const right = transB ? emitTranspose(call, call.input(1), [inner, columns], 'B') : call.input(1);
  emitSummand(call, shape, true, (output) => {
    if (alpha === 1) {
      call.builder.add(call.name, { op: 'MatMul', inputs: [left, right], outputs: [output] }, [shape]);
      return;
    }
    const product = call.emitPart('product', shape, (part) => ({
      op: 'MatMul',
      inputs: [left, right],
      outputs: [part],
    }));
    const factor = scalar(call, 'alpha', alpha);
    call.builder.add(call.name, { op: 'Mul', inputs: [product, factor], outputs: [output] }, [shape]);
  });
}

/** Emits the product of a Gemm, and the sum with C where C did not become a Dense's bias (`separate`). */
function emitSummand(call: Call, shape: Shape, separate: boolean, product: (output: string) => void): void {
  const beta = call.float('beta', 1);
  if (!separate || !call.hasInput(2) || beta === 0) {
    product(call.output());
    return;
  }
  const summand = call.shape(2);
  const sum = broadcastShape([shape, summand]);
  if (sum === undefined || formatShape(sum) !== formatShape(shape)) {
    call.fail(
      `C is ${formatShape(summand)}, which does not fit the product ${formatShape(shape)}; check the size of the input`,
      'shape-mismatch',
    );
  }
  let c = call.input(2);
  if (beta !== 1) {
    c = call.isConstant(2)
      ? scaledConstant(call, 2, beta, 'C')
      : call.emitPart('C', summand, (part) => ({
          op: 'Mul',
          inputs: [call.input(2), scalar(call, 'beta', beta)],
          outputs: [part],
        }));
  }
  const part = call.builder.freshValue(`${call.output()}/product`);
  product(part);
  call.builder.add(`${call.name}/sum`, { op: 'Add', inputs: [part, c], outputs: [call.output()] }, [shape]);
}

/** Gemm's C as a Dense's bias [columns], where it is constant and the same for all rows. */
function denseBias(call: Call, columns: number): string | undefined {
  const beta = call.float('beta', 1);
  if (!call.hasInput(2) || !call.isConstant(2) || beta === 0) return undefined;
  const source = call.constant(2, 'C');
  const perColumn = elementCount(source.shape) === columns && (source.shape.at(-1) ?? 1) === columns;
  if (!perColumn && elementCount(source.shape) !== 1) return undefined;
  if (perColumn && source.shape.length === 1 && beta === 1) return call.input(2);
  return call.newConstant('bias', [columns], (name) => {
    const vector = perColumn ? renamed(source, name, [columns]) : splat(name, [columns], source);
    return beta === 1 ? vector : scaled(name, [columns], toFloat64(vector), beta);
  });
}

/** MatMul as numpy's: a Dense where the right side is a constant matrix. */
export function lowerMatMul(call: Call): void {
  const a = call.shape(0);
  const b = call.shape(1);
  if (a.length < 2 || b.length < 2) {
    call.fail(`products with vectors are not supported (${formatShape(a)} by ${formatShape(b)}); use matrices`);
  }
  const batch = broadcastShape([a.slice(0, -2), b.slice(0, -2)]);
  if (a.at(-1) !== b.at(-2) || batch === undefined) refuseProduct(call, a, b);
  const shape = [...batch, a.at(-2)!, b.at(-1)!];
  if (call.isConstant(1) && b.length === 2) emitDense(call, call.input(0), call.input(1), 'io', shape, call.output());
  else call.emit({ op: 'MatMul', inputs: [call.input(0), call.input(1)], outputs: [call.output()] }, shape);
}

/** A Dense; weights that are a constant's transpose are read in place instead of being copied. */
function emitDense(
  call: Call,
  x: string,
  weights: string,
  layout: 'oi' | 'io',
  shape: Shape,
  output: string,
  bias?: string,
): void {
  const origin = call.builder.transposeOf(weights);
  const flipped = layout === 'oi' ? 'io' : 'oi';
  call.builder.add(
    call.name,
    {
      op: 'Dense',
      inputs: bias === undefined ? [x, origin ?? weights] : [x, origin ?? weights, bias],
      outputs: [output],
      weights: origin === undefined ? layout : flipped,
    },
    [shape],
  );
}

function emitTranspose(call: Call, input: string, shape: Shape, part: string): string {
  return call.emitPart(part, shape, (output) => ({
    op: 'Transpose',
    inputs: [input],
    outputs: [output],
    permutation: [1, 0],
  }));
}

function scaledConstant(call: Call, index: number, factor: number, part: string): string {
  const source = call.constant(index, part);
  return call.newConstant(part, source.shape, (name) => scaled(name, source.shape, toFloat64(source), factor));
}

function scaled(name: string, shape: Shape, numbers: Float64Array, factor: number) {
  return float64Constant(
    name,
    shape,
    numbers.map((value) => value * factor),
  );
}

function scalar(call: Call, part: string, value: number): string {
  return call.newConstant(part, [], (name) => float64Constant(name, [], Float64Array.of(value)));
}

function refuseProduct(call: Call, a: Shape, b: Shape): never {
  call.fail(
    `a product of ${formatShape(a)} and ${formatShape(b)} is not defined; check the size of the input`,
    'shape-mismatch',
  );
}
