import { type MethodOptions, resolveMethod, wayBackOf } from '../../explain/methods.ts';
import type { Composite } from '../../lrp/composite.ts';
import type { ExplainOptions } from '../../model/explain-options.ts';
import type { Explanation } from '../../model/explanation.ts';
import type { Model } from '../../model/model.ts';
import { VERSION } from '../../version.ts';

const hashes = new WeakMap<Model, Promise<string>>();

/**
 * All that is needed to make an explanation again, with its figures: the content of STEM.json. `region` is that of the
 * command line, a box or a mask's file.
 */
export async function manifestOf(
  model: Model,
  modelPath: string,
  input: string,
  explanations: readonly Explanation[],
  options: ExplainOptions,
  region?: string,
): Promise<Record<string, unknown>> {
  const sha256 = hashes.get(model) ?? model.sha256();
  hashes.set(model, sha256);
  const { name, pooling, averagePooling = 'norm', lrn } = options.composite as Composite;
  // Times are of a whole run. Samples for which the device had no room at once came in several.
  const runs = new Map(explanations.flatMap(({ profile, batch }) => (profile ? [[profile, batch] as const] : [])));
  return {
    input,
    model: { file: modelPath, sha256: await sha256 },
    logits: { value: model.logits.value, reason: model.logits.reason },
    version: VERSION,
    device: model.device.description,
    preprocessing: model.preprocessing,
    method: methodOf(options),
    ...(isLrp(options) ? { composite: { name, pooling, averagePooling, lrn }, init: options.init ?? 'logit' } : {}),
    direct: options.direct ?? false,
    ...(options.start && { start: options.start }),
    ...(options.channels && { channels: options.channels }),
    ...(region !== undefined && { region }),
    saliency: options.saliency,
    images: explanations.map(({ classes, target, layers, completenessError }) => ({
      ...{ target, classes, layers },
      ...(completenessError === undefined ? {} : { completenessError }),
    })),
    ...(runs.size > 0 ? { profile: Array.from(runs, ([steps, batch]) => ({ batch, steps })) } : {}),
  };
}

function methodOf({ method }: ExplainOptions): MethodOptions {
  return resolveMethod(method);
}

/** Whether rules had a part in the map. */
function isLrp(options: ExplainOptions): boolean {
  return wayBackOf(methodOf(options)).name === 'lrp';
}
