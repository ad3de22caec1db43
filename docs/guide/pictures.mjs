// Makes the pictures of docs/guide: `npm run build && node docs/guide/pictures.mjs`.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodePng } from '../../dist/src/image/codec/png-encode.js';
import { DIVERGING, SEQUENTIAL } from '../../dist/src/image/draw/colormap.js';
import { enlarge } from '../../dist/src/image/draw/enlarge.js';
import { heatmap, scaleOf, sumOverChannels } from '../../dist/src/image/draw/heatmap.js';
import { decodeImage, loadModel, openDevice } from '../../dist/src/index.js';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const SIDE = 256;
const CONV = '/features/features.2/Conv';
const LATE = '/features/features.15/Conv';

const device = await openDevice('wasm');
const model = await loadModel(device, file('../../models/scenes-vgg.onnx'));
const photo = await decodeImage(readFileSync(file('../../models/samples/sailboat-2000002.png')));
const explanation = await model.explain(photo, { record: [CONV, LATE] });
model.close();
device.close();

/** One channel [h,w] of a tensor [C,h,w]. */
function channel({ shape: [, height, width], data }, index) {
  return { shape: [height, width], data: data.slice(index * height * width, (index + 1) * height * width) };
}

async function save(name, image) {
  const path = file(`../pictures/guide-${name}.png`);
  const factor = Math.max(1, Math.round(SIDE / image.width));
  writeFileSync(`${path}.tmp`, await encodePng(enlarge(image, factor, 'nearest')));
  renameSync(`${path}.tmp`, path);
}

/** Relevance of a layer, summed over its channels, in colours that are full at the 99.5th percentile. */
async function saveRelevance(name, map) {
  const sum = sumOverChannels(map);
  await save(name, heatmap(sum, DIVERGING, scaleOf(sum, 99.5)));
}

const activation = explanation.recorded.get(CONV).activation;
const strongest = activation.data.reduce((most, value) => Math.max(most, value), 0);
await save('photo', explanation.shown);
await save('activation', heatmap(channel(activation, 5), SEQUENTIAL, strongest / 2));
await saveRelevance('late', explanation.recorded.get(LATE).relevance);
await saveRelevance('early', explanation.recorded.get(CONV).relevance);
await saveRelevance('relevance', explanation.relevance);
await save('salient', heatmap(explanation.salient, SEQUENTIAL, 1));
