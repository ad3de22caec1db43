// POST a PNG or JPEG to http://localhost:PORT/ and get the classes, and the relevance of the first, as JSON:
//   node server.js net.onnx 8080;  curl --data-binary @cat.jpg http://localhost:8080/
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { decodeImage } from 'salient-relevance';
import { openWorker } from 'salient-relevance/worker';

const [file, port = '8080'] = process.argv.slice(2);
const worker = await openWorker(); // computes on threads of its own: the server goes on answering
const model = await worker.loadModel(file);

const server = createServer(async (request, response) => {
  const gone = new AbortController();
  response.on('close', () => gone.abort()); // who hangs up is not computed for
  try {
    const photo = await decodeImage(await buffer(request));
    const { classes, relevance, target } = await model.explain(photo, { saliency: false, signal: gone.signal });
    const answer = { classes, start: target.start, shape: relevance.shape, relevance: [...relevance.data] };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(error.code ? 400 : 500).end(`${error.message}\n`); // SalientError's message is one line
  }
});
server.listen(Number(port), 'localhost', () => console.log(`http://localhost:${server.address().port}`));
