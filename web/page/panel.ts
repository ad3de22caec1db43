import { drawLegend, drawMap, drawOverlay, drawPhoto, type Explanation } from '../../src/browser/index.ts';
import { scaleOf, sumOverChannels } from '../../src/image/draw/heatmap.ts';
import { shortLabel } from '../../src/image/labels.ts';
import type { Progress } from '../../src/tensor/device.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { make } from './dom.ts';
import { layerStrip, type StripActions } from './strip.ts';

/** Percentile of |relevance| at which colours are full: the command line's pictures have it too. */
const PERCENTILE = 99.5;

/** What a run's phases are called. */
const PHASES: Readonly<Record<Progress['phase'], string>> = {
  load: 'weights',
  compile: 'compile',
  forward: 'forward',
  relevance: 'relevance',
  saliency: 'SR map',
};

export interface PanelActions extends StripActions {
  /** Explain this class instead. */
  choose(index: number): void;
  /** The cursor is at this part of the maps (0 to 1), or left them. */
  point(at: readonly [x: number, y: number] | undefined): void;
  saveMontage(): void;
  saveArrays(): void;
  saveJson(): void;
}

export interface Look {
  readonly over: 'salient' | 'relevance';
  readonly opacity: number;
}

/** One network's answer: its classes, its maps under one cursor, and its layers. */
export class Panel {
  readonly element: HTMLElement;
  readonly #actions: PanelActions;
  readonly #heading = make('h3');
  readonly #note = make('span', { className: 'hint' });
  readonly #classes = make('ol', { className: 'classes' });
  readonly #timings = make('p', { className: 'hint timings' });
  readonly #value = make('p', { className: 'value' });
  readonly #layers = make('div');
  readonly #figures: Readonly<Record<'photo' | 'relevance' | 'salient' | 'over', Figure>>;
  #explanation: Explanation | undefined;
  #relevance: Tensor | undefined;

  constructor(title: string, labels: readonly string[], actions: PanelActions) {
    this.#actions = actions;
    this.#heading.textContent = title;
    this.#figures = {
      photo: new Figure('what the network sees', actions.point),
      relevance: new Figure('relevance', actions.point),
      salient: new Figure('salient relevance (SR)', actions.point),
      over: new Figure('overlay', actions.point),
    };
    const button = (text: string, run: () => void) =>
      make('button', { type: 'button', textContent: text, onclick: run });
    this.element = make(
      'article',
      { className: 'panel' },
      make('header', {}, this.#heading, this.#note),
      this.#classes,
      otherClass(labels, actions.choose),
      make('div', { className: 'maps' }, ...Object.values(this.#figures).map(({ element }) => element)),
      this.#value,
      this.#timings,
      make(
        'div',
        { className: 'row' },
        button('Save montage (PNG)', actions.saveMontage),
        button('Save maps (.npy)', actions.saveArrays),
        button('Save everything (JSON)', actions.saveJson),
        button('Layers', () => actions.layers()),
      ),
      this.#layers,
    );
    this.element.setAttribute('aria-label', title);
  }

  get explanation(): Explanation | undefined {
    return this.#explanation;
  }

  set title(text: string) {
    this.#heading.textContent = text;
    this.element.setAttribute('aria-label', text);
  }

  show(explanation: Explanation, note: string, look: Look): void {
    this.#explanation = explanation;
    this.#relevance = sumOverChannels(explanation.relevance);
    this.#note.textContent = note;
    this.#showClasses(explanation);
    const { shown, relevance, salient } = explanation;
    if (shown) drawPhoto(this.#figures.photo.canvas, shown);
    const scale = scaleOf(this.#relevance, PERCENTILE);
    drawMap(this.#figures.relevance.canvas, relevance, { scale });
    this.#figures.relevance.legend('diverging', scale);
    this.#figures.salient.element.hidden = salient === undefined;
    if (salient) {
      drawMap(this.#figures.salient.canvas, salient);
      this.#figures.salient.legend('sequential', 1);
    }
    this.look(look);
    this.#layers.replaceChildren();
  }

  /** Says where the time went, in milliseconds; without phases, as of the live picture, what was said last stays. */
  time(opened: number, phases: ReadonlyMap<Progress['phase'], number>): void {
    if (phases.size === 0) return;
    const parts = [...phases].map(([phase, time]) => `${PHASES[phase]} ${time.toFixed(0)}`);
    this.#timings.textContent = `Time in ms: open ${opened.toFixed(0)}, ${parts.join(', ')}`;
  }

  /** Draws the overlay anew: nothing is computed. */
  look({ over, opacity }: Look): void {
    const { shown, salient } = this.#explanation ?? {};
    if (shown === undefined) return;
    const map = over === 'salient' && salient ? salient : this.#relevance!;
    const isSalient = map === salient;
    const options = isSalient
      ? { colours: 'sequential' as const, scale: 1 }
      : { colours: 'diverging' as const, scale: scaleOf(map, PERCENTILE) };
    drawOverlay(this.#figures.over.canvas, shown, map, { ...options, opacity: opacity / 100 });
    this.#figures.over.canvas.setAttribute(
      'aria-label',
      `overlay of ${isSalient ? 'the SR map' : 'relevance'} on the photograph`,
    );
  }

  /** Shows the layers of an explanation that recorded them. */
  showLayers(explanation: Explanation): void {
    this.#layers.replaceChildren(layerStrip(explanation, this.#actions));
  }

  /** Marks a place in all maps, and says their values there. */
  mark(at: readonly [number, number] | undefined): void {
    for (const figure of Object.values(this.#figures)) figure.mark(at);
    const { salient } = this.#explanation ?? {};
    if (at === undefined || this.#relevance === undefined) {
      this.#value.textContent = '';
      return;
    }
    const valueAt = ({ shape, data }: Tensor) => {
      const [height, width] = shape as [number, number];
      const [x, y] = [Math.min(Math.floor(at[0] * width), width - 1), Math.min(Math.floor(at[1] * height), height - 1)];
      return [data[y * width + x]!, x, y] as const;
    };
    const [relevance, x, y] = valueAt(this.#relevance);
    const sr = salient ? `, SR ${valueAt(salient)[0].toFixed(3)}` : '';
    this.#value.textContent = `x ${x}, y ${y}: relevance ${relevance.toPrecision(3)}${sr}`;
  }

  #showClasses({ classes, target }: Explanation): void {
    const explained = target.class?.index;
    const rows =
      classes.some(({ index }) => index === explained) || !target.class ? classes : [...classes, target.class];
    this.#classes.replaceChildren(
      ...rows.map(({ index, label, probability }) => {
        const bar = make('i');
        bar.style.width = `${100 * probability}%`;
        const percent = `${(100 * probability).toFixed(1)} %`;
        const button = make(
          'button',
          { type: 'button', onclick: () => this.#actions.choose(index) },
          bar,
          make('span', {}, shortLabel(label), make('b', { textContent: percent })),
        );
        button.setAttribute('aria-pressed', String(index === explained));
        return make('li', {}, button);
      }),
    );
  }
}

/** A canvas with its caption, its legend and a mark under the shared cursor. */
class Figure {
  readonly element: HTMLElement;
  readonly canvas = make('canvas', { width: 128, height: 128 });
  readonly #mark = make('i', { hidden: true });
  readonly #legend = make('div', { className: 'legend' });

  constructor(caption: string, point: PanelActions['point']) {
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', caption);
    const frame = make('div', { className: 'frame' }, this.canvas, this.#mark);
    this.element = make('figure', {}, frame, make('figcaption', { textContent: caption }), this.#legend);
    frame.onpointermove = ({ clientX, clientY }) => {
      const { left, top, width, height } = this.canvas.getBoundingClientRect();
      point([(clientX - left) / width, (clientY - top) / height]);
    };
    frame.onpointerleave = () => point(undefined);
  }

  legend(colours: 'diverging' | 'sequential', scale: number): void {
    const canvas = make('canvas', { width: 128, height: 1 });
    drawLegend(canvas, { colours, scale });
    canvas.setAttribute('aria-hidden', 'true');
    const [low, high] = [colours === 'diverging' ? -scale : 0, scale].map((value) =>
      value.toPrecision(2).replace('-', '−'),
    );
    this.#legend.replaceChildren(low!, canvas, high!);
  }

  mark(at: readonly [number, number] | undefined): void {
    this.#mark.hidden = at === undefined;
    if (at === undefined) return;
    this.#mark.style.left = `${100 * at[0]}%`;
    this.#mark.style.top = `${100 * at[1]}%`;
  }
}

/** Panels made so far: ids on a page are each there once. */
let count = 0;

/** A field for any of the classes, also those far from the answer. */
function otherClass(labels: readonly string[], choose: PanelActions['choose']): HTMLElement {
  const list = make(
    'datalist',
    { id: `classes-${++count}` },
    ...labels.map((label) => make('option', { value: label })),
  );
  const field = make('input', { type: 'text', className: 'other', placeholder: 'any class' });
  field.setAttribute('list', list.id);
  field.onchange = () => {
    const index = labels.indexOf(field.value);
    field.setAttribute('aria-invalid', String(index < 0));
    if (index >= 0) choose(index);
  };
  return make('label', {}, 'Explain', field, list);
}
