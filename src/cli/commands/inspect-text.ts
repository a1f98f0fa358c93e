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
import { alignCommand, type AlignmentLook } from '../alignment-look';
import type { ColourLook } from '../colour-look';
import { count as countWords } from '../../core/number-words';

/** What `inspect` shows of a record. */
export interface RecordSketch {
  readonly key: string;
  readonly label: number;
  /** In bytes, encoded. */
  readonly bytes: number;
  /** "JPEG 112 × 112", or why the header can't be read. */
  readonly picture: string;
}

/** What `inspect` reports about a source. */
export interface SourceReport {
  readonly source: SourceInfo;
  /** From the source itself, or from reading all records; absent if neither is known. */
  readonly labels?: LabelFacts;
  readonly count: UsedCount;
  readonly first: readonly RecordSketch[];
  /** Whether its pictures are aligned; absent if none could be read. */
  readonly alignment?: AlignmentLook;
  /** Only with `--deep`. */
  readonly survey?: SurveyResult;
  /** The `--classes` option: rows of class centres made elsewhere. */
  readonly classes?: number;
  /** Whether those rows can belong to the labels; absent if the labels aren't known. */
  readonly labelFit?: LabelFit;
}

/** What `inspect` reports about a verification set. */
export interface PairReport extends PairSourceInfo {
  readonly impostor: number;
  readonly count: UsedCount;
  readonly alignment: AlignmentLook;
  readonly colours: ColourLook;
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

/**
 * Text safe for a terminal. Names of records and shards come from others' files: their control
 * characters are replaced, and long names cut.
 */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd').slice(0, 200);

/** The report about a source as text. */
export function sourceText({
  source,
  labels,
  count,
  first,
  alignment,
  survey,
  classes,
  labelFit,
}: SourceReport): string {
  const lines = [
    row('source', printable(source.name)),
    countText(count, source.leftOut),
    row('form', forms[source.form]),
    row('shards', shardsText(source.shards)),
    row('images', known(source.images)),
    row('identities', known(source.identities)),
    row('bytes', source.bytes === undefined ? 'unknown' : bytesText(source.bytes)),
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
    ...(alignment ? alignmentRows(alignment, source.name) : []),
    ...(source.notes ?? []).map((note) => row('note', printable(note))),
  ];
  if (survey) lines.push('', surveyText(survey));
  if (labelFit) lines.push('', labelFit.sentence);
  else if (classes !== undefined)
    lines.push(
      '',
      `Whether ${countWords(classes)} class centres can be its people's is known only when all ` +
        'labels are read: use --deep.',
    );
  return lines.join('\n');
}

function shardsText(shards: readonly string[]): string {
  if (shards.length <= 1) return countWords(shards.length);
  const first = printable(shards[0]!);
  const last = printable(shards.at(-1)!);
  return `${countWords(shards.length)}, from ${first} to ${last}`;
}

/**
 * "4,800 used, 12 left out: …" in one line, and under it the first names of each kind. If the set
 * wasn't read to its end, the line says how many records were.
 * @param opened what opening the source left out
 */
export function countText(count: UsedCount, opened: readonly LeftOut[] = []): string {
  const { used, leftOut, complete, records, met } = count;
  const sampled = `Of the first ${countWords(records)} records ${usedSentence(used, met)}`;
  const besides = opened.length > 0 ? [`Besides them ${leftOutSentence(opened)}.`] : [];
  const lines = complete
    ? [usedSentence(used, leftOut)]
    : [`${sampled}; --deep counts all.`, ...besides];
  return [...lines, ...leftOut.flatMap(groupRows)].join('\n');
}

/** Rows about one kind of left-out items, with their first names. */
function groupRows(group: LeftOut): string[] {
  const { count, first } = group;
  const more =
    count > first.length ? [row('', `and ${countWords(count - first.length)} more`)] : [];
  return [
    row('left out', leftOutText(group)),
    ...first.map((name) => row('', printable(name))),
    ...more,
  ];
}

/** The report about a verification set as text. */
export function pairText({
  name,
  pairs,
  genuine,
  impostor,
  pictures,
  count,
  alignment,
  colours,
  survey,
}: PairReport): string {
  return [
    row('pairs in', printable(name)),
    countText(count),
    row(
      'pairs',
      `${countWords(pairs)}: ${countWords(genuine)} genuine, ${countWords(impostor)} impostor`,
    ),
    row(
      'pictures',
      `${countWords(pictures)}, ${countWords(pictures - survey.duplicates.pictures)} of them ` +
        `different; ${bytesText(survey.bytes)}`,
    ),
    ...pictureRows(survey),
    row('aligned', alignment.sentence),
    row('colours', colours.sentence),
  ].join('\n');
}

/** Whether the pictures are aligned; where they aren't, the command that aligns them. */
const alignmentRows = ({ sample, sentence }: AlignmentLook, source: string): string[] => [
  row('aligned', sentence),
  ...(sample?.aligned === false ? [row('', alignCommand(printable(source), sample))] : []),
];

function surveyText(survey: SurveyResult): string {
  const { images, bytes, identities, perIdentity, duplicates } = survey;
  return [
    `Read as a whole: ${countWords(images)} images of ${countWords(identities)} identities, ` +
      `${bytesText(bytes)}.`,
    ...pictureRows(survey),
    row(
      'duplicates',
      `${countWords(duplicates.pictures)} pictures are an earlier one, byte for byte`,
    ),
    ...duplicates.examples.map(({ key, sameAs }) =>
      row('', `${printable(key)} is ${printable(sameAs)}`),
    ),
    ...(perIdentity
      ? [
          '',
          `Pictures of an identity: ${countWords(perIdentity.min)} to ` +
            `${countWords(perIdentity.max)}, median ${countWords(perIdentity.median)}, mean ` +
            `${perIdentity.mean.toFixed(1)}`,
          ...bars(perIdentity.histogram),
        ]
      : []),
  ].join('\n');
}

function pictureRows({ formats, sizes, otherSizes }: SurveyResult): string[] {
  const shown = sizes.map(
    ({ size, pictures }) => `${size.replace('x', ' × ')}: ${countWords(pictures)}`,
  );
  return [
    row(
      'encoded',
      namedFormats(formats)
        .map(([name, count]) => `${name}: ${countWords(count)}`)
        .join(', '),
    ),
    row(
      'sizes',
      [...shown, ...(otherSizes > 0 ? [`others: ${countWords(otherSizes)}`] : [])].join(', '),
    ),
  ];
}

/** Characters of the longest bar. */
const MAX_BAR_WIDTH = 40;

function bars(histogram: readonly PicturesBin[]): string[] {
  const most = Math.max(...histogram.map(({ identities }) => identities));
  return histogram.map(({ from, to, identities }) => {
    // At least one character for a bin that isn't empty.
    const length = Math.round((MAX_BAR_WIDTH * identities) / most);
    const bar = identities === 0 ? '' : `${'█'.repeat(Math.max(1, length))} `;
    const range = from === to ? countWords(from) : `${countWords(from)}–${countWords(to)}`;
    return `${range.padStart(16)}  ${bar}${countWords(identities)}`;
  });
}

const row = (name: string, value: string) => `${name.padEnd(12)} ${value}`;
const known = (value: number | undefined) => (value === undefined ? 'unknown' : countWords(value));

/** Bytes in decimal units, as file managers show them: "812 B", "6.1 kB", "31.2 GB". */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  // Rounded before the unit is chosen, so that nothing reads "1000.0 kB".
  const power = Math.min(4, Math.floor(Math.log10(Number(bytes.toPrecision(4))) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}
