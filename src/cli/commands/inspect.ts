import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { FaceRecord } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import { LeftOutTally, NothingUsedError } from '../../faces/survey/left-out';
import { labelFactsOf, labelFit } from '../../faces/survey/label-fit';
import { stepWhereNothing } from '../../faces/survey/nothing-used';
import { BinPairSource } from '../../inference/pair-source';
import { pictureFormatTitle } from '../../faces/decode/formats/picture-formats';
import { pictureHeader } from '../../faces/decode/formats/picture-header';
import { SourceSurvey } from '../../faces/survey/source-survey';
import { surveySource, type Reach, type UsedCount } from '../../faces/survey/survey-source';
import { count } from '../../core/number-words';
import { messageOf, StudioError } from '../../core/studio-error';
import { countBar } from '../count-bar';
import { missingOr } from '../node/disk-error';
import {
  countText,
  pairText,
  sourceText,
  type PairReport,
  type RecordSketch,
  type SourceReport,
} from './inspect-text';
import { openSource } from '../node/node-files';

/** What `scf inspect` takes. */
export interface InspectOptions {
  /** Reads every record. */
  readonly deep?: boolean;
  readonly json?: boolean;
  /** Rows of class centres made elsewhere, to be told whether they can be the source's. */
  readonly classes?: number;
}

/** `scf inspect`'s exit status for a set of which nothing can be used. */
const NOTHING_USED = 3;

/**
 * `scf inspect <source>`: what a source or a verification set holds, before a run is started on it.
 */
export function inspectCommand(): Command {
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
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
One line says how many pictures (of a .bin: pairs) are used, and how many files or records are left
out and why. For it sets on this machine are read through, of large ones the first ${count(MAX_LOCAL.records)} records,
and of a set at an address the first few; --deep reads all. Headers are read, pictures not decoded.

Exit status: 0, 1 for an error, ${NOTHING_USED} where nothing of the set can be used.`,
    )
    .action((argument: string, options: InspectOptions) => inspect(argument, options));
}

/** @throws StudioError for what can't be read */
async function inspect(argument: string, options: InspectOptions): Promise<void> {
  try {
    const { text, report } = await inspected(argument, options);
    console.log(options.json ? JSON.stringify(report) : text);
    if (!report.count.complete || report.count.used > 0) return;
    const step = stepWhereNothing(report.count.leftOut);
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
    /\.bin$/i.test(argument) && (await stat(argument).catch(missingOr(argument)))?.isFile();
  if (isBin) {
    const report = await inspectPairs(argument);
    return { text: pairText(report), report };
  }
  const isHere = !/^https?:/.test(argument);
  const report = await inspectSource(await openSource(argument), isHere, options);
  return { text: sourceText(report), report };
}

/** Records that are shown. */
const FIRST_RECORDS = 5;

/** A second's reading for crops; more waits for --deep. */
const MAX_LOCAL = { records: 10_000, bytes: 256e6 } satisfies Reach;
/** What an address is asked for unbidden. */
const MAX_SERVED: Reach = { records: 20, read: FIRST_RECORDS };

async function inspectSource(
  face: FaceSource,
  isHere: boolean,
  { deep, json, classes }: InspectOptions,
): Promise<SourceReport> {
  const source = await face.info();
  const bar = deep && !json ? countBar('reading', source.images) : null;
  const reach = deep ? {} : isHere ? MAX_LOCAL : MAX_SERVED;
  const first: FaceRecord[] = [];
  const { survey, count } = await surveySource(face, {
    reach,
    onRecord: (record) => {
      if (first.length < FIRST_RECORDS) first.push(record);
    },
    onProgress: (done) => bar?.update(done),
  }).finally(() => bar?.stop());
  const labels = (count.complete ? survey.labels : undefined) ?? labelFactsOf(source);
  const fit = labels && classes !== undefined ? labelFit(labels, classes) : undefined;
  return {
    source,
    labels,
    count,
    first: first.map(sketchOf),
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

async function inspectPairs(path: string): Promise<PairReport> {
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
    // A pair's pictures have no label of their own; what is counted here are bytes, encodings and
    // sizes.
    for (const [name, encoded] of [
      ['a', a],
      ['b', b],
    ] as const)
      survey.add({ key: `${index}${name}`, label: 0, encoded, shard: source.name });
    const reason = headerTrouble(a) ?? headerTrouble(b);
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
  return { ...info, impostor: info.pairs - info.genuine, count, survey: survey.result() };
}

/** Why a picture's header can't be read; null where it can. */
function headerTrouble(picture: Uint8Array): string | null {
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
