import { errorWords, FATE_SHARES, type DiscardPreset, type MethodDiscard } from './discard-report';
import { count, percent } from '../../core/number-words';

/** A quality's curve, and its row of figures as text. */
export interface ShownCurve {
  readonly quality: string;
  /** At each share discarded; null where it can't be measured. */
  readonly fnmr: readonly (number | null)[];
  /** Under the heads of {@link ShownDiscard}. */
  readonly cells: readonly string[];
}

/** What is shown of error against discard by one preset. */
export interface ShownDiscard {
  /** What is discarded, for the axis. */
  readonly abscissa: string;
  readonly discarded: readonly number[];
  readonly heads: readonly string[];
  readonly curves: readonly ShownCurve[];
  /** How the figures come about. */
  readonly sentence: string;
}

const NONE = '–';
const rate = (share: number | null | undefined) => (share == null ? NONE : percent(share, 2));

/** The curves of a preset; null if it has none. @param fmr of `cr-fiqa` */
export function discardCurves(
  found: MethodDiscard,
  preset: DiscardPreset,
  fmr: number,
): ShownDiscard | null {
  const shares = FATE_SHARES.map((share) => `FNMR at ${percent(share, 0)}`);
  switch (preset) {
    case '2303.13294': {
      const edc = found[preset];
      const all = edc?.rows.at(-1);
      if (!edc || !all) return { ...EMPTY, sentence: 'There are no genuine comparisons.' };
      return {
        abscissa: 'genuine comparisons discarded',
        discarded: edc.discarded,
        heads: [...shares, `pAUC to ${percent(edc.areaLimit, 0)}`, 'above the best'],
        curves: edc.rows.map(({ quality, fnmr, fnmrAt, area, areaAboveBest }) => ({
          quality,
          fnmr,
          cells: [
            ...FATE_SHARES.map((share) => rate(fnmrAt[String(share)])),
            area.toFixed(5),
            areaAboveBest.toFixed(5),
          ],
        })),
        sentence:
          `${count(all.comparisons)} genuine comparisons, ${errorWords(all)}. The threshold ` +
          `${all.threshold.toFixed(4)} was set for FNMR ${percent(edc.startingError, 0)} over ` +
          'all of them, and is kept. The best possible curve falls one for one.',
      };
    }
    case 'cr-fiqa': {
      const { discarded, rows, reach } = found[preset];
      const ofFmr = rows.filter((row) => row.fmr === fmr);
      const measured = reach.find((each) => each.fmr === fmr)?.measured ?? null;
      const area = measured === null ? 'AUC' : `AUC to ${percent(measured, 0)}`;
      const gap = ofFmr.find(({ reason }) => reason !== null)?.reason;
      return {
        abscissa: 'pairs rejected',
        discarded,
        heads: [...shares, area],
        curves: ofFmr.map((row) => ({
          quality: row.quality,
          fnmr: row.fnmr,
          cells: [
            ...FATE_SHARES.map((share) => rate(row.fnmr[discarded.indexOf(share)])),
            row.area === null ? NONE : row.area.toFixed(5),
          ],
        })),
        sentence:
          `The threshold of FMR ${fmr.toExponential()} is set again on the pairs that are kept.` +
          (gap ? ` Where a figure is missing, the FMR ${gap}.` : ''),
      };
    }
    default:
      return preset satisfies never;
  }
}

const EMPTY = { abscissa: '', discarded: [], heads: [], curves: [] };
