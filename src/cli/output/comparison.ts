import type { Compared } from '../../experiments/compare-networks.ts';
import { encodePng } from '../../image/codec/png-encode.ts';
import { montage } from '../../image/draw/montage.ts';
import { shortLabel } from '../../image/labels.ts';
import type { Explanation } from '../../model/explanation.ts';
import { PERCENTILE, rowOf } from './explain-output.ts';
import { writeFileAtomically } from './files.ts';

/** Writes the paper's montage of one photograph: a row for each network. */
export async function saveComparison(
  path: string,
  { image, truth, relevance, salient }: Compared,
  explanations: readonly Explanation[],
  names: readonly string[],
): Promise<void> {
  const rows = explanations.map((explanation, index) => ({
    ...rowOf(explanation),
    heading: names[index]!,
    salient: explanation.salient ?? emptyOf(explanation),
  }));
  const like = salient ?? relevance;
  const what = salient ? 'SR maps' : 'relevance maps';
  const picture = montage({
    title: truth === undefined ? image : `${shortLabel(truth)}: ${image}`,
    subtitle: `${what}: SSIM ${like.ssim.toFixed(3)}, rank correlation ${like.rank.toFixed(3)}`.replaceAll('-', '−'),
    rows,
    percentile: PERCENTILE,
  });
  await writeFileAtomically(path, await encodePng(picture));
}

function emptyOf({ relevance }: Explanation) {
  const [height, width] = relevance.shape.slice(-2) as [number, number];
  return { shape: [height, width], data: new Float32Array(height * width) };
}
