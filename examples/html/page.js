// From a CDN or any static server: the module is one file. Serve the model beside it.
import { drawOverlay, openWorker } from './salient-relevance.browser.js';

const [photo, answer, map] = ['photo', 'answer', 'map'].map((id) => document.getElementById(id));
const worker = await openWorker(); // the GPU where there is one, else WebAssembly; never on this thread
const model = await worker.loadModel('./scenes-vgg.onnx');
answer.textContent = `ready: ${worker.description}`;

photo.onchange = async () => {
  const { classes, salient, shown } = await model.explain(await createImageBitmap(photo.files[0]));
  const [{ label, probability }] = classes;
  answer.textContent = `${label}, ${(100 * probability).toFixed(1)} %`;
  drawOverlay(map, shown, salient);
};
