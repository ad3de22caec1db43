import { type Rule, SalientError, type WorkerInput } from '../../src/browser/index.ts';
import { parseLabels } from '../../src/image/label-file.ts';
import { byId, make } from './dom.ts';
import { Engine, edited, messageOf, type Slot } from './engine.ts';
import { Live } from './live.ts';
import { type Network, Networks } from './networks.ts';
import { Panel, type PanelActions } from './panel.ts';
import { type Explained, saveArrays, saveJson, saveMontage } from './saves.ts';
import { BUNDLED_MODELS, readSettings, type Settings, writeSettings } from './settings.ts';
import { COMPOSITES, METHODS } from './texts.ts';
import { type Place, windowNumbers } from './window.ts';

const SCENES = (document.documentElement.dataset.scenes ?? '').split(' ').filter(Boolean);
/** Numbers of a layer's output up to which the strip shows its map. */
const MOST_RECORDED = 4_000_000;

const KNOWN = { scenes: SCENES, methods: Object.keys(METHODS), composites: Object.keys(COMPOSITES) };
let settings = readSettings(location.hash, KNOWN);
const engine = new Engine(settings.device);
const slots: Slot[] = [];
const panels: Panel[] = [];
let photo: { readonly name: string; readonly input: WorkerInput } | undefined;
let labels: readonly string[] | undefined;
let running: AbortController | undefined;

const message = byId('message');
const progress = byId('progress');
const live = new Live(async (frame) => {
  photo = { name: 'live', input: frame };
  await explainAll(false);
});

/** Runs one thing at a time: what is under way is aborted, and an error is said in one line. Returns whether it was done. */
async function busy(work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  message.textContent = '';
  byId<HTMLButtonElement>('cancel').disabled = false;
  try {
    await work(controller.signal);
    return true;
  } catch (error) {
    if (error instanceof SalientError && error.code === 'aborted') return false;
    message.textContent = messageOf(error);
    if (error instanceof SalientError && error.code === 'device-lost') await reopen();
    return false;
  } finally {
    if (running === controller) {
      running = undefined;
      byId<HTMLButtonElement>('cancel').disabled = true;
      showProgress(undefined);
    }
  }
}

let shownAt = 0;
function showProgress(share: number | undefined): void {
  const now = performance.now();
  if (share !== undefined && now - shownAt < 50) return;
  shownAt = now;
  progress.hidden = share === undefined;
  const percent = Math.round(100 * (share ?? 0));
  progress.setAttribute('aria-valuenow', String(percent));
  (progress.firstElementChild as HTMLElement).style.width = `${percent}%`;
}

/** A lost device takes its worker's models along: all are opened anew. */
async function reopen(): Promise<void> {
  const names = slots.map(({ name }) => name).filter((name) => (BUNDLED_MODELS as readonly string[]).includes(name));
  await engine.open();
  byId('device').textContent = engine.description;
  await setModels(names.length > 0 ? names : settings.models);
}

async function setModels(names: readonly string[]): Promise<void> {
  const isDone = await busy(async (signal) => {
    for (const { model } of slots.splice(0)) model.close();
    for (const name of names) slots.push(await load(name, `models/${name}.onnx`, signal));
    buildPanels();
  });
  if (isDone) await explainAll();
}

function load(
  name: string,
  source: Blob | string,
  signal: AbortSignal,
  own: { readonly labels?: readonly string[] | undefined; readonly sha256?: string } = {},
): Promise<Slot> {
  return engine.load(name, source, { ...own, onDownload: showDownload, signal });
}

function showDownload(done: number, total: number | undefined): void {
  showProgress(total ? done / total : undefined);
}

/** A network of the user's takes the first place. */
function openModel(file: File): Promise<void> {
  return openFirst((signal) => load(file.name, file, signal, { labels }));
}

/** A network that is known by name. */
function openNetwork(network: Network): Promise<void> {
  return openFirst(async (signal) => {
    const file = await engine.pull(network, showDownload, signal);
    return load(network.name, file, signal, { sha256: network.sha256 });
  });
}

async function openFirst(opened: (signal: AbortSignal) => Promise<Slot>): Promise<void> {
  const isDone = await busy(async (signal) => {
    const slot = await opened(signal);
    slots[0]?.model.close();
    slots[0] = slot;
    buildPanels();
  });
  if (isDone) await explainAll();
}

function buildPanels(): void {
  panels.splice(
    0,
    panels.length,
    ...slots.map((slot, index) => new Panel(slot.name, slot.model.labels, actionsOf(index))),
  );
  byId('panels').replaceChildren(...panels.map(({ element }) => element));
  byId('second').setAttribute('aria-pressed', String(slots.length > 1));
}

function actionsOf(index: number): PanelActions {
  const slot = () => slots[index]!;
  const explained = (): Explained[] =>
    panels.flatMap(({ explanation }, i) =>
      explanation ? [{ network: slots[i]!.name, explanation, rules: rulesText() }] : [],
    );
  const title = () => photo?.name ?? 'salient';
  return {
    choose(target) {
      // One class for both networks where they name it alike; else for this one alone.
      const label = slot().model.labels[target];
      for (const each of slots) {
        const same = each.model.labels.indexOf(label!);
        if (each === slot()) each.target = target;
        else if (same >= 0) each.target = same;
      }
      void explainAll();
    },
    point: (at) => {
      for (const panel of panels) panel.mark(at);
    },
    saveMontage: () => void saveMontage(title(), explained()),
    saveArrays: () => saveArrays(`${title()}.${slot().name}`, explained()[index]!),
    saveJson: () => saveJson(title(), explained()),
    layers: () => void showLayers(index),
    rule(layer: string, rule: Rule | undefined) {
      if (rule === undefined) slot().rules.delete(layer);
      else slot().rules.set(layer, rule);
      void explainAll().then(() => showLayers(index));
    },
    window: (layer, at) => windowOf(index, layer, at),
    shaders: async (operator) => (await import('./shaders.ts')).shadersOf(operator),
  };
}

/** The numbers of one window, of the explanation that the panel shows. */
async function windowOf(index: number, layer: string, at: Place): Promise<Node> {
  const [slot, before, shown] = [slots[index]!, panels[index]!.explanation!, photo!];
  let numbers: Node = document.createTextNode('');
  await busy(async (signal) => {
    const kernel = await slot.model.kernel(layer, at.channel);
    const composite = edited(settings.composite, before, slot.rules);
    const target = before.target.class?.index;
    const record = [layer, kernel.input];
    const own = { signal, composite, record, saliency: false, ...(target !== undefined && { target }) } as const;
    numbers = windowNumbers(layer, at, kernel, (await engine.explain(slot, shown.input, settings, own)).explanation);
  });
  return numbers;
}

function rulesText(): string {
  return settings.method === 'lrp' ? settings.composite : settings.method;
}

async function explainAll(withProgress = true): Promise<void> {
  const shown = photo;
  if (shown === undefined || slots.length === 0) return;
  await busy(async (signal) => {
    for (const [index, slot] of slots.entries()) {
      const onProgress = withProgress
        ? ({ done, total }: { done: number; total: number }) => showProgress(done / Math.max(total, 1))
        : undefined;
      const before = panels[index]!.explanation;
      const composite =
        before && settings.method === 'lrp' ? edited(settings.composite, before, slot.rules) : settings.composite;
      const own = { signal, onProgress, ...(settings.method === 'lrp' && { composite }) };
      const { explanation, milliseconds, phases } = await engine.explain(slot, shown.input, settings, own);
      const edits = slot.rules.size > 0 ? `, ${slot.rules.size} rules edited` : '';
      panels[index]!.show(explanation, `${milliseconds.toFixed(0)} ms on ${engine.kind}${edits}`, settings);
      panels[index]!.time(slot.opened, phases);
    }
  });
}

async function showLayers(index: number): Promise<void> {
  const [slot, panel, shown] = [slots[index]!, panels[index]!, photo];
  const before = panel.explanation;
  if (before === undefined || shown === undefined) return;
  if (settings.method !== 'lrp') {
    message.textContent = 'Layers keep a ledger under LRP alone; choose that method to see them.';
    return;
  }
  await busy(async (signal) => {
    const composite = edited(settings.composite, before, slot.rules);
    const names = before.layers.map(({ layer }) => layer);
    const target = before.target.class?.index;
    const own = { signal, composite, record: names, saliency: false, ...(target !== undefined && { target }) } as const;
    const { explanation } = await engine.explain(slot, shown.input, settings, own);
    for (const [name, { activation }] of explanation.recorded) {
      if (activation.data.length > MOST_RECORDED) (explanation.recorded as Map<string, unknown>).delete(name);
    }
    panel.showLayers(explanation);
  });
}

/** Takes over changed settings; `compute`: what the worker gave does not serve any more. */
function change(changes: Partial<Settings>, compute: boolean): void {
  settings = { ...settings, ...changes };
  history.replaceState(undefined, '', `#${writeSettings(settings)}`);
  byId('rule-text').textContent =
    settings.method === 'lrp' ? COMPOSITES[settings.composite]! : METHODS[settings.method]!;
  byId<HTMLSelectElement>('composite').disabled = settings.method !== 'lrp';
  if (compute) {
    for (const slot of slots) slot.rules.clear();
    void explainAll();
  } else for (const panel of panels) panel.look(settings);
}

function setPhoto(name: string, input: WorkerInput): void {
  live.stop();
  photo = { name, input };
  for (const slot of slots) slot.target = undefined;
  void explainAll();
}

async function setScene(name: string): Promise<void> {
  const response = await fetch(`scenes/${name}.png`);
  change({ scene: name }, false);
  setPhoto(name, await response.blob());
}

async function take(files: readonly File[]): Promise<void> {
  for (const file of files.filter(({ name }) => /\.(txt|json)$/i.test(name))) {
    await busy(async () => {
      labels = parseLabels(await file.text());
    });
  }
  for (const file of files) {
    if (/\.onnx$/i.test(file.name)) await openModel(file);
    else if (file.type.startsWith('video/')) void live.start(file);
    else if (!/\.(txt|json)$/i.test(file.name)) setPhoto(file.name.replace(/\.\w+$/, ''), file);
  }
}

function wire(): void {
  const select = (id: string, names: readonly string[]) =>
    byId<HTMLSelectElement>(id).append(...names.map((name) => make('option', { value: name, textContent: name })));
  select('method', KNOWN.methods);
  select('composite', KNOWN.composites);
  for (const id of ['method', 'composite', 'saliency', 'over'] as const) {
    const element = byId<HTMLSelectElement>(id);
    element.value = settings[id];
    element.onchange = () => change({ [id]: element.value }, id !== 'over');
  }
  const opacity = byId<HTMLInputElement>('opacity');
  opacity.value = String(settings.opacity);
  opacity.oninput = () => change({ opacity: Number(opacity.value) }, false);
  byId('scenes').append(
    ...SCENES.map((name) => {
      const image = make('img', { src: `scenes/${name}.png`, alt: name.replace(/-\d+$/, ''), width: 64, height: 64 });
      return make('button', { type: 'button', onclick: () => void setScene(name) }, image);
    }),
  );
  byId('second').onclick = () => {
    const models = slots.length > 1 ? settings.models.slice(0, 1) : [...BUNDLED_MODELS];
    change({ models }, false);
    void setModels(models);
  };
  byId('cancel').onclick = () => running?.abort();
  byId('share').onclick = () => {
    void navigator.clipboard?.writeText(location.href).then(() => {
      byId('share').textContent = 'Link copied';
    });
  };
  byId('camera').onclick = async () => {
    if (live.running) return live.stop();
    try {
      await live.start(await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }));
    } catch (error) {
      message.textContent = `no camera: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  for (const id of ['photo', 'video']) {
    const input = byId<HTMLInputElement>(id);
    input.onchange = () => void take([...(input.files ?? [])]);
  }
  new Networks({
    open: openNetwork,
    say(text) {
      message.textContent = text;
    },
  });
  document.ondragover = (event) => {
    event.preventDefault();
    document.body.classList.add('dropping');
  };
  document.ondragleave = () => document.body.classList.remove('dropping');
  document.ondrop = (event) => {
    event.preventDefault();
    document.body.classList.remove('dropping');
    void take([...(event.dataTransfer?.files ?? [])]);
  };
  document.onpaste = (event) => void take([...(event.clipboardData?.files ?? [])]);
}

async function start(): Promise<void> {
  wire();
  change({}, false);
  await busy(async () => {
    await engine.open();
  });
  byId('device').textContent = engine.description;
  if (SCENES.length > 0) await setScene(settings.scene);
  await setModels(settings.models);
}

await start();
