// deno run --allow-read explain.ts net.onnx cat.jpg
// (With --allow-sys and --allow-env too where Deno asks for them; WebGPU is used where Deno has an adapter.)
import { decodeImage, loadModel, openDevice } from 'salient-relevance';

const [file, photo] = Deno.args;
using device = await openDevice('wasm');
using model = await loadModel(device, await Deno.readFile(file!));
const { classes, layers } = await model.explain(await decodeImage(await Deno.readFile(photo!)), { saliency: false });
for (const { label, probability } of classes) console.log(`${(100 * probability).toFixed(1).padStart(5)} %  ${label}`);
console.log(`${layers.length} layers, ${device.description}`);
