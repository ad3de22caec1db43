import { drawMap } from 'salient-relevance/canvas';
import { openWorker } from 'salient-relevance/worker';

const byId = (id) => document.getElementById(id);
const say = (text) => {
  byId('answer').textContent = text;
};
const opening = openWorker();
let model;

byId('model').onchange = async ({ target }) => {
  const worker = await opening;
  model?.close();
  // A File goes to the worker by reference: its bytes never lie on the page's heap.
  model = await worker.loadModel(target.files[0]);
  say(`${model.labels.length} classes on ${worker.description}`);
};

byId('photo').onchange = async ({ target }) => {
  const onProgress = ({ phase, done, total }) => say(`${phase} ${done}/${total}`);
  const photo = await createImageBitmap(target.files[0]);
  const { classes, relevance } = await model.explain(photo, { composite: 'epsilon-plus', onProgress });
  drawMap(byId('map'), relevance);
  say(classes.map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`).join(', '));
};
