import { SalientError } from '../../error.ts';
import type { Way } from '../../experiments/evaluate-explanations.ts';
import { METHODS, type Method, resolveMethod, takesSamples } from '../../explain/methods.ts';

export const DEFAULT_COMPOSITES = 'epsilon-plus,epsilon-gamma-box,epsilon-alpha2-beta1,salient-relevance';

/** Methods that a folder of photographs is explained by: all but LRP, whose composites stand apart, and Grad-CAM, which asks for a layer. */
const MAPPED = (Object.keys(METHODS) as Method[]).filter((method) => method !== 'lrp' && method !== 'grad-cam');

/** Of these, the methods that are one way back through the network, and no mean over several. */
export const WAYS_BACK = MAPPED.filter((method) => !takesSamples(resolveMethod(method)));

/** The ways to explain that are compared: LRP by composites, and other methods, of those that are allowed. */
export function waysFrom(
  composites = DEFAULT_COMPOSITES,
  methods = 'gradient,guided-backprop',
  allowed: readonly Method[] = MAPPED,
): Way[] {
  const list = (text: string) => (text === 'none' ? [] : text.split(',').map((word) => word.trim()));
  const others = list(methods).map((name) => {
    const method = allowed.find((each) => each === name);
    if (method !== undefined) return method;
    throw new SalientError('bad-argument', `--methods names "${name}"; choose among ${allowed.join(', ')}, or none`);
  });
  return [
    ...list(composites).map((composite) => ({ name: composite, options: { composite } })),
    ...others.map((method) => ({ name: method, options: { method } })),
  ];
}
