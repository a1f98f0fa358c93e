import { count } from '../../../core/number-words';
import type { ResultRow } from '../../../evaluation/results-table';
import { unmeasuredColumns, type ResultCell } from '../../../evaluation/statistics/result-cell';
import { impostorsNeeded } from '../../../evaluation/statistics/rule-of-thirty';

/** A cell of the heat table. */
export interface HeatCell {
  readonly cell: ResultCell;
  /** Its place from the lowest figure on show, 0, to the highest, 1; null without a figure. */
  readonly shade: number | null;
  /**
   * The highest of its column, if it is ahead of cosine by more than chance: the interval of the
   * paired difference lies above zero. Of its lead over the next method nothing is known.
   */
  readonly isBest: boolean;
}

/** One figure of all methods on all protocols. */
export interface Heat {
  readonly columns: readonly { readonly protocol: string; readonly row: ResultRow }[];
  readonly rows: readonly {
    readonly method: string;
    readonly head: string;
    /** One for each column; null where the method was not run. */
    readonly cells: readonly (HeatCell | null)[];
  }[];
  /** The lowest and the highest figure; null if nothing was measured. */
  readonly ends: readonly [number, number] | null;
}

/** A figure that can be shown: its name in a row's cells, and its title. */
export interface HeatFigure {
  readonly name: string;
  readonly title: string;
  /** The FAR of a true accept rate; null for other figures. */
  readonly far: number | null;
}

/** The figures that some row has enough pairs for, true accept rates at the lowest FAR first. */
export function heatFigures(rows: readonly ResultRow[]): HeatFigure[] {
  const left = unmeasuredColumns(rows);
  const names = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
  return names
    .filter((name) => !left.includes(name))
    .map((name) => {
      const far = farOf(rows, name);
      return { name, far, title: titleOf(name, far) };
    })
    .sort((a, b) => (a.far ?? Infinity) - (b.far ?? Infinity));
}

/**
 * The figure to begin with: the true accept rate at the lowest FAR that some protocol measures
 * well, else the accuracy.
 */
export function firstFigure(figures: readonly HeatFigure[], rows: readonly ResultRow[]): string {
  const isSure = ({ name, far }: HeatFigure) =>
    far !== null && rows.some(({ cells }) => cells[name]?.rate?.evidence === 'enough');
  return (
    (figures.find(isSure) ?? figures.find(({ far }) => far === null) ?? figures[0])?.name ?? ''
  );
}

/** Arranges one figure of a table's rows by method and protocol. */
export function heatOf(rows: readonly ResultRow[], figure: string): Heat {
  const columns = [...new Map(rows.map((row) => [row.protocol, row])).values()];
  const methods = [...new Map(rows.map((row) => [row.method, row])).values()];
  const values = rows.flatMap(({ cells }) => cells[figure]?.value ?? []);
  const ends = values.length > 0 ? ([Math.min(...values), Math.max(...values)] as const) : null;
  const best = new Map(
    columns.map(({ protocol }) => [
      protocol,
      Math.max(
        ...rows
          .filter((row) => row.protocol === protocol)
          .map(({ cells }) => cells[figure]?.value ?? -Infinity),
      ),
    ]),
  );
  return {
    ends,
    columns: columns.map((row) => ({ protocol: row.protocol, row })),
    rows: methods.map(({ method, head }) => ({
      method,
      head,
      cells: columns.map(({ protocol }) => {
        const row = rows.find((each) => each.method === method && each.protocol === protocol);
        const cell = row?.cells[figure];
        if (!cell) return null;
        const isBest = cell.isBetter && cell.value === best.get(protocol);
        return { cell, shade: shadeOf(cell.value, ends), isBest };
      }),
    })),
  };
}

function shadeOf(value: number | null, ends: Heat['ends']): number | null {
  if (value === null || ends === null) return null;
  const [low, high] = ends;
  return high > low ? (value - low) / (high - low) : 1;
}

/**
 * One sentence for the rates that no protocol has enough pairs for: "TAR at FAR 0.1 % and below
 * can’t be measured with 3,000 impostor pairs: 0.1 % needs 10,000." null if all are measured.
 */
export function foldedSentence(rows: readonly ResultRow[]): string | null {
  const fars = unmeasuredColumns(rows)
    .map((name) => farOf(rows, name))
    .filter((far) => far !== null)
    .sort((a, b) => b - a);
  const [highest] = fars;
  if (highest === undefined) return null;
  const pairs = rows.map(({ impostors }) => impostors);
  const [fewest, most] = [Math.min(...pairs), Math.max(...pairs)];
  const range = fewest === most ? count(most) : `${count(fewest)} to ${count(most)}`;
  const below = fars.length > 1 ? ' and below' : '';
  return (
    `TAR at FAR ${farText(highest)}${below} can’t be measured with ${range} impostor pairs: ` +
    `${farText(highest)} needs ${count(impostorsNeeded(highest))}.`
  );
}

/** "clean" → "Clean". */
export const protocolTitle = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** "0.1 %": a false accept rate. */
export const farText = (far: number): string => `${Number((100 * far).toPrecision(6))} %`;

function titleOf(name: string, far: number | null): string {
  if (far !== null) return `TAR at FAR ${farText(far)}`;
  return name === 'accuracy' ? 'Accuracy' : name;
}

const farOf = (rows: readonly ResultRow[], name: string): number | null =>
  rows.map(({ cells }) => cells[name]?.rate?.far).find((far) => far !== undefined) ?? null;
