import { differenceWithInterval, type Estimate, meanWithInterval } from '../evaluate/bootstrap.ts';
import { accuracyOf, type Compared, type Failed, type Similarity } from './compare-networks.ts';
import type { Line } from './results-file.ts';

/** A measure where the networks agree on the class, where they do not, and how the two differ. */
export interface ByAgreement {
  readonly agree: Estimate;
  readonly disagree: Estimate;
  /** agree − disagree. */
  readonly difference: Estimate;
}

/** What a whole comparison says. */
export interface Summary {
  readonly images: number;
  readonly failed: readonly Failed[];
  readonly agree: number;
  readonly accuracy?: { readonly a: { top1: number; top5: number }; readonly b: { top1: number; top5: number } };
  readonly counts?: {
    readonly bothRight: number;
    readonly aAlone: number;
    readonly bAlone: number;
    readonly bothWrong: number;
  };
  readonly relevance: Readonly<Record<keyof Similarity, ByAgreement>>;
  readonly salient?: Readonly<Record<keyof Similarity, ByAgreement>>;
  /** Rank correlation of SR with the photograph's own saliency. */
  readonly likePhoto?: { readonly a: Estimate; readonly b: Estimate };
}

/** The lines of images that were explained, and of those that could not be. */
export function sorted(lines: Iterable<Line>): { readonly compared: Compared[]; readonly failed: Failed[] } {
  const all = [...lines];
  return {
    compared: all.filter((line) => !('error' in line)) as unknown as Compared[],
    failed: all.filter((line) => 'error' in line) as unknown as Failed[],
  };
}

/** Means with 95 % bootstrap intervals from `seed`. */
export function summarize(lines: Iterable<Line>, seed: number): Summary {
  const { compared, failed } = sorted(lines);
  const byAgreement = (of: (line: Compared) => number): ByAgreement => {
    const [agree, disagree] = [true, false].map((wanted) => compared.filter((line) => line.agree === wanted).map(of));
    return {
      agree: meanWithInterval(agree!, seed),
      disagree: meanWithInterval(disagree!, seed),
      difference: differenceWithInterval(agree!, disagree!, seed),
    };
  };
  const measures = (of: (line: Compared) => Similarity) => ({
    ssim: byAgreement((line) => of(line).ssim),
    rank: byAgreement((line) => of(line).rank),
    overlap: byAgreement((line) => of(line).overlap),
  });
  const known = compared.filter(({ a }) => a.right !== undefined);
  const count = (a: boolean, b: boolean) => known.filter((line) => line.a.right === a && line.b.right === b).length;
  const hasSalient = compared.length > 0 && compared.every(({ salient }) => salient !== undefined);
  const likePhoto = (network: 'a' | 'b') =>
    meanWithInterval(
      compared.flatMap((line) => line[network].likePhoto ?? []),
      seed,
    );
  return {
    images: compared.length + failed.length,
    failed,
    agree: compared.filter(({ agree }) => agree).length,
    ...(known.length > 0 && {
      accuracy: { a: accuracyOf(known, 'a'), b: accuracyOf(known, 'b') },
      counts: {
        bothRight: count(true, true),
        aAlone: count(true, false),
        bAlone: count(false, true),
        bothWrong: count(false, false),
      },
    }),
    relevance: measures(({ relevance }) => relevance),
    ...(hasSalient && { salient: measures(({ salient }) => salient!) }),
    ...(compared.some(({ a }) => a.likePhoto !== undefined) && { likePhoto: { a: likePhoto('a'), b: likePhoto('b') } }),
  };
}

/** `0.512 [0.498, 0.525]`, or a dash where there was nothing to take a mean of. */
export function estimateText({ mean, low, high }: Estimate): string {
  if (!Number.isFinite(mean)) return '—';
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`.replaceAll('-', '−');
}

/** The paper's question as a sentence: do the maps differ more where the answers differ? */
export function verdict(name: string, { agree, disagree, difference }: ByAgreement): string {
  if (agree.count === 0 || disagree.count === 0) {
    return `${name}: the networks ${agree.count === 0 ? 'never' : 'always'} agree here; there is nothing to compare`;
  }
  const figures = `${estimateText(agree)} where they agree (${agree.count}), ${estimateText(disagree)} where not (${disagree.count})`;
  const isClear = difference.low > 0 || difference.high < 0;
  const says = !isClear
    ? 'no difference that these images show'
    : difference.mean > 0
      ? 'they differ more where the answers differ'
      : 'they differ less where the answers differ';
  return `${name}: ${figures}: ${says} (difference ${estimateText(difference)})`;
}
