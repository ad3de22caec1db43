import { SalientError } from '../error.ts';
import { KNOWN_MODELS } from '../model/known-models.ts';
import { isHere, modelNamed, pathOf, pullModel, removeModel } from '../store/pull.ts';
import { type CommandContext, parseWords } from './command.ts';
import { sizeText } from './model-path.ts';
import { printJson, printLine } from './output/print.ts';
import { ProgressBar } from './output/progress.ts';

/** `salient model pull NAME…` */
export async function pull(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, {}, 'model');
  if (positionals.length === 0) throw nameMissing('pull');
  // A wrong name is told before anything is downloaded.
  const models = positionals.map((name) => modelNamed(name));
  const pulled: object[] = [];
  for (const { name } of models) {
    const bar = new ProgressBar();
    const { path, bytes, wasHere } = await pullModel(name, {
      signal,
      onProgress: (done, total) =>
        bar.update({ phase: `${name}: ${sizeText(done)} of ${sizeText(total)}`, done, total }),
      onWait: () => console.error(`salient: another process is downloading ${name}; waiting for it`),
    }).finally(() => bar.clear());
    pulled.push({ name, file: path, bytes, wasHere });
    if (!values.json) printLine(`${name}: ${wasHere ? 'is here already' : `downloaded ${sizeText(bytes)}`}: ${path}`);
  }
  if (values.json) printJson(pulled);
}

/** `salient model remove NAME…` */
export async function remove(words: string[]): Promise<void> {
  const { values, positionals } = parseWords(words, {}, 'model');
  if (positionals.length === 0) throw nameMissing('remove');
  const models = positionals.map((name) => modelNamed(name));
  const removed: object[] = [];
  for (const { name, bytes } of models) {
    const wasHere = await removeModel(name);
    removed.push({ name, removed: wasHere });
    if (!values.json) printLine(`${name}: ${wasHere ? `removed (${sizeText(bytes)})` : 'was not here'}`);
  }
  if (values.json) printJson(removed);
}

/** `salient model list` */
export async function list(words: string[]): Promise<void> {
  const { values } = parseWords(words, {}, 'model');
  const here = await Promise.all(KNOWN_MODELS.map((model) => isHere(model)));
  if (values.json) {
    printJson(KNOWN_MODELS.map((model, index) => ({ ...model, path: here[index] ? pathOf(model) : undefined })));
    return;
  }
  console.log('Known by name. `salient model pull NAME` fetches one; --model NAME then uses it.\n');
  for (const [index, { name, bytes, preprocessing, about }] of KNOWN_MODELS.entries()) {
    const where = here[index] ? 'here' : '';
    console.log(
      `  ${name.padEnd(14)}${sizeText(bytes).padStart(8)}  ${where.padEnd(6)}${preprocessing.padEnd(10)}${about}`,
    );
  }
}

function nameMissing(action: string): SalientError {
  return new SalientError(
    'bad-argument',
    `a name is missing; \`salient model list\` shows what can be named, then \`salient model ${action} NAME\``,
  );
}
