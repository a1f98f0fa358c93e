import { methodNames } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import {
  errorWords,
  FATE_SHARES,
  type DiscardReport,
  type MethodDiscard,
} from '../../../evaluation/discard/discard-report';
import {
  DETECTION_NOTE,
  FIRST_DRAW_NOTE,
  normSentence,
} from '../../../evaluation/discard/pair-qualities';
import { count } from '../../../core/number-words';
import { printable } from '../inspect-text';

/**
 * Error against discard of a protocol as lines, by the scores of cosine or, without it, of the
 * first method. Those of the other methods are in the JSON.
 * @param draws how often the degradations were drawn
 */
export function discardLines(
  { methods, leftOut, norm, qualities }: DiscardReport,
  draws: number,
): string[] {
  const method = methodNames.find((name) => methods[name]);
  if (method === undefined) return [];
  const found = methods[method]!;
  const isDetected = qualities.some(({ kind }) => kind === 'detector' || kind === 'size');
  return [
    ...(draws > 1 ? [`  ${FIRST_DRAW_NOTE}`] : []),
    ...edcLines(found, methodTitles[method]),
    ...ercLines(found, methodTitles[method]),
    `  ${normSentence(norm)}.`,
    ...leftOut.map(
      ({ name, reason }) => `  No row for ${printable(name)}: it ${printable(reason)}.`,
    ),
    ...(isDetected ? [`  ${DETECTION_NOTE}`] : []),
  ];
}

function edcLines({ '2303.13294': edc }: MethodDiscard, title: string): string[] {
  const chance = edc?.rows.at(-1);
  if (!edc || !chance) return [];
  const limit = percent(edc.areaLimit, 0);
  return [
    `  FNMR by ${title} after the genuine comparisons of lowest quality are discarded ` +
      `(2303.13294): threshold ${chance.threshold.toFixed(4)}, set for FNMR ` +
      `${percent(edc.startingError, 0)} over all ` +
      `${count(chance.comparisons)} (${errorWords(chance)}), and kept`,
    line(
      'quality',
      ['0 %', ...FATE_SHARES.map((share) => percent(share, 0))],
      [`pAUC to ${limit}`, 'above the best'],
    ),
    ...edc.rows.map(({ quality, fnmr, fnmrAt, area, areaAboveBest, comparisons }) =>
      line(
        comparisons === chance.comparisons
          ? quality
          : `${quality} (${count(comparisons)} comparisons)`,
        [fnmr[0]!, ...FATE_SHARES.map((share) => fnmrAt[String(share)]!)].map((share) =>
          percent(share),
        ),
        [area.toFixed(5), areaAboveBest.toFixed(5)],
      ),
    ),
  ];
}

function ercLines({ 'cr-fiqa': { discarded, reach, rows } }: MethodDiscard, title: string) {
  return reach.flatMap(({ fmr, measured }) => {
    const ofFmr = rows.filter((row) => row.fmr === fmr);
    const rate = fmr.toExponential();
    if (measured === null) {
      const reason = ofFmr.find(({ fnmr }) => fnmr[0] === null)?.reason ?? 'is not measurable';
      return [`  FNMR by ${title} at FMR ${rate} (cr-fiqa) ${reason}.`];
    }
    return [
      `  FNMR by ${title} at FMR ${rate}, its threshold set again after pairs of lowest quality ` +
        'are rejected (cr-fiqa)',
      line(
        'quality',
        ['0 %', ...FATE_SHARES.map((share) => percent(share, 0))],
        [`AUC to ${percent(measured, 0)}`],
      ),
      ...ofFmr.map(({ quality, fnmr, area }) =>
        line(
          quality,
          [0, ...FATE_SHARES].map((share) => cell(fnmr[discarded.indexOf(share)] ?? null)),
          [area?.toFixed(5) ?? '–'],
        ),
      ),
    ];
  });
}

const line = (name: string, shares: readonly string[], areas: readonly string[]): string =>
  `    ${printable(name).padEnd(28)}` +
  shares.map((text) => text.padStart(10)).join('') +
  areas.map((text) => text.padStart(16)).join('');

const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;
const cell = (share: number | null): string => (share === null ? '–' : percent(share));
