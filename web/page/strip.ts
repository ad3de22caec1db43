import { drawMap, type Explanation, type LayerReport, type Rule, type Tensor } from '../../src/browser/index.ts';
import { sumOverChannels } from '../../src/image/draw/heatmap.ts';
import { sampleOf } from '../../src/tensor/tensor.ts';
import { make } from './dom.ts';
import { LAYER_RULES, RULES } from './texts.ts';
import type { Place } from './window.ts';

export interface StripActions {
  /** Compute what the strip of layers shows. */
  layers(): void;
  /** Give a layer another rule, or its composite's again, and explain anew. */
  rule(layer: string, rule: Rule | undefined): void;
  /** The numbers of the window that computes one place of a convolution's output. */
  window(layer: string, at: Place): Promise<Node>;
  /** The WGSL that computes an operator. */
  shaders(operator: string): Promise<Readonly<Record<string, string>>>;
}

/** Channels of a layer that are drawn. */
const MOST_CHANNELS = 8;

/** The network as a strip of layers, from the logits down: each one's relevance, and where it went. */
export function layerStrip(explanation: Explanation, actions: StripActions): HTMLElement {
  const detail = make('div', { className: 'detail' });
  detail.setAttribute('aria-live', 'polite');
  const buttons = explanation.layers.map((layer) => {
    const button = make(
      'button',
      { type: 'button' as const, onclick: () => open(button, layer) },
      make('strong', { textContent: layer.layer }),
      make('br'),
      `${layer.operator}${layer.rule ? `, ${layer.rule.rule}` : ''}`,
      ...mapOf(explanation.recorded.get(layer.layer)?.relevance),
      shares(layer),
    );
    button.setAttribute('aria-pressed', 'false');
    return button;
  });
  const open = (chosen: HTMLButtonElement, layer: LayerReport) => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button === chosen));
    detail.replaceChildren(...details(layer, explanation, actions));
  };
  return make(
    'div',
    {},
    make('p', {
      className: 'hint',
      textContent:
        'Where the relevance of each layer went: green to the layer below, amber to the bias, violet to the stabilizer.',
    }),
    make(
      'div',
      { className: 'strip', tabIndex: 0, role: 'group', ariaLabel: 'layers, from the logits down' },
      ...buttons,
    ),
    detail,
  );
}

function mapOf(relevance: Tensor | undefined): HTMLCanvasElement[] {
  if (relevance === undefined || relevance.shape.length !== 3) return [];
  const canvas = make('canvas');
  drawMap(canvas, relevance);
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'relevance, summed over channels');
  return [canvas];
}

function shares({ in: below, bias, stabilizer }: LayerReport): HTMLElement {
  const parts = [below.sum, bias, stabilizer].map(Math.abs);
  const total = parts.reduce((sum, part) => sum + part, 0) || 1;
  const bars = parts.map((part) => {
    const bar = make('i');
    bar.style.width = `${(100 * part) / total}%`;
    return bar;
  });
  return make('div', { className: 'shares' }, ...bars);
}

function details(layer: LayerReport, { recorded }: Explanation, actions: StripActions): Node[] {
  const row = (name: string, value: number) =>
    make('tr', {}, make('th', { scope: 'row', textContent: name }), make('td', { textContent: value.toPrecision(5) }));
  const nodes: Node[] = [
    make('h3', { textContent: `${layer.layer} (${layer.operator})` }),
    make(
      'table',
      {},
      row('arrived from above', layer.out.sum),
      row('went on below', layer.in.sum),
      row('kept by the bias', layer.bias),
      row('kept by the stabilizer', layer.stabilizer),
      row('missing otherwise', layer.lost),
    ),
  ];
  if (layer.rule) {
    const [formula, meaning] = RULES[layer.rule.rule];
    const choice = make(
      'select',
      {
        onchange: () => actions.rule(layer.layer, LAYER_RULES[choice.value]),
      },
      make('option', { value: '', textContent: 'the composite’s rule' }),
      ...Object.keys(LAYER_RULES).map((name) => make('option', { value: name, textContent: name })),
    );
    nodes.push(
      make('p', {}, make('code', { textContent: formula }), ` ${meaning}`),
      make('label', {}, 'Rule of this layer ', choice),
    );
  }
  const relevance = recorded.get(layer.layer)?.relevance;
  if (relevance?.shape.length === 3) nodes.push(...channels(relevance, layer, actions));
  const code = make('pre', { tabIndex: 0 });
  const source = make('details', {}, make('summary', { textContent: 'The WGSL that computes it on a GPU' }), code);
  source.ontoggle = async () => {
    if (!source.open || code.textContent) return;
    const found = Object.entries(await actions.shaders(layer.operator));
    code.textContent =
      found.map(([name, text]) => `// shaders/${name}.wgsl\n${text}`).join('\n\n') || 'no kernel of its own';
  };
  nodes.push(source);
  return nodes;
}

/** The channels with most relevance, each with its map. */
function channels(relevance: Tensor, { layer, operator }: LayerReport, actions: StripActions): Node[] {
  const numbers = make('div');
  const isConv = operator === 'Conv';
  const sums = Array.from({ length: relevance.shape[0]! }, (_, channel) => {
    const map = sampleOf(relevance, channel);
    return { channel, map, sum: Array.from(map.data).reduce((sum, value) => sum + value, 0) };
  });
  const top = sums.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).slice(0, MOST_CHANNELS);
  const figures = top.map(({ channel, map, sum }) => {
    const canvas = make('canvas');
    drawMap(canvas, sumOverChannels(map), { colours: 'diverging' });
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `relevance of channel ${channel}`);
    const show = async (x: number, y: number) => {
      numbers.replaceChildren(await actions.window(layer, { channel, y, x }));
    };
    const frame = isConv ? picker(canvas, channel, map, show) : canvas;
    return make('figure', {}, frame, make('figcaption', { textContent: `channel ${channel}: ${sum.toPrecision(3)}` }));
  });
  return [
    make('h3', { textContent: 'Channels with most relevance' }),
    ...(isConv
      ? [make('p', { className: 'hint', textContent: 'Click a place to see the numbers of its window.' })]
      : []),
    make('div', { className: 'channels' }, ...figures),
    numbers,
  ];
}

/** A map of which a place can be chosen: by a click, or with the keyboard the one with most relevance. */
function picker(
  canvas: HTMLCanvasElement,
  channel: number,
  { shape, data }: Tensor,
  show: (x: number, y: number) => Promise<void>,
): HTMLElement {
  const [height, width] = shape.slice(-2) as [number, number];
  const button = make(
    'button',
    { type: 'button', className: 'pick', ariaLabel: `a window of channel ${channel}` },
    canvas,
  );
  button.onclick = ({ clientX, clientY, detail }) => {
    const { left, top, width: across, height: down } = canvas.getBoundingClientRect();
    let most = 0;
    for (let i = 1; i < data.length; i++) if (Math.abs(data[i]!) > Math.abs(data[most]!)) most = i;
    const inside = (place: number, count: number) => Math.min(Math.max(Math.floor(place), 0), count - 1);
    void (detail === 0
      ? show(most % width, Math.floor(most / width))
      : show(inside(((clientX - left) / across) * width, width), inside(((clientY - top) / down) * height, height)));
  };
  return button;
}
