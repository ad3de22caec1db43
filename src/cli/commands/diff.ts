import { compareDevices, DEVICE_BOUND } from '../../compare/compare-devices.ts';
import { SalientError } from '../../error.ts';
import { decodeImage } from '../../image/codec/decode.ts';
import { loadModel } from '../../model/load-model.ts';
import { readModelFile } from '../../onnx/files.ts';
import { readNpy } from '../../tensor/npy.ts';
import { openDevice } from '../../tensor/open-device.ts';
import { VERSION } from '../../version.ts';
import { type Command, type CommandContext, numberOption, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { COMPOSITE_HELP, COMPOSITE_OPTIONS, rulesFrom } from '../options/composite.ts';
import { deviceKind } from '../options/device.ts';
import { NETWORK_HELP, NETWORK_OPTIONS, networkFrom } from '../options/network.ts';
import { PREPROCESS_HELP, PREPROCESS_OPTIONS, preprocessingFrom } from '../options/preprocess.ts';
import { SALIENCY_HELP, SALIENCY_OPTIONS, saliencyFrom } from '../options/saliency.ts';
import { type DiffReport, reportLines, summaryOf } from '../output/diff-report.ts';
import { printJson, printLine } from '../output/print.ts';
import { ProgressBar } from '../output/progress.ts';
import { isNpy, named, readInput, readLabels } from '../read.ts';

const HELP = `usage: salient diff MODEL INPUT [--devices A,B] [--bound B] [OPTIONS]

Explains one photograph (PNG, JPEG) or preprocessed input (.npy, [C,H,W] or [N,C,H,W]) on two devices and compares, layer
by layer, activations, relevance and the SR map. Names the first layer past the bound, and then ends with code 1. The
output is what a bug report needs.

  --devices A,B           two of auto, webgpu, wasm, reference; B is the standard. Default: auto,reference
  --bound B               largest relative error |A - B|/|B| (Euclidean norms) of a layer. Default ${DEVICE_BOUND}; composites with
                          gamma rules amplify rounding, give 1e-3 there
  --direct                convolutions as direct sums, without Winograd's algorithm
${NETWORK_HELP}
  --labels FILE           class names, one per line or a JSON array
${COMPOSITE_HELP}
${PREPROCESS_HELP}
${SALIENCY_HELP}
  --json                  print the comparison as JSON`;

const OPTIONS = {
  devices: { type: 'string' },
  bound: { type: 'string' },
  direct: { type: 'boolean' },
  labels: { type: 'string' },
  ...NETWORK_OPTIONS,
  ...COMPOSITE_OPTIONS,
  ...PREPROCESS_OPTIONS,
  ...SALIENCY_OPTIONS,
} as const;

export const command: Command = {
  summary: {
    'diff MODEL INPUT': 'two devices compared layer by layer',
  },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'diff');
  const [modelPath, inputPath, ...others] = positionals;
  if (modelPath === undefined || inputPath === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `expected MODEL INPUT, found ${positionals.length}; see \`salient diff --help\``,
    );
  }
  if (inputPath.endsWith('.onnx') || /\.(npy|png|jpe?g)$/i.test(modelPath)) {
    throw new SalientError(
      'bad-argument',
      `expected MODEL INPUT in this order, found "${modelPath}" and "${inputPath}"; give the model first`,
    );
  }
  const kinds = (values.devices ?? 'auto,reference').split(',').map((word) => deviceKind(word.trim(), 'devices'));
  if (kinds.length !== 2) {
    throw new SalientError('bad-argument', `--devices is "${values.devices}"; expected two, such as webgpu,reference`);
  }
  const bound = numberOption(values.bound, 'bound');
  if (bound !== undefined && bound <= 0) {
    throw new SalientError('bad-argument', `--bound is ${bound}; expected a positive number`);
  }
  const saliency = saliencyFrom(values);
  const preprocessing = preprocessingFrom(values);
  const rulesWith = await rulesFrom(values);
  const bytes = await readInput(inputPath);
  const input = isNpy(inputPath, bytes) ? readNpy(bytes, `"${inputPath}"`) : await named(inputPath, decodeImage(bytes));
  const labels = await readLabels(values.labels);
  const { path: modelFile } = await namedModel(modelPath);
  const { bytes: file, readExternal } = await readModelFile(modelFile);
  const modelOptions = { labels, preprocessing, readExternal, ...networkFrom(values) };

  using deviceA = await openDevice(kinds[0]);
  using deviceB = await openDevice(kinds[1]);
  using a = await named(modelPath, loadModel(deviceA, file, modelOptions));
  using b = await named(modelPath, loadModel(deviceB, file, modelOptions));
  const bar = new ProgressBar();
  const rules = await rulesWith(b.preprocessing);
  const options = { ...rules, saliency, bound, direct: values.direct, signal, onProgress: bar.update };
  const comparison = await named(inputPath, compareDevices(a, b, input, options));
  bar.clear();

  const report: DiffReport = {
    version: VERSION,
    platform: `${process.platform} ${process.arch}, Node.js ${process.versions.node}`,
    devices: { a: deviceA.description, b: deviceB.description },
    model: { file: modelPath, sha256: await b.sha256() },
    input: inputPath,
    preprocessing: b.preprocessing,
    composite: rules.composite.name,
    direct: values.direct ?? false,
    comparison,
  };
  if (values.json) printJson(summaryOf(report));
  else for (const line of reportLines(report)) printLine(line);
  if (comparison.first !== undefined) process.exitCode = 1;
}
