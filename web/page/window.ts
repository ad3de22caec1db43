import type { Explanation, LayerKernel } from '../../src/browser/index.ts';
import { make } from './dom.ts';

/** Products that are listed. */
const MOST = 6;

/** A place in a layer's output. */
export interface Place {
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

/** The numbers of one window: every input under the kernel times its weight, their sum, and what the network has there. */
export function windowNumbers(layer: string, at: Place, kernel: LayerKernel, { recorded }: Explanation): HTMLElement {
  const { weights, bias, window, firstChannel } = kernel;
  const input = recorded.get(kernel.input)!.activation;
  const own = recorded.get(layer)!;
  const [, height, width] = input.shape as [number, number, number];
  const [depth, kernelHeight, kernelWidth] = weights.shape as [number, number, number];
  const products: { readonly name: string; readonly a: number; readonly w: number }[] = [];
  let sum = bias;
  for (let c = 0; c < depth; c++) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      for (let kx = 0; kx < kernelWidth; kx++) {
        const y = at.y * window.strides[0]! - window.pads[0]! + ky * window.dilations[0]!;
        const x = at.x * window.strides[1]! - window.pads[1]! + kx * window.dilations[1]!;
        if (y < 0 || x < 0 || y >= height || x >= width) continue;
        const a = input.data[((firstChannel + c) * height + y) * width + x]!;
        const w = weights.data[(c * kernelHeight + ky) * kernelWidth + kx]!;
        sum += a * w;
        products.push({ name: `channel ${firstChannel + c}, y ${y}, x ${x}`, a, w });
      }
    }
  }
  products.sort((p, q) => Math.abs(q.a * q.w) - Math.abs(p.a * p.w));
  const [, rows, columns] = own.activation.shape as [number, number, number];
  const index = (at.channel * rows + at.y) * columns + at.x;
  const cell = (value: number) => make('td', { textContent: value.toPrecision(4) });
  const listed = products.slice(0, MOST).map(({ name, a, w }) => {
    return make('tr', {}, make('th', { scope: 'row', textContent: name }), cell(a), cell(w), cell(a * w));
  });
  const heads = ['largest products', 'a', 'w', 'a·w'].map((text) => make('th', { scope: 'col', textContent: text }));
  const z = own.activation.data[index]!;
  const relevance = own.relevance?.data[index] ?? 0;
  return make(
    'div',
    { className: 'window' },
    make('h3', { textContent: `Channel ${at.channel} at y ${at.y}, x ${at.x}: one window` }),
    make('p', {
      textContent: `z = Σ a·w + b over ${products.length} inputs, b = ${bias.toPrecision(4)}: ${sum.toPrecision(5)}; the network has ${z.toPrecision(5)} there, and relevance R = ${relevance.toPrecision(4)}.`,
    }),
    make('table', {}, make('thead', {}, make('tr', {}, ...heads)), make('tbody', {}, ...listed)),
  );
}
