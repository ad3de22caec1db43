import { forwardProgram } from '../../src/forward/program.ts';
import { type InterleaveOptions, interleave, timed } from '../../src/measure/interleave.ts';
import { markdownTable, milliseconds } from '../../src/measure/report.ts';
import { pairedRatio, type Summary, summarize } from '../../src/measure/statistics.ts';
import { inputBatch } from '../../src/measure/workload.ts';
import { Model } from '../../src/model/model.ts';
import { type SyntheticModelName, syntheticModel } from '../../src/onnx/synthetic.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import type { Device } from '../../src/tensor/device.ts';
import type { Floats } from '../../src/tensor/tensor.ts';
import { difference, TOLERANCE } from '../difference.ts';
import type { Ort } from '../ort.ts';

/** The time of one runtime on one device; the first of a list is ours. */
export interface PeerTimes {
  /** Name and version. */
  readonly runtime: string;
  readonly device: string;
  /** Absent where it does not run, or its results differ. */
  readonly milliseconds?: Summary;
  /** Its time over ours, round by round; only where both compute on the same kind of device. */
  readonly ratio?: Summary;
  /** {@link difference} from our result. */
  readonly difference?: number;
  /** Why it does not run. */
  readonly absent?: string;
}

/** One image's forward passes of onnxruntime-web's two providers and ours, in turns. */
export async function comparePeers(
  device: Device,
  name: SyntheticModelName,
  options: InterleaveOptions,
  onStage: (what: string) => void,
): Promise<PeerTimes[]> {
  const us = { runtime: 'salient-relevance', device: device.description };
  const address = '/ort/ort.webgpu.bundle.min.mjs';
  const ort = (await import(address).catch(() => undefined)) as Ort | undefined;
  if (ort === undefined) {
    return [us, { runtime: 'onnxruntime-web', device: '-', absent: 'npm ci --prefix bench installs it' }];
  }
  // As many threads as the wasm device starts; onnxruntime's own default is half of them.
  const threads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 16) : 1;
  ort.env.wasm.numThreads = threads;
  const bytes = modelBytes(syntheticModel(name));
  using model = await Model.open(device, bytes);
  const graph = await model.graph();
  const { shape, data } = inputBatch(graph);
  using executable = await device.prepare(forwardProgram(graph));
  const given = new Map<string, Floats>([[graph.inputs[0]!.name, data]]);
  const [output] = (await executable.run(given)).outputs.values();
  const contestants = [timed('ours', () => executable.run(given))];
  const peers: (PeerTimes & { readonly kind: string })[] = [];
  const sessions: { release(): Promise<void> }[] = [];
  try {
    for (const kind of ['wasm', 'webgpu']) {
      onStage(`onnxruntime-web ${kind}`);
      const peer = {
        kind,
        runtime: `onnxruntime-web ${ort.env.versions.common}`,
        device: kind === 'wasm' ? `wasm (${threads} thread${threads === 1 ? '' : 's'})` : kind,
      };
      try {
        const session = await ort.InferenceSession.create(bytes, { executionProviders: [kind] });
        sessions.push(session);
        const run = async () => {
          const feeds = { [session.inputNames[0]!]: new ort.Tensor('float32', data, shape) };
          return (await session.run(feeds))[session.outputNames[0]!]!;
        };
        const { dims, data: logits } = await run();
        const gap = difference(output!, { shape: dims, data: logits });
        peers.push({ ...peer, difference: gap });
        if (gap <= TOLERANCE) contestants.push(timed(kind, run));
      } catch (error) {
        const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
        peers.push({ ...peer, absent: reason });
      }
    }
    onStage('forward passes in turns');
    const times = await interleave(contestants, options);
    const ours = times.get('ours')!;
    return [
      { ...us, milliseconds: summarize(ours) },
      ...peers.map(({ kind, ...peer }): PeerTimes => {
        const theirs = times.get(kind);
        if (theirs === undefined) return peer;
        const ratio = kind === device.kind ? { ratio: pairedRatio(ours, theirs) } : {};
        return { ...peer, milliseconds: summarize(theirs), ...ratio };
      }),
    ];
  } finally {
    for (const session of sessions) await session.release();
  }
}

/** The section of a report. */
export function peersReport(peers: readonly PeerTimes[]): string {
  const rows = peers.map(({ runtime, device, milliseconds: time, ratio, difference, absent }, index) => [
    runtime,
    device,
    time ? milliseconds(time.median) : absent === undefined ? 'results differ' : `absent: ${absent}`,
    time ? `${milliseconds(time.low)}–${milliseconds(time.high)}` : '-',
    ratio
      ? `${ratio.median.toFixed(2)} × (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`
      : time && index > 0
        ? 'another kind of device'
        : '-',
    difference === undefined ? '-' : difference.toExponential(1),
  ]);
  return [
    '## Forward pass beside onnxruntime-web',
    '',
    'One image, in turns; how many times as fast we are, round by round (5–95 %), where both run on the same kind of',
    `device. Results agree within ${TOLERANCE} of the largest value, or times are not compared.`,
    '',
    ...markdownTable(['runtime', 'device', 'median ms', '5–95 % ms', 'times as fast', 'results differ by'], rows),
    '',
  ].join('\n');
}
