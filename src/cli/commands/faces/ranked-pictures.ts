import type { TrainedMethodName } from '../../../confidence/confidence-method';
import { confidenceSymbols } from '../../../confidence/methods';
import { csvCell } from '../../../evaluation/results-table';
import { printable } from '../inspect-text';
import { percentileText } from './face-text';
import type { PictureOutcome } from './picture-reader';

/** A picture in the order of its κ, or the reason why it has none. */
export interface RankedPicture {
  /** As given, or joined to the folder that was given. */
  readonly path: string;
  /** Faces found, of which the main one was read; null for a crop, or where none was looked for. */
  readonly faces: number | null;
  readonly kappa: number | null;
  readonly percentile: number | null;
  readonly quality: number | null;
  readonly embeddingNorm: number | null;
  /** Square root of the area of the face's box, in pixels; null for a crop. */
  readonly faceSize: number | null;
  /** The detector's, 0..1; null for a crop. */
  readonly detectorScore: number | null;
  /** Why it has no κ; null if it has one. */
  readonly reason: string | null;
}

/** What `rank` keeps of a picture. */
export function rankedPicture({ path, picture, loss }: PictureOutcome): RankedPicture {
  if (picture) {
    const { kappa, percentile, quality, embeddingNorm, faceSize, detectorScore, found } = picture;
    return {
      path,
      faces: found && found.faces,
      kappa,
      percentile,
      quality,
      embeddingNorm,
      faceSize,
      detectorScore,
      reason: null,
    };
  }
  const { what, reason } = loss;
  return { ...NOTHING, path, faces: what === 'undetected' ? 0 : null, reason };
}

const NOTHING = {
  kappa: null,
  percentile: null,
  quality: null,
  embeddingNorm: null,
  faceSize: null,
  detectorScore: null,
} as const;

/** Sorts by κ, the least sure last, and those without κ after them; ties in the order given. */
export const byKappa = (pictures: readonly RankedPicture[]): RankedPicture[] =>
  [...pictures].sort((a, b) => (b.kappa ?? -1) - (a.kappa ?? -1));

/** A column of the table: its title, and a picture's cell. */
type Column = readonly [title: string, cell: (picture: RankedPicture, rank: number) => string];

const columnsOf = (method: TrainedMethodName): readonly Column[] => [
  ['rank', (_, rank) => String(rank)],
  ['percentile', ({ percentile }) => text(percentile, percentileText)],
  ['quality', ({ quality }) => text(quality, String)],
  [confidenceSymbols[method], ({ kappa }) => text(kappa, (value) => value.toPrecision(4))],
  ['‖embedding‖', ({ embeddingNorm }) => text(embeddingNorm, (value) => value.toFixed(2))],
  ['face, px', ({ faceSize }) => text(faceSize, (value) => value.toFixed(0))],
  ['detector', ({ detectorScore }) => text(detectorScore, (value) => value.toFixed(3))],
];

const text = (value: number | null, words: (value: number) => string): string =>
  value === null ? '–' : words(value);

/** The pictures that have κ as a table, one a line. @param ranked by {@link byKappa} */
export function rankTable(ranked: readonly RankedPicture[], method: TrainedMethodName): string {
  const columns = columnsOf(method);
  const rows = ranked
    .filter(({ reason }) => reason === null)
    .map((picture, at) => columns.map(([, cell]) => cell(picture, at + 1)));
  const widths = columns.map(([title], at) =>
    rows.reduce((width, row) => Math.max(width, row[at]!.length), title.length),
  );
  const line = (cells: readonly string[], path: string) =>
    `${cells.map((cell, at) => cell.padStart(widths[at]!)).join('  ')}  ${path}`;
  const titles = columns.map(([title]) => title);
  return [
    line(titles, 'picture'),
    ...rows.map((row, at) => line(row, printable(ranked[at]!.path))),
  ].join('\n');
}

/** Names of the columns of the CSV, which are those of the JSON. */
const FIELDS = [
  'path',
  'faces',
  'kappa',
  'percentile',
  'quality',
  'embeddingNorm',
  'faceSize',
  'detectorScore',
  'reason',
] as const satisfies readonly (keyof RankedPicture)[];

/**
 * All pictures as comma-separated values (RFC 4180), with their ranks from 1; what isn't known is
 * empty. @param ranked by {@link byKappa}
 */
export function rankCsv(ranked: readonly RankedPicture[]): string {
  const rows = ranked.map((picture, at) => [
    picture.reason === null ? at + 1 : '',
    ...FIELDS.map((field) => picture[field] ?? ''),
  ]);
  return [['rank', ...FIELDS], ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}
