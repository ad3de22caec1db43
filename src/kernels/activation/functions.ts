import type { ActivationAttributes } from './attributes.ts';

/** √(2/π), of GELU's approximation by tanh. */
const GELU_SCALE = Math.sqrt(2 / Math.PI);
/** The factor of x³ there (Hendrycks & Gimpel 2016). */
const GELU_CUBE = 0.044715;

/** f(x). */
export function activate(attributes: ActivationAttributes, x: number): number {
  switch (attributes.kind) {
    case 'relu':
      return Math.max(x, 0);
    case 'leaky-relu':
      return x >= 0 ? x : attributes.alpha * x;
    case 'clip':
      return Math.min(Math.max(x, attributes.min), attributes.max);
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'elu': {
      const { alpha, scale, width } = attributes;
      return scale * (x >= 0 ? x : alpha * Math.expm1(x / width));
    }
    case 'hard-sigmoid':
      return hardSigmoid(x, attributes.alpha, attributes.beta);
    case 'hard-swish':
      return x * hardSigmoid(x, 1 / 6, 1 / 2);
    case 'tanh':
      return Math.tanh(x);
    case 'softplus':
      return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    case 'softsign':
      return x / (1 + Math.abs(x));
    case 'gelu':
      return x * normal(x);
    case 'gelu-tanh':
      return (x / 2) * (1 + Math.tanh(GELU_SCALE * (x + GELU_CUBE * x ** 3)));
    case 'erf':
      return erf(x);
    case 'exp':
      return Math.exp(x);
    case 'log':
      return Math.log(x);
    case 'sqrt':
      return Math.sqrt(x);
    case 'abs':
      return Math.abs(x);
    case 'reciprocal':
      return 1 / x;
    case 'power':
      return x ** attributes.exponent;
  }
}

/** f'(x). Where f has no derivative: 0, or the slope of leaky ReLU at 0. */
export function derivative(attributes: ActivationAttributes, x: number): number {
  switch (attributes.kind) {
    case 'relu':
      return x > 0 ? 1 : 0;
    case 'leaky-relu':
      return x > 0 ? 1 : attributes.alpha;
    case 'clip':
      return x > attributes.min && x < attributes.max ? 1 : 0;
    case 'sigmoid': {
      const power = Math.exp(-Math.abs(x));
      return power / (1 + power) ** 2;
    }
    case 'elu': {
      const { alpha, scale, width } = attributes;
      return scale * (x > 0 ? 1 : (alpha / width) * Math.exp(x / width));
    }
    case 'hard-sigmoid': {
      const inside = attributes.alpha * x + attributes.beta;
      return inside > 0 && inside < 1 ? attributes.alpha : 0;
    }
    case 'hard-swish':
      return x >= 3 ? 1 : x <= -3 ? 0 : x / 3 + 1 / 2;
    case 'tanh':
      return 1 - Math.tanh(x) ** 2;
    case 'softplus':
      return 1 / (1 + Math.exp(-x));
    case 'softsign':
      return 1 / (1 + Math.abs(x)) ** 2;
    case 'gelu':
      return normal(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
    case 'gelu-tanh': {
      const t = Math.tanh(GELU_SCALE * (x + GELU_CUBE * x ** 3));
      return (1 + t) / 2 + (x / 2) * (1 - t * t) * GELU_SCALE * (1 + 3 * GELU_CUBE * x * x);
    }
    case 'erf':
      return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
    case 'exp':
      return Math.exp(x);
    case 'log':
      return 1 / x;
    case 'sqrt':
      return x > 0 ? 0.5 / Math.sqrt(x) : 0;
    case 'abs':
      return Math.sign(x);
    case 'reciprocal':
      return -1 / (x * x);
    case 'power':
      return attributes.exponent * x ** (attributes.exponent - 1);
  }
}

function hardSigmoid(x: number, alpha: number, beta: number): number {
  return Math.min(Math.max(alpha * x + beta, 0), 1);
}

/** Φ(x), the normal distribution. */
function normal(x: number): number {
  return (1 + erf(x / Math.SQRT2)) / 2;
}

/** The error function: 2/√π·exp(−x²)·Σ 2ⁿ x²ⁿ⁺¹/(2n+1)!!, whose terms all have one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
