import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { FaceRecord } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import { LeftOutTally, NothingUsedError } from '../../faces/survey/left-out';
import { labelFactsOf, labelFit } from '../../faces/survey/label-fit';
import { nextStepIfNothingUsed } from '../../faces/survey/nothing-used';
import { BinPairSource } from '../../inference/pair-source';
import { setOfBin } from '../../inference/evaluation/evaluation-set';
import { pictureFormatTitle } from '../../faces/decode/formats/picture-formats';
import { pictureHeader } from '../../faces/decode/formats/picture-header';
import { SourceSurvey } from '../../faces/survey/source-survey';
import { surveySource, type Reach, type UsedCount } from '../../faces/survey/survey-source';
import { count } from '../../core/number-words';
import { messageOf, StudioError } from '../../core/studio-error';
import { countBar } from '../count-bar';
import { lookAtColours } from '../colour-look';
import { lookAtPictures, lookAtSource } from '../alignment-look';
import { ignoreMissing } from '../node/disk-error';
import {
  countText,
  pairText,
  printable,
  sourceText,
  type PairReport,
  type RecordSketch,
  type SourceReport,
} from './inspect-text';
import { decodeImage } from '../node/decode-image';
import { openSource } from '../node/node-files';
import { MODELS_FOLDER } from '../node/node-models';

/** Options of `scf inspect`. */
export interface InspectOptions {
  /** Reads every record. */
  readonly deep?: boolean;
  readonly json?: boolean;
  /** Folder of the networks that find faces, for a look whether the pictures are aligned. */
  readonly models: string;
  /** Rows of class centres made elsewhere: can they belong to the source's labels? */
  readonly classes?: number;
}

/** Exit status of `scf inspect` if nothing of the set can be used. */
const NOTHING_USED = 3;

/** `scf inspect <source>`: reports what a source or a verification set holds. */
export function inspectCommand(): Command {
  const limit = count(MAX_LOCAL.records);
  return new Command('inspect')
    .description(
      'say what a source of faces, or a verification set (.bin), holds, and what of it is used',
    )
    .argument('<source>', 'folder, manifest, URL, pattern, or a .bin file')
    .option('--deep', 'read every record: people, duplicates, sizes, damage')
    .option(
      '--classes <n>',
      'whether class centres of that many rows can belong to its labels',
      wholeNumber,
    )
    .option('--models <dir>', 'folder of the networks that find faces', MODELS_FOLDER)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
One line says how many pictures (of a .bin: pairs) are used, and how many files or records are left
out and why. For it sets on this machine are read through, of large ones the first ${limit} records,
and of a set at an address the first few; --deep reads all. Of these, headers are read. A few
pictures are decoded to see whether they are aligned crops or loose photographs.

Exit status: 0, 1 for an error, ${NOTHING_USED} where nothing of the set can be used.`,
    )
    .action((argument: string, options: InspectOptions) => inspect(argument, options));
}

/** @throws StudioError for a source that can't be read */
async function inspect(argument: string, options: InspectOptions): Promise<void> {
  try {
    const { text, report } = await inspected(argument, options);
    console.log(options.json ? JSON.stringify(report) : text);
    if (!report.count.complete || report.count.used > 0) return;
    const step = nextStepIfNothingUsed(report.count.leftOut);
    if (step) console.error(step);
    process.exitCode = NOTHING_USED;
  } catch (thrown) {
    if (!(thrown instanceof NothingUsedError)) throw thrown;
    const { found, nextStep, leftOut } = thrown;
    const count: UsedCount = { used: 0, leftOut, complete: true, records: 0, met: [] };
    console.log(
      options.json ? JSON.stringify({ count, message: found, nextStep }) : countText(count),
    );
    console.error(`${found} ${nextStep}`);
    process.exitCode = NOTHING_USED;
  }
}

async function inspected(
  argument: string,
  options: InspectOptions,
): Promise<{ text: string; report: SourceReport | PairReport }> {
  const isBin =
    /\.bin$/i.test(argument) && (await stat(argument).catch(ignoreMissing(argument)))?.isFile();
  if (isBin) {
    const report = await inspectPairs(argument, options);
    return { text: pairText(report), report };
  }
  const isHere = !/^https?:/.test(argument);
  const report = await inspectSource(await openSource(argument), isHere, options);
  return { text: sourceText(report), report };
}

/** Records that are shown. */
const SHOWN_RECORDS = 5;

/** How much of a local source is read without --deep: about a second's reading of crops. */
const MAX_LOCAL = { records: 10_000, bytes: 256e6 } satisfies Reach;
/** How much is requested from an address without --deep. */
const MAX_SERVED: Reach = { records: 20, read: SHOWN_RECORDS };

async function inspectSource(
  face: FaceSource,
  isHere: boolean,
  { deep, json, classes, models }: InspectOptions,
): Promise<SourceReport> {
  const source = await face.info();
  const bar = deep && !json ? countBar('reading', source.images) : null;
  const shallow = isHere ? MAX_LOCAL : MAX_SERVED;
  const reach = deep ? {} : shallow;
  const first: FaceRecord[] = [];
  const { survey, count } = await surveySource(face, {
    reach,
    onRecord: (record) => {
      if (first.length < SHOWN_RECORDS) first.push(record);
    },
    onProgress: (done) => bar?.update(done),
  }).finally(() => bar?.stop());
  const labels = (count.complete ? survey.labels : undefined) ?? labelFactsOf(source);
  const alignment = first.length > 0 ? await lookAtSource(face, models) : undefined;
  const fit = labels && classes !== undefined ? labelFit(labels, classes) : undefined;
  return {
    source,
    labels,
    count,
    first: first.map(sketchOf),
    alignment,
    survey: deep ? survey : undefined,
    classes,
    labelFit: fit,
  };
}

function sketchOf({ key, label, encoded }: FaceRecord): RecordSketch {
  try {
    const { format, width, height } = pictureHeader(encoded);
    return {
      key,
      label,
      bytes: encoded.length,
      picture: `${pictureFormatTitle(format)} ${width} × ${height}`,
    };
  } catch (thrown) {
    return { key, label, bytes: encoded.length, picture: messageOf(thrown) };
  }
}

async function inspectPairs(path: string, { models }: InspectOptions): Promise<PairReport> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new StudioError(
      'bad-source',
      `${path} can't be read (${messageOf(cause)}).`,
      'Check the file.',
      { cause },
    );
  });
  const source = BinPairSource.open(basename(path), bytes);
  const survey = new SourceSurvey();
  const broken = new LeftOutTally();
  for await (const { index, a, b } of source.pairs()) {
    // The pictures of a pair have no labels; the survey counts their bytes, formats and sizes.
    for (const [name, encoded] of [
      ['a', a],
      ['b', b],
    ] as const)
      survey.add({ key: `${index}${name}`, label: 0, encoded, shard: source.name });
    const reason = headerProblem(a) ?? headerProblem(b);
    if (reason !== null)
      broken.add({ shard: source.name, member: `pair ${index}`, kind: 'broken-pair', reason });
  }
  const info = source.info();
  const count: UsedCount = {
    used: info.pairs - broken.total,
    leftOut: broken.groups(),
    complete: true,
    records: info.pairs,
    met: broken.groups(),
  };
  return {
    ...info,
    impostor: info.pairs - info.genuine,
    count,
    alignment: await lookAtPictures(spread(source.bin.images, MAX_SPREAD), models),
    colours: await lookAtColours({
      ...setOfBin(source, decodeImage),
      name: printable(source.name),
    }),
    survey: survey.result(),
  };
}

/** Pictures of a verification set that are looked at, some of which may be damaged. */
const MAX_SPREAD = 48;

/** Up to `most` items, evenly spread. */
const spread = <T>(items: readonly T[], most: number): T[] =>
  Array.from(
    { length: Math.min(most, items.length) },
    (_, i) => items[Math.floor((i * items.length) / Math.min(most, items.length))]!,
  );

/** Why a picture's header can't be read; null if it can. */
function headerProblem(picture: Uint8Array): string | null {
  try {
    pictureHeader(picture);
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('A whole number from 1 on was expected.');
  return value;
}
