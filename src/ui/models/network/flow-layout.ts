import type { Flow, FlowBlock } from './flow';

/** A block with its place: the centre of its glyph, and where its words begin. Pixels. */
export interface PlacedBlock {
  readonly block: FlowBlock;
  readonly x: number;
  readonly y: number;
  /** Half of the glyph's width and height. */
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly words: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' };
}

/** A drawing's blocks, the paths between them and its height. Pixels. */
export interface FlowLayout {
  readonly height: number;
  readonly placed: readonly PlacedBlock[];
  /** SVG paths with an arrow at their end. */
  readonly paths: readonly string[];
  /** Where the line forks, and where the words for it begin. */
  readonly fork: {
    readonly x: number;
    readonly y: number;
    readonly label: [number, number];
  } | null;
}

/** Pixels that a block's words need beside each other. */
const MIN_COLUMN = 118;
/** Pixels for what the line leads to, with its words at the right. */
const ENDS_WIDTH = 220;
const LINE_HEIGHT = 18;
const MAX_SIDE = 84;
/** Between a glyph and an arrow. */
const GAP = 8;

/** Where the blocks of a flow lie in a width: beside each other, or one below the other. */
export const layoutOf = (flow: Flow, width: number): FlowLayout =>
  (width - ENDS_WIDTH) / flow.line.length >= MIN_COLUMN ? across(flow, width) : down(flow);

/** Half of a glyph's sides. */
function halfSides({ look, size, plates = 1 }: FlowBlock): [number, number] {
  const side = 18 + (MAX_SIDE - 18) * size;
  switch (look) {
    case 'picture':
      return [side / 2, side / 2];
    case 'maps':
      return [side / 2 + 2 * (plates - 1), side / 2 + 2 * (plates - 1)];
    case 'numbers':
      return [7, side / 2];
    case 'direction':
    case 'confidence':
      return [19, 19];
    case 'stopped':
    case 'rest':
      return [26, 22];
    default:
      return look satisfies never;
  }
}

function across(flow: Flow, width: number): FlowLayout {
  const column = Math.min(190, (width - ENDS_WIDTH) / flow.line.length);
  const middle = MAX_SIDE / 2 + 6;
  const line = flow.line.map((block, i): PlacedBlock => {
    const [halfWidth, halfHeight] = halfSides(block);
    const x = column * (i + 0.5);
    return {
      block,
      x,
      y: middle,
      halfWidth,
      halfHeight,
      words: { x, y: MAX_SIDE + 32, anchor: 'middle' },
    };
  });
  const last = line.at(-1)!;
  const isForked = flow.ends.length > 1;
  const endX = column * flow.line.length + 62;
  const ends = flow.ends.map((block, i): PlacedBlock => {
    const [halfWidth, halfHeight] = halfSides(block);
    const y = isForked ? 34 + 92 * i : middle;
    return {
      block,
      x: endX,
      y,
      halfWidth,
      halfHeight,
      words: { x: endX + halfWidth + 12, y: y - 9, anchor: 'start' },
    };
  });
  const forkX = (last.x + last.halfWidth + endX - 19) / 2;
  const toEnds = ends.map((end) =>
    isForked
      ? `M${last.x + last.halfWidth + GAP} ${middle}H${forkX}V${end.y}H${leftOf(end)}`
      : `M${last.x + last.halfWidth + GAP} ${middle}H${leftOf(end)}`,
  );
  const between = line
    .slice(1)
    .map((to, i) => `M${line[i]!.x + line[i]!.halfWidth + GAP} ${middle}H${leftOf(to)}`);
  const lines = Math.max(...flow.line.map((block) => block.lines.length));
  return {
    height: Math.max(MAX_SIDE + 32 + LINE_HEIGHT * (lines + 0.6), isForked ? 164 : 0),
    placed: [...line, ...ends],
    paths: [...between, ...toEnds],
    // The words stand beside the way down, below those of the upper end.
    fork: isForked ? { x: forkX, y: middle, label: [forkX + 9, middle + 38] } : null,
  };
}

const leftOf = ({ x, halfWidth }: PlacedBlock): number => x - halfWidth - GAP - 3;

/** Centre of the glyphs, and the rail of a fork at their left. */
const DOWN_X = 62;
const RAIL_X = 8;

function down(flow: Flow): FlowLayout {
  const isForked = flow.ends.length > 1;
  const placed: PlacedBlock[] = [];
  let top = 4;
  for (const [i, block] of [...flow.line, ...flow.ends].entries()) {
    const [halfWidth, halfHeight] = halfSides(block);
    const tall = Math.max(2 * halfHeight, LINE_HEIGHT * (1 + block.lines.length));
    if (isForked && i === flow.line.length) top += 14;
    const y = top + tall / 2;
    placed.push({
      block,
      x: DOWN_X,
      y,
      halfWidth,
      halfHeight,
      words: {
        x: DOWN_X + MAX_SIDE / 2 + 22,
        y: y - (LINE_HEIGHT * block.lines.length) / 2,
        anchor: 'start',
      },
    });
    top += tall + 30;
  }
  const fork = placed[flow.line.length - 1]!;
  const forkY = fork.y + fork.halfHeight + 20;
  const paths = placed.slice(1).map((to, i) => {
    const from = placed[i]!;
    const isSecondEnd = i + 1 > flow.line.length;
    if (isSecondEnd) return `M${DOWN_X} ${forkY}H${RAIL_X}V${to.y}H${leftOf(to)}`;
    return `M${DOWN_X} ${from.y + from.halfHeight + GAP}V${to.y - to.halfHeight - GAP - 3}`;
  });
  return {
    height: top - 22,
    placed,
    paths,
    fork: isForked ? { x: DOWN_X, y: forkY, label: [DOWN_X + 12, forkY] } : null,
  };
}
