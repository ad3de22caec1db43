import { SalientError } from '../../error.ts';
import type { Way } from '../../experiments/evaluate-explanations.ts';
import { METHODS, type Method } from '../../explain/methods.ts';

export const DEFAULT_COMPOSITES = 'epsilon-plus,epsilon-gamma-box,epsilon-alpha2-beta1,salient-relevance';

/** The ways to explain that are compared: LRP by composites, and other methods. */
export function waysFrom(composites = DEFAULT_COMPOSITES, methods = 'gradient,guided-backprop'): Way[] {
  const list = (text: string) => (text === 'none' ? [] : text.split(',').map((word) => word.trim()));
  const others = list(methods).map((name) => {
    if (Object.hasOwn(METHODS, name) && name !== 'lrp' && name !== 'grad-cam') return name as Method;
    const choices = Object.keys(METHODS).filter((method) => method !== 'lrp' && method !== 'grad-cam');
    throw new SalientError('bad-argument', `--methods names "${name}"; choose among ${choices.join(', ')}, or none`);
  });
  return [
    ...list(composites).map((composite) => ({ name: composite, options: { composite } })),
    ...others.map((method) => ({ name: method, options: { method } })),
  ];
}
