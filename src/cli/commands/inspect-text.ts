import type { SourceInfo, ShuffleMode } from '../../faces/face-source';
import {
  leftOutSentence,
  leftOutText,
  usedSentence,
  type LeftOut,
} from '../../faces/survey/left-out';
import { denseSentence, type LabelFacts, type LabelFit } from '../../faces/survey/label-fit';
import type { PairSourceInfo } from '../../inference/pair-source';
import { namedFormats } from '../../faces/decode/formats/picture-formats';
import type { SourceForm } from '../../faces/sources/source-form';
import type { PicturesBin, SurveyResult } from '../../faces/survey/source-survey';
import type { UsedCount } from '../../faces/survey/survey-source';

/** A record as `inspect` shows it. */
export interface RecordSketch {
  readonly key: string;
  readonly label: number;
  /** In bytes, encoded. */
  readonly bytes: number;
  /** "JPEG 112 × 112", or why the header can't be read. */
  readonly picture: string;
}

/** What `inspect` finds of a source. */
export interface SourceReport {
  readonly source: SourceInfo;
  /**
   * As the source itself tells them, or as all records were found to have them; absent where
   * neither is known.
   */
  readonly labels?: LabelFacts;
  readonly count: UsedCount;
  readonly first: readonly RecordSketch[];
  /** With `--deep` alone. */
  readonly survey?: SurveyResult;
  /**
   * Rows of class centres that were asked about; without `labelFit` where the labels aren't known.
   */
  readonly classes?: number;
  readonly labelFit?: LabelFit;
}

/** What `inspect` finds of a verification set. */
export interface PairReport extends PairSourceInfo {
  readonly impostor: number;
  readonly count: UsedCount;
  readonly survey: SurveyResult;
}

const forms: Readonly<Record<SourceForm, string>> = {
  recordio: 'RecordIO',
  webdataset: 'WebDataset tar shards',
  parquet: 'Parquet',
  folder: 'a folder of pictures',
};

const shuffles: Readonly<Record<ShuffleMode, string>> = {
  global: 'as a whole',
  blocks: 'by blocks (shards or neighbouring rows), and through a buffer',
};

/** Names and shards are a stranger's: their control characters would reach the terminal. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd').slice(0, 200);

/** A source, for a person to read. */
export function sourceText({
  source,
  labels,
  count,
  first,
  survey,
  classes,
  labelFit,
}: SourceReport): string {
  const { shards } = source;
  const lines = [
    row('source', printable(source.name)),
    countText(count, source.leftOut),
    row('form', forms[source.form]),
    row(
      'shards',
      `${number(shards.length)}${shards.length > 1 ? `, from ${printable(shards[0]!)} to ${printable(shards.at(-1)!)}` : ''}`,
    ),
    row('images', known(source.images)),
    row('identities', known(source.identities)),
    row('bytes', source.bytes === undefined ? 'not told' : bytesText(source.bytes)),
    row('shuffled', shuffles[source.shuffle]),
    row('labels', labels ? denseSentence(labels) : 'known only when all are read: use --deep'),
    ...(source.foreignOrigins?.length
      ? [row('elsewhere', `shards lie at ${source.foreignOrigins.map(printable).join(', ')}`)]
      : []),
    ...first.map(({ key, label, bytes, picture }, i) =>
      row(
        i === 0 ? 'first' : '',
        `${printable(key)}  label ${label}  ${picture}  ${bytesText(bytes)}`,
      ),
    ),
    ...(first.length === 0 ? [row('first', 'no record could be read')] : []),
    ...(source.notes ?? []).map((note) => row('note', printable(note))),
  ];
  if (survey) lines.push('', surveyText(survey));
  if (labelFit) lines.push('', labelFit.sentence);
  else if (classes !== undefined)
    lines.push(
      '',
      `Whether ${number(classes)} class centres can be its people's is known only when all ` +
        'labels are read: use --deep.',
    );
  return lines.join('\n');
}

/**
 * "4,800 used, 12 left out: …" in one line, and under it the first names of each kind; of a set
 * that was not read whole, how far it was.
 * @param opened what opening it left out
 */
export function countText(count: UsedCount, opened: readonly LeftOut[] = []): string {
  const { used, leftOut, complete, records, met } = count;
  const far = `Of the first ${number(records)} records ${usedSentence(used, met)}; --deep counts all.`;
  const beside = opened.length > 0 ? [`Besides them ${leftOutSentence(opened)}.`] : [];
  const lines = complete ? [usedSentence(used, leftOut)] : [far, ...beside];
  return [...lines, ...leftOut.flatMap(groupRows)].join('\n');
}

/** A kind, and the first names of it. */
function groupRows(group: LeftOut): string[] {
  const { count, first } = group;
  const more = count > first.length ? [row('', `and ${number(count - first.length)} more`)] : [];
  return [
    row('left out', leftOutText(group)),
    ...first.map((name) => row('', printable(name))),
    ...more,
  ];
}

/** A verification set, for a person to read. */
export function pairText({
  name,
  pairs,
  genuine,
  impostor,
  pictures,
  count,
  survey,
}: PairReport): string {
  return [
    row('pairs in', printable(name)),
    countText(count),
    row('pairs', `${number(pairs)}: ${number(genuine)} genuine, ${number(impostor)} impostor`),
    row(
      'pictures',
      `${number(pictures)}, ${number(pictures - survey.duplicates.pictures)} of them ` +
        `different; ${bytesText(survey.bytes)}`,
    ),
    ...pictureRows(survey),
  ].join('\n');
}

function surveyText(survey: SurveyResult): string {
  const { images, bytes, identities, perIdentity, duplicates } = survey;
  return [
    `Read as a whole: ${number(images)} images of ${number(identities)} identities, ` +
      `${bytesText(bytes)}.`,
    ...pictureRows(survey),
    row('duplicates', `${number(duplicates.pictures)} pictures are an earlier one, byte for byte`),
    ...duplicates.examples.map(({ key, sameAs }) =>
      row('', `${printable(key)} is ${printable(sameAs)}`),
    ),
    ...(perIdentity
      ? [
          '',
          `Pictures of an identity: ${number(perIdentity.min)} to ` +
            `${number(perIdentity.max)}, median ${number(perIdentity.median)}, mean ` +
            `${perIdentity.mean.toFixed(1)}`,
          ...bars(perIdentity.histogram),
        ]
      : []),
  ].join('\n');
}

function pictureRows({ formats, sizes, otherSizes }: SurveyResult): string[] {
  const shown = sizes.map(
    ({ size, pictures }) => `${size.replace('x', ' × ')}: ${number(pictures)}`,
  );
  return [
    row(
      'encoded',
      namedFormats(formats)
        .map(([name, count]) => `${name}: ${number(count)}`)
        .join(', '),
    ),
    row(
      'sizes',
      [...shown, ...(otherSizes > 0 ? [`others: ${number(otherSizes)}`] : [])].join(', '),
    ),
  ];
}

const WIDEST_BAR = 40;

function bars(histogram: readonly PicturesBin[]): string[] {
  const most = Math.max(...histogram.map(({ identities }) => identities));
  return histogram.map(({ from, to, identities }) => {
    // Something of a bar for everyone: a bin of one among thousands is not empty.
    const width = identities === 0 ? 0 : Math.max(1, Math.round((WIDEST_BAR * identities) / most));
    const range = from === to ? number(from) : `${number(from)}–${number(to)}`;
    return (
      `${range.padStart(16)}  ` + `${'█'.repeat(width)}${width > 0 ? ' ' : ''}${number(identities)}`
    );
  });
}

const row = (name: string, value: string) => `${name.padEnd(12)} ${value}`;
const number = (value: number) => value.toLocaleString('en');
const known = (value: number | undefined) => (value === undefined ? 'not told' : number(value));

/** "812 B", "6.1 kB", "31.2 GB". */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  // Rounded first, so that nothing reads "1000.0 kB".
  const power = Math.min(4, Math.floor(Math.log10(Number(bytes.toPrecision(4))) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}
