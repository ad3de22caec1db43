import type { Compared } from './compare-networks.ts';
import { histogram } from './plot.ts';
import type { Line } from './results-file.ts';
import { estimateText, type Summary, sorted, verdict } from './summary.ts';

/** What a report says besides its lines. */
export interface ReportHead {
  readonly a: string;
  readonly b: string;
  readonly rules: string;
  readonly truth: string;
  readonly version: string;
  /** The montage of an image relative to the report, where there is one. */
  picture(image: string): string | undefined;
}

/** Text of files and labels stands in HTML as text. */
export function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character]!);
}

/** A comparison as one HTML file: figures, plots, and a table of all images that sorts by its columns. */
export function compareReport(lines: Iterable<Line>, summary: Summary, head: ReportHead): string {
  const { compared, failed } = sorted(lines);
  compared.sort((one, other) => (one.image < other.image ? -1 : 1));
  const [a, b] = [escaped(head.a), escaped(head.b)];
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const { accuracy, counts, likePhoto } = summary;
  const plotOf = (title: string, of: (line: Compared) => number | undefined) => {
    const values = (agree: boolean) =>
      compared.filter((line) => line.agree === agree).flatMap((line) => of(line) ?? []);
    return histogram(title, [
      { name: 'the networks agree', values: values(true) },
      { name: 'they disagree', values: values(false) },
    ]);
  };
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${a} and ${b} on ${summary.images} photographs</title>
<style>${STYLE}</style>
<h1>${a} and ${b} on ${summary.images} photographs</h1>
<p>Rules: ${escaped(head.rules)}. True classes: ${escaped(head.truth)}. salient-relevance ${escaped(head.version)}. A is ${a}, B is ${b}; each network explains the class that it predicts. Intervals: 95 % by bootstrap over photographs.</p>
${
  accuracy && counts
    ? `<table><caption>Accuracy</caption><tr><th><th>top 1<th>top 5</tr>
<tr><th>${a}<td>${percent(accuracy.a.top1)}<td>${percent(accuracy.a.top5)}</tr>
<tr><th>${b}<td>${percent(accuracy.b.top1)}<td>${percent(accuracy.b.top5)}</tr></table>
<p>Both right ${counts.bothRight}, A alone ${counts.aAlone}, B alone ${counts.bAlone}, both wrong ${counts.bothWrong}.</p>`
    : ''
}
<p>The networks agree on ${summary.agree} of ${compared.length} photographs${failed.length > 0 ? `; ${failed.length} could not be explained (below)` : ''}.</p>
<h2>Do the maps differ where the answers differ?</h2>
<ul>
${(['ssim', 'rank', 'overlap'] as const)
  .flatMap((measure) => [
    verdict(`Relevance, ${NAMES[measure]}`, summary.relevance[measure]),
    ...(summary.salient ? [verdict(`SR, ${NAMES[measure]}`, summary.salient[measure])] : []),
  ])
  .map((text) => `<li>${escaped(text)}.</li>`)
  .join('\n')}
</ul>
${likePhoto ? `<p>How much SR follows the photograph's own saliency (rank correlation): A ${estimateText(likePhoto.a)}, B ${estimateText(likePhoto.b)}.</p>` : ''}
<div class="plots">
${plotOf('SSIM of the two relevance maps', ({ relevance }) => relevance.ssim)}
${plotOf('SSIM of the two SR maps', ({ salient }) => salient?.ssim)}
${plotOf('Rank correlation of the two SR maps', ({ salient }) => salient?.rank)}
</div>
<h2>Photographs</h2>
<table class="sortable">
<thead><tr>${COLUMNS.map((title) => `<th><button type="button">${title}</button></th>`).join('')}</tr></thead>
<tbody>
${compared.map((line) => rowOf(line, head)).join('\n')}
</tbody>
</table>
${
  failed.length === 0
    ? ''
    : `<h2>Not explained</h2><table><tr><th>photograph<th>reason</tr>
${failed.map(({ image, reason }) => `<tr><td>${escaped(image)}<td>${escaped(reason)}</tr>`).join('\n')}</table>`
}
<script>${SORT}</script>
</html>
`;
}

const NAMES = { ssim: 'SSIM', rank: 'rank correlation', overlap: 'overlap of the highest tenth' } as const;

const COLUMNS = [
  'photograph',
  'truth',
  'A',
  'p(A)',
  'B',
  'p(B)',
  'agree',
  'relevance SSIM',
  'relevance rank',
  'SR SSIM',
  'SR rank',
  'SR overlap',
];

function rowOf(line: Compared, head: ReportHead): string {
  const { image, truth = '', a, b, agree, relevance, salient } = line;
  const picture = head.picture(image);
  const name = escaped(image);
  const link =
    picture === undefined
      ? name
      : `<a href="${escaped(encodeURI(picture))}"><img loading="lazy" src="${escaped(encodeURI(picture))}" alt="montage of ${name}">${name}</a>`;
  const answer = ({ top, right }: Compared['a']) => {
    const mark = right === undefined ? '' : right ? ' class="right"' : ' class="wrong"';
    return `<td${mark}>${escaped(top[0]!.label.split(',')[0]!)}</td><td>${top[0]!.probability.toFixed(3)}</td>`;
  };
  const numbers = [relevance.ssim, relevance.rank, salient?.ssim, salient?.rank, salient?.overlap];
  return `<tr><td>${link}</td><td>${escaped(truth.split(',')[0]!)}</td>${answer(a)}${answer(b)}<td>${agree ? 'yes' : 'no'}</td>${numbers
    .map((value) => `<td>${value === undefined ? '' : value.toFixed(3)}</td>`)
    .join('')}</tr>`;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:#1c1c22}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.85rem}td,th{padding:.2rem .7rem .2rem 0;text-align:left;border-bottom:1px solid #e3e3e8}
caption{text-align:left;font-weight:600}.right{color:#1d6b3a}.wrong{color:#b02418}img{display:block;max-width:22rem}
.plots{display:flex;flex-wrap:wrap;gap:1rem}th button{font:inherit;border:0;background:none;padding:0;cursor:pointer;font-weight:600}`;

/** Sorts the table by a column, numbers by value; once more: the other way round. */
const SORT = `for (const [column, button] of [...document.querySelectorAll('.sortable th button')].entries()) {
  let up = false;
  button.onclick = () => {
    up = !up;
    const body = document.querySelector('.sortable tbody');
    const key = (row) => { const text = row.cells[column].textContent; const number = Number(text); return text !== '' && !Number.isNaN(number) ? number : text; };
    const rows = [...body.rows].sort((a, b) => { const [x, y] = [key(a), key(b)]; return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1); });
    body.append(...rows);
  };
}`;
