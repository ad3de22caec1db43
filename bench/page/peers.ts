import { type InterleaveOptions, interleave, timed } from '../../src/bench/interleave.ts';
import { markdownTable, milliseconds } from '../../src/bench/report.ts';
import { pairedRatio, summarize } from '../../src/bench/statistics.ts';
import { inputBatch } from '../../src/bench/workload.ts';
import { Model } from '../../src/model.ts';
import { type SyntheticModelName, syntheticModel } from '../../src/onnx/synthetic.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { forwardProgram } from '../../src/plan/program.ts';
import type { Device } from '../../src/tensor/device.ts';
import type { Floats } from '../../src/tensor/tensor.ts';
import { difference, TOLERANCE } from '../difference.ts';
import type { Ort } from '../ort.ts';

/** Forward passes of onnxruntime-web's two providers and ours in turns; the table, in Markdown. */
export async function comparePeers(
  device: Device,
  name: SyntheticModelName,
  options: InterleaveOptions,
  onStage: (what: string) => void,
): Promise<string> {
  const address = '/ort/ort.webgpu.bundle.min.mjs';
  const ort = (await import(address).catch(() => undefined)) as Ort | undefined;
  if (ort === undefined) return '\nonnxruntime-web is absent: npm ci --prefix bench\n';
  const bytes = modelBytes(syntheticModel(name));
  using model = await Model.open(device, bytes);
  const graph = await model.graph();
  const { shape, data } = inputBatch(graph);
  using executable = await device.prepare(forwardProgram(graph));
  const given = new Map<string, Floats>([[graph.inputs[0]!.name, data]]);
  const [output] = (await executable.run(given)).outputs.values();
  const contestants = [timed('ours', () => executable.run(given))];
  const rows: string[][] = [];
  for (const provider of ['wasm', 'webgpu']) {
    onStage(`onnxruntime-web ${provider}`);
    try {
      const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider] });
      const run = async () => {
        const feeds = { [session.inputNames[0]!]: new ort.Tensor('float32', data, shape) };
        return (await session.run(feeds))[session.outputNames[0]!]!;
      };
      const { dims, data: logits } = await run();
      const gap = difference(output!, { shape: dims, data: logits });
      if (gap > TOLERANCE) rows.push([provider, 'results differ', gap.toExponential(1)]);
      else contestants.push(timed(provider, run));
    } catch (error) {
      rows.push([provider, `absent: ${error instanceof Error ? error.message.split('\n')[0] : error}`, '-']);
    }
  }
  onStage('forward passes in turns');
  const times = await interleave(contestants, options);
  const ours = times.get('ours')!;
  for (const [provider, theirs] of times) {
    const ratio = provider === 'ours' ? '-' : `${pairedRatio(ours, theirs).median.toFixed(2)} ×`;
    rows.push([provider, milliseconds(summarize(theirs).median), ratio]);
  }
  return [
    '\n## Forward pass against onnxruntime-web',
    '',
    ...markdownTable(['', 'median ms', 'we are'], rows),
    '',
  ].join('\n');
}
