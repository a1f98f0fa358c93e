import { methodNames, type MethodName } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import { count, counted, percent } from '../../core/number-words';
import { methodStyles, qualityStyles } from '../../evaluation/curve-styles';
import { discardCurves, type ShownDiscard } from '../../evaluation/discard/discard-curves';
import {
  discardPresets,
  type DiscardPreset,
  type DiscardReport,
} from '../../evaluation/discard/discard-report';
import type { PairReport } from '../../evaluation/pair-report';
import type { Chart } from './chart/chart';

/** The curves of `cr-fiqa` are drawn at this false match rate. */
const DRAWN_FMR = 1e-2;

/** TAR against the logarithm of FAR with bands; null without genuine or impostor pairs. */
export function rocChart(report: PairReport): Chart | null {
  const curves = methodNames.flatMap((name) => {
    const roc = report.methods[name]?.roc ?? [];
    return roc.length > 0 ? [{ name, roc }] : [];
  });
  if (curves.length === 0) return null;
  const lowest = Math.min(...curves.flatMap(({ roc }) => roc.map(({ tar }) => tar)));
  const banded = curves.filter(({ roc }) => roc.some(({ low }) => low !== undefined));
  return {
    title: 'TAR against FAR',
    note:
      (banded.length > 0
        ? `Bands are 95 % intervals of the TAR at each FAR, over resampled ` +
          `${report.bootstrap.over}. `
        : '') +
      `Rates below one in ${count(report.impostor)} can’t be measured on ` +
      `${counted(report.impostor, 'pair')} of two people.`,
    x: { title: 'FAR', isLogarithmic: true, tick: (far) => far.toExponential(0) },
    y: {
      title: 'TAR',
      ends: [Math.min(0.9, Math.floor(10 * lowest) / 10), 1],
      tick: (tar) => percent(tar, 0),
    },
    lines: curves.map(({ name, roc }) => ({
      name: methodTitles[name],
      ...methodStyles[name],
      points: roc.map(({ far, tar }) => [far, tar] as const),
    })),
    bands: banded.map(({ name, roc }) => ({
      name: `${methodTitles[name]}, 95 %`,
      hue: methodStyles[name].hue,
      isUnnamed: true,
      points: roc.map(({ far, tar, low = tar, high = tar }) => [far, low, high] as const),
    })),
  };
}

/** Error against discard by one preset and the scores of one method, drawn and as figures. */
export interface ReportedDiscard {
  readonly method: MethodName;
  readonly preset: DiscardPreset;
  readonly chart: Chart;
  readonly shown: ShownDiscard;
  /** Whether the pairs are enough for any point of it. */
  readonly isMeasured: boolean;
}

/** Error against discard by every preset and method that has curves. */
export function discardCharts(report: DiscardReport): ReportedDiscard[] {
  const styles = qualityStyles(report.qualities);
  return methodNames.flatMap((method) =>
    discardPresets.flatMap((preset): ReportedDiscard[] => {
      const found = report.methods[method];
      const shown = found && discardCurves(found, preset, DRAWN_FMR);
      if (!shown || shown.curves.length === 0) return [];
      const lines = shown.curves.map(({ quality, fnmr }) => ({
        name: quality,
        ...styles[report.qualities.findIndex(({ name }) => name === quality)]!,
        isStepped: preset === '2303.13294',
        points: shown.discarded.map((share, i) => [share, fnmr[i] ?? NaN] as const),
      }));
      const at = preset === 'cr-fiqa' ? ` at FMR ${DRAWN_FMR.toExponential()}` : '';
      return [
        {
          method,
          preset,
          shown,
          isMeasured: lines.some(({ points }) => points.some(([, fnmr]) => Number.isFinite(fnmr))),
          chart: {
            title: `Error against discard by ${methodTitles[method]} (${preset})${at}`,
            note: shown.sentence,
            x: {
              title: shown.abscissa,
              ends: [0, preset === 'cr-fiqa' ? undefined : 1],
              tick: (share) => percent(share, 0),
            },
            y: { title: 'FNMR', ends: [0], tick: (share) => `${+(100 * share).toFixed(2)} %` },
            lines,
          },
        },
      ];
    }),
  );
}
