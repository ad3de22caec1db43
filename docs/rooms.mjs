// Draws the rooms of src/ and the arrows between them: who imports whom, read from the sources.
// usage: node docs/rooms.mjs OUT.svg TITLE [CHECKOUT]      (after npm run build; CHECKOUT: another one to draw)
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const own = dirname(dirname(fileURLToPath(import.meta.url)));
const [out, title, checkout = own] = process.argv.slice(2);
const reader = join(own, 'dist', 'test', 'support', 'imports.js');
if (title === undefined || !existsSync(reader)) {
  console.error(title === undefined ? 'usage: node docs/rooms.mjs OUT.svg TITLE [CHECKOUT]' : 'first: npm run build');
  process.exit(2);
}
const { readImports } = await import(reader);

/** What every room may import. */
const EVERYWHERE = ['src/error.ts', 'src/version.ts'];
const HALL = 'root of src/';
const BOX = { width: 148, height: 58, depth: 16 };
const GAP = { x: 54, y: 78 };
const MARGIN = 40;
const HEADING = 78;

const imports = readImports(checkout, ['src']);
const roomOf = (file) => {
  const [, room] = file.split('/');
  if (room === 'index.ts') return room;
  return statSync(join(checkout, 'src', room)).isDirectory() ? room : HALL;
};

/** By name: files, lines, and the files imported of each other room. */
const rooms = new Map();
for (const [file, targets] of imports) {
  if (EVERYWHERE.includes(file)) continue;
  const name = roomOf(file);
  if (!rooms.has(name)) rooms.set(name, { name, files: 0, lines: 0, arrows: new Map() });
  const room = rooms.get(name);
  room.files++;
  room.lines += readFileSync(join(checkout, file), 'utf8').split('\n').length - 1;
  for (const target of targets) {
    const other = roomOf(target);
    if (other === name || EVERYWHERE.includes(target)) continue;
    if (!room.arrows.has(other)) room.arrows.set(other, new Set());
    room.arrows.get(other).add(target);
  }
}

/** Of two rooms that import each other, the one that knows fewer files of the other climbs. */
const climbs = (from, to) => {
  const back = rooms.get(to).arrows.get(from);
  const fewer = (back?.size ?? 0) - rooms.get(from).arrows.get(to).size;
  return back !== undefined && (fewer > 0 || (fewer === 0 && to === HALL));
};
const arrows = [...rooms.values()].flatMap(({ name, arrows }) =>
  [...arrows.keys()].map((to) => ({ from: name, to, climbs: climbs(name, to) })),
);
const below = (name) => arrows.filter(({ from, climbs }) => from === name && !climbs).map(({ to }) => to);
const reaches = (from, to) => below(from).some((next) => next === to || reaches(next, to));
/** An arrow is implied where its end is reached by other arrows, too. */
for (const arrow of arrows) {
  arrow.implied = !arrow.climbs && below(arrow.from).some((next) => next !== arrow.to && reaches(next, arrow.to));
}

const levelOf = (name) => 1 + Math.max(-1, ...below(name).map(levelOf));
const levels = [];
const place = (level, item) => {
  levels[level] = [...(levels[level] ?? []), { ...item, level }];
  return levels[level].at(-1);
};
const placed = new Map([...rooms.values()].map((room) => [room.name, place(levelOf(room.name), room)]));
const drawn = arrows.filter(({ implied }) => !implied);
/** An arrow's stations from the upper room to the lower one: where it passes a level, it has a place there as rooms have. */
for (const arrow of drawn) {
  const [upper, lower] = (arrow.climbs ? [arrow.to, arrow.from] : [arrow.from, arrow.to]).map((name) =>
    placed.get(name),
  );
  arrow.stations = [upper];
  for (let level = upper.level - 1; level > lower.level; level--) arrow.stations.push(place(level, {}));
  arrow.stations.push(lower);
}
const widthOf = (item) => (item.name === undefined ? 16 : BOX.width);
const spanOf = (row) => row.reduce((sum, item) => sum + widthOf(item), (row.length - 1) * GAP.x);
const width = Math.max(2 * MARGIN + Math.max(...levels.map(spanOf)) + BOX.depth, 720);
const height = HEADING + levels.length * (BOX.height + GAP.y);
placeRows();
for (let pass = 0; pass < 40; pass++) {
  for (const row of levels) {
    for (const item of row) {
      const near = drawn.flatMap(({ stations }) => {
        const at = stations.indexOf(item);
        return at < 0 ? [] : [stations[at - 1], stations[at + 1]].filter((one) => one !== undefined);
      });
      item.wish = near.length === 0 ? item.x : near.reduce((sum, one) => sum + centreOf(one), 0) / near.length;
    }
    row.sort((a, b) => a.wish - b.wish);
  }
  placeRows();
}
writeFileSync(out, draw());

function centreOf(item) {
  return item.x + widthOf(item) / 2;
}

function placeRows() {
  for (const [level, row] of levels.entries()) {
    let x = (width - spanOf(row)) / 2;
    for (const item of row) {
      item.x = x;
      item.y = HEADING + (levels.length - 1 - level) * (BOX.height + GAP.y);
      x += widthOf(item) + GAP.x;
    }
  }
}

function draw() {
  const climbing = arrows.filter((arrow) => arrow.climbs).length;
  const summary =
    `${rooms.size} rooms, ${arrows.length} arrows, ` +
    (climbing === 0 ? 'none climbs' : `${climbing} of them climb: two rooms that import each other`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">
<title>${title}</title>
<defs>
<linearGradient id="front" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff3d6"/><stop offset="1" stop-color="#f6d9a4"/></linearGradient>
<linearGradient id="hall" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fbe3dc"/><stop offset="1" stop-color="#efb8a8"/></linearGradient>
${['#5b4a3a', '#c0341d'].map((color, i) => `<marker id="head${i}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="${color}"/></marker>`).join('\n')}
</defs>
<rect width="${width}" height="${height}" fill="#fdfaf3"/>
<text x="${MARGIN}" y="32" font-size="19" font-weight="600" fill="#3b2f24">${title}</text>
<text x="${MARGIN}" y="54" font-size="13" fill="#6b5a48">${summary}</text>
${drawn.map(drawArrow).join('\n')}
${[...placed.values()].map(drawRoom).join('\n')}
<g font-size="12" fill="#6b5a48">
<text x="${MARGIN}" y="${height - 32}">An arrow: imports. Not drawn: the ${arrows.length - drawn.length} arrows whose end others lead to, too;</text>
<text x="${MARGIN}" y="${height - 14}">and error.ts, version.ts, which every room may import.</text>
</g>
</svg>
`;
}

function drawRoom({ name, files, lines, x, y }) {
  const { width: w, height: h, depth: d } = BOX;
  const hall = name === HALL;
  return `<g stroke="#8a6d47" stroke-width="1">
<path d="M${x} ${y}l${d} ${-d}h${w}l${-d} ${d}z" fill="#fffbef"/>
<path d="M${x + w} ${y}l${d} ${-d}v${h}l${-d} ${d}z" fill="${hall ? '#d08f7c' : '#d9b274'}"/>
<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="url(#${hall ? 'hall' : 'front'})"/>
</g>
<text x="${x + w / 2}" y="${y + 26}" font-size="16" font-weight="600" text-anchor="middle" fill="#3b2f24">${name}</text>
<text x="${x + w / 2}" y="${y + 45}" font-size="11" text-anchor="middle" fill="#6b5a48">${files} ${files === 1 ? 'file' : 'files'}, ${lines} lines</text>`;
}

/** From a box's lower edge to another's upper one, through the arrow's places in between. */
function drawArrow({ climbs, stations }) {
  const points = stations.flatMap((item, i) => {
    const bottom = { x: portOf(item, stations[i + 1], 1), y: item.y + BOX.height };
    const top = { x: portOf(item, stations[i - 1], -1) + BOX.depth, y: item.y - BOX.depth };
    if (item.name === undefined)
      return [
        { x: centreOf(item), y: top.y },
        { x: centreOf(item), y: bottom.y },
      ];
    return i === 0 ? [bottom] : [top];
  });
  if (climbs) points.reverse();
  const path = points.map(({ x, y }, i) => {
    if (i === 0) return `M${x} ${y}`;
    const middle = (points[i - 1].y + y) / 2;
    return `C${points[i - 1].x} ${middle} ${x} ${middle} ${x} ${y}`;
  });
  const [color, stroke, head] = climbs ? ['#c0341d', 2.4, 1] : ['#5b4a3a', 1.6, 0];
  return `<path d="${path.join('')}" fill="none" stroke="${color}" stroke-width="${stroke}" marker-end="url(#head${head})"/>`;
}

/** Arrows' ends are spread over a box's edge in the order of where they lead: below (1) or above (-1). */
function portOf(item, towards, side) {
  const others = drawn
    .flatMap(({ stations }) => (stations.includes(item) ? [stations[stations.indexOf(item) + side]] : []))
    .filter((other) => other !== undefined)
    .sort((a, b) => a.x - b.x);
  return item.x + (widthOf(item) * (others.indexOf(towards) + 1)) / (others.length + 1);
}
