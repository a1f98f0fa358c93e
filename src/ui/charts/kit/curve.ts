import type { PlotData, PlotLayout } from '../plot-layout';
import type { ChartAxis } from './chart-axis';
import type { ChartFigures } from './export/chart-figures';

/** A curve of a chart, with plain columns of the same length. */
export interface Curve {
  readonly name: string;
  /** A CSS colour, or a variable of the theme: it stays the curve's own, whatever is hidden. */
  readonly colour: string;
  /** Lengths of dashes and gaps, in pixels: colour alone doesn't distinguish curves. */
  readonly dash?: string;
  /** Ascending. */
  readonly x: ArrayLike<number>;
  /** null or not finite where nothing could be measured: the curve has a gap there. */
  readonly y: ArrayLike<number | null>;
  /** The ends of an interval around the curve, drawn as a band, and its name ("95 %"). */
  readonly interval?: {
    readonly name: string;
    readonly low: ArrayLike<number | null>;
    readonly high: ArrayLike<number | null>;
  };
  /** Holds each value until the next one, instead of running straight to it. */
  readonly isStepped?: boolean;
  /** Every point is marked as well. */
  readonly hasPoints?: boolean;
  /** Doesn't stretch the axis: what is beyond the others is cut off. */
  readonly isCutOff?: boolean;
  /** What is read at a gap, such as "not measurable"; nothing by default. */
  readonly gap?: string;
}

type Cell = number | null | undefined;

/** Curves over common abscissae: undefined where only others have a point, null for a gap. */
export interface AlignedCurves {
  readonly x: readonly number[];
  /** For each curve its values, and the ends of its interval. */
  readonly columns: readonly {
    readonly y: readonly Cell[];
    readonly low: readonly Cell[];
    readonly high: readonly Cell[];
  }[];
}

/** Brings curves to common abscissae. */
export function alignedCurves(curves: readonly Curve[]): AlignedCurves {
  const x = [...new Set(curves.flatMap((curve) => Array.from(curve.x)))].sort((a, b) => a - b);
  const columns = curves.map((curve) => {
    const places = new Map(Array.from(curve.x, (at, i) => [at, i]));
    const column = (values: ArrayLike<number | null> | undefined) =>
      x.map((at): Cell => {
        const place = places.get(at);
        if (place === undefined || !values) return undefined;
        const value = values[place] ?? NaN;
        return Number.isFinite(value) ? value : null;
      });
    const { y, interval } = curve;
    return { y: column(y), low: column(interval?.low), high: column(interval?.high) };
  });
  return { x, columns };
}

/** A row that Recharts draws: x, then `y0`, `y1` … and `band0`, `band1` … */
export type DrawnRow = Readonly<Record<string, number | null | readonly [number, number]>>;

/**
 * The rows that are drawn. Where only other curves have a point, a curve's row lies on its line, so
 * that the line goes on, and only gaps are gaps.
 * @param along places abscissae on the axis, which may be logarithmic
 */
export function drawnRows(
  { x, columns }: AlignedCurves,
  curves: readonly Curve[],
  along: (x: number) => number,
): DrawnRow[] {
  const filled = columns.map(({ y, low, high }, i) => {
    const { isStepped = false } = curves[i]!;
    return [y, low, high].map((column) => filledColumn(x, column, isStepped, along));
  });
  return x.map((at, row) => {
    const drawn: Record<string, number | null | readonly [number, number]> = { x: at };
    filled.forEach(([y, low, high], i) => {
      drawn[`y${i}`] = y![row] ?? null;
      const [from, to] = [low![row] ?? null, high![row] ?? null];
      drawn[`band${i}`] = from === null || to === null ? null : [from, to];
    });
    return drawn;
  });
}

function filledColumn(
  x: readonly number[],
  column: readonly Cell[],
  isStepped: boolean,
  along: (x: number) => number,
): Cell[] {
  let before = -1;
  const after = nextPlaces(column);
  return column.map((value, row) => {
    if (value !== undefined) {
      before = row;
      return value;
    }
    const next = after[row]!;
    const [from, to] = [column[before], next === -1 ? undefined : column[next]];
    if (from == null || to == null) return undefined;
    if (isStepped) return from;
    const [start, end] = [along(x[before]!), along(x[next]!)];
    return from + ((along(x[row]!) - start) / (end - start)) * (to - from);
  });
}

/** For each row the next one with a point or a gap; −1 after the last. */
function nextPlaces(column: readonly Cell[]): number[] {
  const places = new Array<number>(column.length).fill(-1);
  for (let row = column.length - 2; row >= 0; row--)
    places[row] = column[row + 1] === undefined ? places[row + 1]! : row + 1;
  return places;
}

/** All points, with the names of the curves as heads. */
export function curveFigures(
  { x, columns }: AlignedCurves,
  curves: readonly Curve[],
  xTitle: string,
): ChartFigures {
  const heads = curves.flatMap(({ name, interval }) =>
    interval ? [name, `${name} ${interval.name} low`, `${name} ${interval.name} high`] : [name],
  );
  return {
    heads: [xTitle, ...heads],
    count: x.length,
    rowAt: (row) => [
      x[row]!,
      ...columns.flatMap(({ y, low, high }, i) =>
        (curves[i]!.interval ? [y, low, high] : [y]).map((column) => column[row] ?? null),
      ),
    ],
  };
}

/** The curves as the common readout of both libraries takes them. */
export function curveReading(
  aligned: AlignedCurves,
  curves: readonly Curve[],
  x: ChartAxis,
  y: ChartAxis,
): { readonly layout: PlotLayout; readonly data: PlotData } {
  const edge = { name: '', kind: 'edge', colour: '' } as const;
  return {
    layout: {
      x: { ...x, name: x.name ?? x.title },
      y: { ...y, name: y.name ?? y.title },
      series: curves.flatMap(({ name, colour, gap }) => [
        { name, colour, kind: 'line' as const, ...(gap !== undefined && { gap: () => gap }) },
        edge,
        edge,
      ]),
      bands: curves.flatMap(({ name, colour, interval }, i) =>
        interval
          ? [
              {
                name: `${name}, ${interval.name}`,
                ...{ low: 3 * i + 1, high: 3 * i + 2, colour, opacity: 0 },
              },
            ]
          : [],
      ),
    },
    data: [
      aligned.x,
      ...aligned.columns.flatMap(({ y: values, low, high }) => [values, low, high]),
    ],
  };
}
