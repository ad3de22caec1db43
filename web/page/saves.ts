import { drawPhoto, type Explanation } from '../../src/browser/index.ts';
import { sumOverChannels } from '../../src/image/draw/heatmap.ts';
import { montage } from '../../src/image/draw/montage.ts';
import { shortLabel } from '../../src/image/labels.ts';
import { writeNpy } from '../../src/tensor/npy.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { make, save } from './dom.ts';

/** What was explained: a row of a montage, an entry of a JSON. */
export interface Explained {
  readonly network: string;
  readonly explanation: Explanation;
  readonly rules: string;
}

const sumOf = ({ data }: Tensor) => Array.from(data).reduce((sum, value) => sum + value, 0);

/** The picture that `salient explain` writes, one row a network. */
export async function saveMontage(title: string, rows: readonly Explained[]): Promise<void> {
  const picture = montage({
    title,
    subtitle: rows[0]!.rules,
    rows: rows.map(({ network, explanation }) => ({
      heading: rows.length > 1 ? network : '',
      photo: explanation.shown!,
      relevance: explanation.relevance,
      salient: explanation.salient ?? emptyOf(explanation.relevance),
      classes: explanation.classes.map(({ label, probability, index }) => ({
        label: shortLabel(label),
        probability,
        explained: index === explanation.target.class?.index,
      })),
      notes: [`the map sums to ${sumOf(sumOverChannels(explanation.relevance)).toPrecision(4)}`],
    })),
  });
  const canvas = make('canvas');
  drawPhoto(canvas, picture);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob) save(`${title}.montage.png`, blob);
}

function emptyOf({ shape }: Tensor): Tensor {
  const [height, width] = shape.slice(-2) as [number, number];
  return { shape: [height, width], data: new Float32Array(height * width) };
}

/** Relevance [C,H,W] and the SR map [H,W] as NumPy arrays. */
export function saveArrays(title: string, { explanation: { relevance, salient } }: Explained): void {
  save(`${title}.relevance.npy`, new Blob([writeNpy(relevance)]));
  if (salient) save(`${title}.sr.npy`, new Blob([writeNpy(salient)]));
}

/** Classes, rules, ledger and maps as one JSON. */
export function saveJson(title: string, rows: readonly Explained[]): void {
  const plain = ({ shape, data }: Tensor) => ({ shape, data: Array.from(data) });
  const entries = rows.map(
    ({ network, rules, explanation: { method, classes, target, layers, relevance, salient } }) => ({
      network,
      rules,
      method,
      classes,
      target,
      layers,
      relevance: plain(relevance),
      ...(salient && { salient: plain(salient) }),
    }),
  );
  save(`${title}.json`, new Blob([JSON.stringify(entries)], { type: 'application/json' }));
}
