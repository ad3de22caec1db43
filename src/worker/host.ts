import { SalientError } from '../error.ts';
import {
  type Condition,
  type ExplainInput,
  layerKernel,
  loadModel,
  type Model,
  type ModelInput,
  openDevice,
  type Target,
} from '../index.ts';
import { type ModelDownload, type PullSettings, pullModel } from '../origin/pull.ts';
import type { Device, Progress } from '../tensor/device.ts';
import { photoOf } from './photo.ts';
import type { Call, DeviceReport, FromHost, ModelReport, Port, ToHost } from './protocol.ts';

type Options = Readonly<Record<string, unknown>>;

/** What of a call's options cannot travel, and is made here. */
interface Own {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** The worker's side: a device and its models, which do what messages ask for. */
export function host(port: Port<FromHost, ToHost>): void {
  const models = new Map<number, Model>();
  const running = new Map<number, AbortController>();
  let device: Device | undefined;
  let count = 0;

  const perform = async (call: Call, own: Own): Promise<unknown> => {
    if (call.name === 'open') {
      device = await openDevice(...(call.args as Parameters<typeof openDevice>));
      const { kind, description, choice, threads } = device;
      return { kind, description, ...(choice && { choice }), ...(threads && { threads }) } satisfies DeviceReport;
    }
    if (call.name === 'loadModel') {
      const [input, options] = call.args as [ModelInput, Options];
      const { signal, onProgress } = own;
      const onDownload = onProgress && ((done: number, total = 0) => onProgress({ phase: 'load', done, total }));
      const loaded = await loadModel(device!, input, { ...options, signal, onDownload });
      models.set(++count, loaded);
      const { description, labels, preprocessing, preprocessingOrigin, logits } = loaded;
      const report: ModelReport = { model: count, description, labels, preprocessing, preprocessingOrigin, logits };
      return report;
    }
    if (call.name === 'pullModel') {
      const [wanted, settings] = call.args as [ModelDownload, PullSettings];
      const { signal, onProgress } = own;
      const onBytes = onProgress && ((done: number, total: number) => onProgress({ phase: 'load', done, total }));
      return pullModel(wanted, settings, { signal, onProgress: onBytes });
    }
    const model = models.get(call.model);
    if (model === undefined) throw new SalientError('closed', 'the model is closed; load it again');
    const [first, second, third] = call.args;
    switch (call.name) {
      case 'predict':
        return model.predict(await inputsOf(first), { ...(second as Options), ...own });
      case 'explainBatch':
        return model.explainBatch(await inputsOf(first), { ...(second as Options), ...own });
      case 'explainTargets': {
        const [input] = await inputsOf([first]);
        return model.explainTargets(input!, second as readonly Target[], { ...(third as Options), ...own });
      }
      case 'explainConditions': {
        const [input] = await inputsOf([first]);
        return model.explainConditions(input!, second as readonly Condition[], { ...(third as Options), ...own });
      }
      case 'prepare':
        return model.prepare({ ...(first as Options), ...own }, second as number);
      case 'kernel':
        return layerKernel(await model.graph(), first as string, second as number);
      case 'sha256':
        return model.sha256();
      case 'close':
        models.delete(call.model);
        return model.close();
    }
  };

  port.listen(async (message) => {
    if (message.kind === 'abort') {
      running.get(message.id)?.abort(new SalientError('aborted', 'the call was aborted'));
      return;
    }
    const { id, call, watched } = message;
    const controller = new AbortController();
    running.set(id, controller);
    const onProgress = (progress: Progress) => port.post({ kind: 'progress', id, progress });
    const own = { signal: controller.signal, ...(watched && { onProgress }) };
    try {
      port.post({ kind: 'result', id, value: await perform(call, own) });
    } catch (error) {
      const code = error instanceof SalientError ? error.code : undefined;
      const text = error instanceof Error ? error.message : String(error);
      port.post({ kind: 'error', id, ...(code && { code }), message: text });
    } finally {
      running.delete(id);
    }
  });
}

/** Photographs that come as files are decoded here, off the page's thread. */
function inputsOf(inputs: unknown): Promise<ExplainInput[]> {
  const given = inputs as readonly (ExplainInput | Blob)[];
  return Promise.all(given.map((input) => (input instanceof Blob ? photoOf(input) : input)));
}
