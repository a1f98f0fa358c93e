import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { FaceRecord } from '../faces/face-record';
import type { FaceSource, SkippedItem } from '../faces/face-source';
import { labelFactsOf, labelFit } from '../faces/label-fit';
import { BinPairSource } from '../faces/pair-source';
import { pictureFormatTitle } from '../faces/picture-formats';
import { pictureHeader } from '../faces/picture-header';
import { SourceSurvey, surveySource } from '../faces/source-survey';
import { StudioError } from '../formats/studio-error';
import { countBar } from './count-bar';
import { missingOr } from './disk-error';
import { pairText, sourceText, type PairReport, type RecordSketch, type SourceReport } from './inspect-text';
import { openSource } from './node-files';

/** What `scf inspect` takes. */
export interface InspectOptions {
  /** Reads every record. */
  readonly deep?: boolean;
  readonly json?: boolean;
  /** Rows of class centres made elsewhere, to be told whether they can be the source's. */
  readonly classes?: number;
}

/** `scf inspect <source>`: what a source or a verification set holds, before a run is started on it. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('say what a source of faces, or a verification set (.bin), holds')
    .argument('<source>', 'folder, manifest, URL, pattern, or a .bin file')
    .option('--deep', 'read every record: people, duplicates, sizes, damage')
    .option('--classes <n>', 'whether class centres of that many rows can belong to its labels', wholeNumber)
    .option('--json', 'print the result as JSON')
    .action((argument: string, options: InspectOptions) => inspect(argument, options));
}

/** @throws StudioError for what is none of the known forms, or can't be read */
async function inspect(argument: string, options: InspectOptions): Promise<void> {
  const isBin = /\.bin$/i.test(argument) && (await stat(argument).catch(missingOr(argument)))?.isFile();
  if (isBin) {
    const report = await inspectPairs(argument);
    console.log(options.json ? JSON.stringify(report) : pairText(report));
    return;
  }
  const report = await inspectSource(await openSource(argument), options);
  console.log(options.json ? JSON.stringify(report) : sourceText(report));
}

/** Records that are shown. */
const FIRST_RECORDS = 5;
/** Items passed over after which no first records are looked for: a damaged set is read through by --deep alone. */
const MOST_PASSED_OVER = 20;

async function inspectSource(face: FaceSource, { deep, json, classes }: InspectOptions): Promise<SourceReport> {
  const source = await face.info();
  const { records, passedOver } = await firstRecords(face);
  const survey = deep ? await surveyed(face, source.images, json ?? false) : undefined;
  const labels = survey?.labels ?? labelFactsOf(source);
  const fit = labels && classes !== undefined ? labelFit(labels, classes) : undefined;
  return { source, labels, first: records.map(sketchOf), passedOver, survey, classes, labelFit: fit };
}

async function firstRecords(source: FaceSource): Promise<{ records: FaceRecord[]; passedOver: SkippedItem[] }> {
  const records: FaceRecord[] = [];
  const passedOver: SkippedItem[] = [];
  const enough = new AbortController();
  const onSkip = (item: SkippedItem) => {
    if (passedOver.length < MOST_PASSED_OVER) passedOver.push(item);
    else enough.abort();
  };
  try {
    for await (const record of source.open({ seed: 0, epoch: 0, shuffleBuffer: 0, signal: enough.signal, onSkip })) {
      if (records.push(record) >= FIRST_RECORDS) break;
    }
  } catch (thrown) {
    if (!enough.signal.aborted) throw thrown;
  }
  return { records, passedOver };
}

function sketchOf({ key, label, jpeg }: FaceRecord): RecordSketch {
  try {
    const { format, width, height } = pictureHeader(jpeg);
    return { key, label, bytes: jpeg.length, picture: `${pictureFormatTitle(format)} ${width} × ${height}` };
  } catch (thrown) {
    return { key, label, bytes: jpeg.length, picture: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

async function surveyed(source: FaceSource, images: number | undefined, quiet: boolean) {
  if (quiet) return surveySource(source);
  const bar = countBar('reading', images);
  try {
    return await surveySource(source, { onProgress: (done) => bar.update(done) });
  } finally {
    bar.stop();
  }
}

async function inspectPairs(path: string): Promise<PairReport> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new StudioError('bad-source', `${path} can't be read (${cause instanceof Error ? cause.message : String(cause)}).`, 'Check the file.', { cause });
  });
  const source = BinPairSource.open(basename(path), bytes);
  const survey = new SourceSurvey();
  for await (const { index, a, b } of source.pairs()) {
    // A pair's pictures have no label of their own; what is counted here are bytes, encodings and sizes.
    for (const [name, jpeg] of [['a', a], ['b', b]] as const) survey.add({ key: `${index}${name}`, label: 0, jpeg, shard: source.name });
  }
  const info = source.info();
  return { ...info, impostor: info.pairs - info.genuine, survey: survey.result() };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('A whole number from 1 on was expected.');
  return value;
}
