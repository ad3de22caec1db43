/** What a link restores. */
export interface Settings {
  readonly models: readonly string[];
  readonly scene: string;
  readonly method: string;
  readonly composite: string;
  readonly saliency: 'sum' | 'paper' | 'none';
  readonly over: 'salient' | 'relevance';
  readonly opacity: number;
  readonly device: 'auto' | 'webgpu' | 'wasm';
}

export const BUNDLED_MODELS = ['scenes-vgg', 'scenes-alexnet'] as const;

const DEFAULTS: Settings = {
  models: [BUNDLED_MODELS[0]],
  scene: 'snail-2000006',
  method: 'lrp',
  composite: 'epsilon-plus',
  saliency: 'sum',
  over: 'salient',
  opacity: 85,
  device: 'auto',
};

/** The settings of an address's part behind `#`; what it does not say, or says wrongly, is the default. */
export function readSettings(hash: string, known: Readonly<Record<string, readonly string[]>>): Settings {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const one = <K extends keyof Settings>(name: K, choices: readonly string[]) => {
    const value = given.get(name);
    return (value !== null && choices.includes(value) ? value : DEFAULTS[name]) as Settings[K];
  };
  const models = (given.get('models') ?? '')
    .split(',')
    .filter((name) => (BUNDLED_MODELS as readonly string[]).includes(name));
  const opacity = Number(given.get('opacity') ?? DEFAULTS.opacity);
  return {
    models: models.length === 0 ? DEFAULTS.models : models.slice(0, 2),
    scene: one('scene', known.scenes ?? []),
    method: one('method', known.methods ?? []),
    composite: one('composite', known.composites ?? []),
    saliency: one('saliency', ['sum', 'paper', 'none']),
    over: one('over', ['salient', 'relevance']),
    opacity: opacity >= 0 && opacity <= 100 ? opacity : DEFAULTS.opacity,
    device: one('device', ['auto', 'webgpu', 'wasm']),
  };
}

/** The part of an address behind `#`: what differs from the defaults. */
export function writeSettings(settings: Settings): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(settings)) {
    if (String(value) !== String(DEFAULTS[name as keyof Settings])) written.set(name, String(value));
  }
  return written.toString();
}
