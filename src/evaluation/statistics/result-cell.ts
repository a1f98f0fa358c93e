import { count } from '../../core/number-words';
import type { Interval } from './figures';
import {
  FEW_MARK,
  FEW_MEANING,
  impostorsNeeded,
  needsPairs,
  type Evidence,
} from './rule-of-thirty';

/** A figure of a table. */
export interface ResultCell {
  /** A share 0..1; null if the pairs are too few to measure it. */
  readonly value: number | null;
  /** 95 % interval; null if there is none. */
  readonly interval: Interval | null;
  /** Population deviation over the draws of the degradations; null for one draw. */
  readonly spread: number | null;
  /** Whether the interval of its difference from cosine's lies above zero. */
  readonly isBetter: boolean;
  /** For the true accept rate at a false accept rate; null for other figures. */
  readonly rate: { readonly far: number; readonly evidence: Evidence } | null;
}

const NOT_MEASURABLE = 'not measurable';

/**
 * "75.10 %† ± 1.20 [73.00, 77.30]": the figure, the deviation over the draws of the degradations
 * and the 95 % interval, as far as they are known; or why there is no figure.
 */
export function cellText(cell: ResultCell): string {
  const { value, interval, spread } = cell;
  if (value === null) return whyUnmeasured(cell);
  const over = spread === null ? '' : ` ± ${hundredths(spread)}`;
  const within = interval === null ? '' : ` [${interval.map(hundredths).join(', ')}]`;
  return `${percentText(value)}${markOf(cell)}${over}${within}`;
}

/** What stands in the place of a figure that the pairs can't measure. */
export const whyUnmeasured = ({ rate }: ResultCell): string =>
  rate ? needsPairs(rate.far) : NOT_MEASURABLE;

/** The mark of a rate that few impostor pairs decide; '' for others. */
export const markOf = ({ value, rate }: ResultCell): string =>
  value !== null && rate?.evidence === 'few' ? FEW_MARK : '';

/** "75.10 %". */
export const percentText = (share: number): string => `${hundredths(share)} %`;

const hundredths = (share: number) => (100 * share).toFixed(2);

/** Figures of one method on one protocol, and what their intervals come from. */
export interface NotedRow {
  readonly cells: Readonly<Record<string, ResultCell>>;
  readonly impostors: number;
  /** Draws of the degradations. */
  readonly draws: number;
  /** Resamples of the intervals; 0 without intervals. */
  readonly resamples: number;
  /** What the resamples draw. */
  readonly over: 'people' | 'pairs';
}

/**
 * What the cells of a table mean, as sentences to stand below it.
 * @param better how a figure is shown that is better than cosine's: "Bold"
 */
export function tableNotes(rows: readonly NotedRow[], better: string): string[] {
  const cells = rows.flatMap((row) => Object.values(row.cells));
  const hasSpread = cells.some(({ spread }) => spread !== null);
  return [
    ...intervalNotes(rows),
    ...(cells.some(({ interval }) => interval !== null && interval[0] === interval[1])
      ? [
          'An interval without width says that no resample had another figure: among n pairs ' +
            'without an error the rate of errors may still be 3/n (the rule of three).',
        ]
      : []),
    ...(hasSpread
      ? [
          '± is the population deviation over the draws of the degradations ' +
            `(${distinct(rows.map(({ draws }) => draws).filter((draws) => draws > 1))}), of ` +
            'which the figure is the mean.',
        ]
      : []),
    ...(cells.some((cell) => markOf(cell) !== '') ? [FEW_MEANING] : []),
    ...(cells.some(({ isBetter }) => isBetter)
      ? [
          `${better}: better than cosine; the 95 % interval of the difference, by a paired ` +
            'bootstrap, lies above zero.',
        ]
      : []),
  ];
}

function intervalNotes(rows: readonly NotedRow[]): string[] {
  return (['people', 'pairs'] as const).flatMap((over) => {
    const counts = rows.filter((row) => row.over === over && row.resamples > 0);
    if (counts.length === 0) return [];
    const resamples = distinct(counts.map((row) => row.resamples));
    const unit = over === 'people' ? 'people' : 'pairs, as the set names nobody';
    return [`In brackets: the 95 % interval by bootstrap over ${unit} (${resamples} resamples).`];
  });
}

/** "200 to 1,000": the least and the most of numbers. */
function distinct(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? count(most) : `${count(least)} to ${count(most)}`;
}

/** The columns of rates that no row has enough pairs for. */
export function unmeasuredColumns(rows: readonly NotedRow[]): string[] {
  const columns = new Set(rows.flatMap(({ cells }) => Object.keys(cells)));
  return [...columns].filter((column) =>
    rows.every(({ cells }) => {
      const cell = cells[column];
      return cell === undefined || (cell.rate !== null && cell.value === null);
    }),
  );
}

/**
 * A sentence that stands for the columns that no row has enough pairs for: "TAR@FAR 1e-3 needs
 * 10,000 impostor pairs, TAR@FAR 1e-4 100,000; there are 500." null if there are none.
 */
export function unmeasuredSentence(rows: readonly NotedRow[]): string | null {
  const needs = unmeasuredColumns(rows).map((column, i) => {
    const far = rows
      .map(({ cells }) => cells[column]?.rate?.far)
      .find((rate) => rate !== undefined);
    const needed = count(impostorsNeeded(far!));
    return i === 0 ? `${column} needs ${needed} impostor pairs` : `${column} ${needed}`;
  });
  if (needs.length === 0) return null;
  return `${needs.join(', ')}; there are ${distinct(rows.map(({ impostors }) => impostors))}.`;
}
