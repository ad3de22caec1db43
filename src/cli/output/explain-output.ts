import { join } from 'node:path';
import { SalientError } from '../../error.ts';
import { encodePng } from '../../image/codec/png-encode.ts';
import { DIVERGING, SEQUENTIAL } from '../../image/draw/colormap.ts';
import { heatmap, overlay, scaleOf, sumOverChannels } from '../../image/draw/heatmap.ts';
import { type MontageRow, montage } from '../../image/draw/montage.ts';
import { shortLabel } from '../../image/labels.ts';
import { toGrey } from '../../image/rgb-image.ts';
import type { Explanation } from '../../model/explanation.ts';
import { writeNpy } from '../../tensor/npy.ts';
import { elementCount, type Shape, type Tensor } from '../../tensor/tensor.ts';
import { writeFileAtomically } from './files.ts';

/** What `--save` can name. */
export const SAVES = ['heatmap', 'overlay', 'sr', 'montage', 'relevance.npy', 'sr.npy', 'json'] as const;
export type Save = (typeof SAVES)[number];

/** Percentile of |relevance| at which the pictures' colours are full: a few pixels should not outshine the rest. */
export const PERCENTILE = 99.5;

export interface Titles {
  readonly title: string;
  readonly subtitle: string;
}

/** The list of `--save`, checked. */
export function savesOf(value: string | undefined, photo: boolean, salient: boolean): Save[] {
  const possible = SAVES.filter(
    (save) => (photo || (save !== 'overlay' && save !== 'montage')) && (salient || !usesSalient(save)),
  );
  const usual = possible.filter((save) => !save.endsWith('.npy'));
  if (value === undefined) return usual;
  return value.split(',').map((word) => {
    const save = SAVES.find((candidate) => candidate === word);
    if (save === undefined) {
      throw new SalientError('bad-argument', `--save names "${word}"; choose among ${SAVES.join(', ')}`);
    }
    if (!possible.includes(save)) {
      const missing =
        !salient && usesSalient(save) ? 'an SR map (leave out --no-saliency)' : 'a photograph, not a tensor';
      throw new SalientError('bad-argument', `--save ${save} needs ${missing}`);
    }
    return save;
  });
}

/** Whether a result holds or draws the SR map. */
export function usesSalient(save: Save): boolean {
  return save === 'sr' || save === 'sr.npy' || save === 'montage';
}

/**
 * Writes the results of one input, `DIR/STEM.WHAT`: arrays of all samples (or targets) together, pictures one each. With
 * `names`, the targets', pictures are `DIR/STEM.NAME.WHAT`, and the montage has all of them. Returns the files' paths.
 */
export async function saveExplanations(
  folder: string,
  stem: string,
  explanations: readonly Explanation[],
  saves: readonly Save[],
  titles: Titles,
  json: unknown,
  names?: readonly string[],
): Promise<string[]> {
  const written: string[] = [];
  const write = async (name: string, bytes: Uint8Array) => {
    const path = join(folder, name);
    await writeFileAtomically(path, bytes);
    written.push(path);
  };
  for (const [index, explanation] of explanations.entries()) {
    const own = names ? `${stem}.${names[index]}` : explanations.length === 1 ? stem : `${stem}.${index}`;
    for (const save of saves) {
      if (save === 'montage' && names) continue;
      const picture = pictureOf(explanation, save, titles);
      if (picture !== undefined) await write(`${own}.${save}.png`, await encodePng(picture));
    }
  }
  if (saves.includes('montage') && names) {
    const rows = explanations.map((explanation, index) => ({ ...rowOf(explanation), heading: names[index]! }));
    await write(`${stem}.montage.png`, await encodePng(montage({ ...titles, rows, percentile: PERCENTILE })));
  }
  if (saves.includes('relevance.npy'))
    await write(
      `${stem}.relevance.npy`,
      stacked(explanations, (e) => e.relevance),
    );
  if (saves.includes('sr.npy'))
    await write(
      `${stem}.sr.npy`,
      stacked(explanations, (e) => e.salient!),
    );
  for (const name of explanations[0]!.recorded.keys()) {
    const safe = safeName(name);
    await write(
      `${stem}.activation.${safe}.npy`,
      stacked(explanations, (e) => e.recorded.get(name)!.activation),
    );
    if (explanations[0]!.recorded.get(name)!.relevance === undefined) continue;
    await write(
      `${stem}.relevance.${safe}.npy`,
      stacked(explanations, (e) => e.recorded.get(name)!.relevance!),
    );
  }
  if (saves.includes('json')) await write(`${stem}.json`, Buffer.from(`${JSON.stringify(json, undefined, 2)}\n`));
  return written;
}

function pictureOf(explanation: Explanation, save: Save, { title, subtitle }: Titles) {
  const { relevance, salient, shown } = explanation;
  const map = sumOverChannels(relevance);
  const scale = scaleOf(map, PERCENTILE);
  switch (save) {
    case 'heatmap':
      return heatmap(map, DIVERGING, scale);
    case 'overlay':
      return overlay(toGrey(shown!), map, DIVERGING, scale);
    case 'sr':
      return heatmap(salient!, SEQUENTIAL, 1);
    case 'montage':
      return montage({ title, subtitle, rows: [rowOf(explanation)], percentile: PERCENTILE });
    default:
      return undefined;
  }
}

/** An explanation of a photograph as a row of a montage. */
export function rowOf({ method, relevance, salient, shown, classes, target }: Explanation): MontageRow {
  const listed = target.class === undefined || classes.some(({ index }) => index === target.class!.index);
  const all = listed ? classes : [...classes.slice(0, -1), target.class!];
  return {
    heading: '',
    photo: shown!,
    relevance,
    salient: salient!,
    classes: all.map(({ label, probability, index }) => ({
      label: shortLabel(label),
      probability,
      explained: index === target.class?.index,
    })),
    notes: [
      method === 'lrp' ? `relevance starts at ${target.start.toPrecision(4)}` : method,
      `${method === 'lrp' ? 'and sums' : 'the map sums'} to ${sumOf(sumOverChannels(relevance)).toPrecision(4)}`,
    ],
  };
}

export function sumOf({ data }: Tensor): number {
  let sum = 0;
  for (const value of data) sum += value;
  return sum;
}

/** One array: [C,H,W] for one sample, [N,C,H,W] for several. */
function stacked(explanations: readonly Explanation[], of: (explanation: Explanation) => Tensor): Uint8Array {
  const tensors = explanations.map(of);
  const own: Shape = tensors[0]!.shape;
  const shape = tensors.length === 1 ? own : [tensors.length, ...own];
  const data = new Float32Array(elementCount(shape));
  for (const [index, tensor] of tensors.entries()) data.set(tensor.data, index * tensor.data.length);
  return writeNpy({ shape, data });
}

/** A name that any file system takes. */
export function safeName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').slice(0, 120) || '_';
}
