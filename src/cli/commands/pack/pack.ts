import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { leftOutSentence, totalOf } from '../../../faces/survey/left-out';
import type { PackForm } from '../../../faces/pack/pack-plan';
import { count, counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { LeftOutReport, listBeside } from '../../left-out-report';
import { ProgressDisplay } from '../../progress-display';
import { AlignedSource } from '../../../inference/align/aligned-source';
import { decodeImage, encodeCrop } from '../../node/decode-image';
import { startNodeWasm } from '../../node/node-backend';
import { MODELS_FOLDER, openPhotoNetworks } from '../../node/node-models';
import {
  packSets,
  type PackInjections,
  type PackReporter,
  type PackRequest,
  type PackSummary,
} from './pack-sets';
import { reportRetry } from '../train/run-warnings';

/**
 * Records in a shard by default. As many as a block of a table, so that a set and the table that it
 * was packed from are read in the same order for the same seed.
 */
const SHARD_SIZE = 8192;

/** Which pictures are aligned: all but those of 112 × 112, or those too. */
type AlignWhat = NonNullable<PackRequest['align']>;

/** The command's options as they were typed. */
interface TypedOptions {
  readonly source: string;
  readonly out: string;
  readonly form: PackForm;
  readonly shardSize?: string;
  readonly shuffle?: boolean;
  readonly seed: string;
  readonly identities?: string;
  readonly holdOut?: string;
  readonly relabel?: boolean;
  /** true where nothing is said of 112 × 112. */
  readonly align?: AlignWhat | true;
  readonly models: string;
  readonly json?: boolean;
}

/** `scf pack`: writes face data of any form as WebDataset shards or RecordIO, and verifies it. */
export function packCommand(): Command {
  return new Command('pack')
    .description(
      'pack face data of any form as WebDataset tar shards or RecordIO, and read it back',
    )
    .requiredOption('--source <dir|manifest|url>', 'folder of shards or pictures, manifest or URL')
    .requiredOption(
      '--out <dir>',
      'new folder for the set; the same arguments resume an unfinished pack',
    )
    .addOption(
      new Option('--form <form>', 'what to write').choices(['tar', 'recordio']).default('tar'),
    )
    .option('--shard-size <records>', `records of a tar shard (default: ${SHARD_SIZE})`)
    .option('--shuffle', 'write in the shuffled order of the seed, not in the order of the source')
    .option('--seed <number>', 'decides order, choice and split', '777')
    .option('--identities <count>', 'number of people to take, chosen by the seed')
    .option(
      '--hold-out <fraction>',
      'put this share of the people in held-out/ and the others in train/, as training splits them',
    )
    .option('--relabel', 'number the people from 0 on, and write labels.json')
    .addOption(
      new Option(
        '--align [what]',
        'write aligned crops of the main faces: auto leaves 112 × 112 crops as they are, always ' +
          'aligns those too (default: auto)',
      ).choices(['auto', 'always']),
    )
    .option('--models <dir>', 'folder of the networks that find faces', MODELS_FOLDER)
    .option('--json', 'print the result as JSON')
    .action(pack);
}

async function pack(typed: TypedOptions): Promise<void> {
  const startedAt = performance.now();
  const request = requestOf(typed);
  // Beside the folder: inside there must be nothing but the set.
  const leftOut = new LeftOutReport(listBeside(resolve(typed.out)));
  const how = request.align ? await aligning(request.align, typed.models) : {};
  const summary = await packSets(request, reporterOf(typed, leftOut), how).finally(() =>
    leftOut.end(),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    typed.json
      ? JSON.stringify(resultOf(summary, seconds))
      : sentenceOf(summary, typed.out, seconds),
  );
}

/**
 * Converts the typed options to a request.
 * @throws StudioError `bad-config` naming the one that is out of range
 */
export function requestOf({
  source,
  out,
  form,
  shardSize,
  shuffle = false,
  seed,
  identities,
  holdOut,
  relabel = false,
  align,
}: Omit<TypedOptions, 'models'>): PackRequest {
  if (form === 'recordio' && shardSize !== undefined)
    throw new StudioError(
      'bad-config',
      'RecordIO has no shards for --shard-size.',
      'Leave it out, or take --form tar.',
    );
  return {
    source,
    out,
    form,
    shuffle,
    relabel,
    align: align === true ? 'auto' : align,
    shardSize: shardSize === undefined ? SHARD_SIZE : whole('--shard-size', shardSize, 1),
    seed: whole('--seed', seed, 0),
    identities: identities === undefined ? undefined : whole('--identities', identities, 1),
    holdOut: holdOut === undefined ? undefined : fraction('--hold-out', holdOut),
  };
}

/**
 * Records between two checkpoints where each is aligned: half a minute's work, not that of minutes.
 */
const ALIGNED_CHECKPOINT = 256;

/**
 * Crops are written as JPEG of quality 95 with whole chroma: a sixth of a PNG's bytes. On 40 crops
 * of LFW the embedding's cosine to that of the same crop as PNG is .9995 on average, .9989 at
 * least.
 */
async function aligning(mode: AlignWhat, models: string): Promise<PackInjections> {
  await startNodeWasm();
  const networks = await openPhotoNetworks(models);
  const aligner = { mode, networks, decode: decodeImage, encode: encodeCrop };
  return {
    aligned: (source) => new AlignedSource(source, aligner),
    checkpointRecords: ALIGNED_CHECKPOINT,
  };
}

function whole(name: string, text: string, least: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value < 2 ** 32) return value;
  throw new StudioError(
    'bad-config',
    `${name} is "${text}"; a whole number from ${least} to ${2 ** 32 - 1} was expected.`,
    'Change it.',
  );
}

function fraction(name: string, text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value > 0 && value < 1) return value;
  throw new StudioError(
    'bad-config',
    `${name} is "${text}"; a number between 0 and 1 was expected.`,
    'Change it, for instance to 0.2.',
  );
}

/** The result that `--json` prints. */
function resultOf({ sets, skipped, leftOut = [], wasComplete }: PackSummary, seconds: number) {
  const total = (of: (set: PackSummary['sets'][number]) => number) =>
    sets.reduce((sum, set) => sum + of(set), 0);
  const bytesOf = ({ shards }: PackSummary['sets'][number]) =>
    shards.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    images: total(({ images }) => images),
    identities: total(({ identities }) => identities),
    shards: total(({ shards }) => shards.length),
    bytes: total(bytesOf),
    skipped,
    leftOut,
    renamed: total(({ renamed }) => renamed),
    seconds,
    wasComplete,
    sets: sets.map((set) => ({
      folder: set.folder,
      images: set.images,
      identities: set.identities,
      shards: set.shards.length,
      bytes: bytesOf(set),
    })),
  };
}

function sentenceOf(summary: PackSummary, out: string, seconds: number): string {
  const { images, identities, shards, bytes, skipped, leftOut, renamed, sets } = resultOf(
    summary,
    seconds,
  );
  const people = (value: number) => counted(value, 'person', 'people');
  const what =
    `${counted(images, 'picture')} of ${people(identities)} in ` +
    `${counted(shards, 'file')} of ${count(Math.round(bytes / 1e6))} MB`;
  if (summary.wasComplete) return `This pack is complete: ${out} has ${what}.`;
  const lines = [`${out} has ${what}, read back and compared, after ${seconds.toFixed(0)} s.`];
  if (sets.length > 1)
    lines.push(
      ...sets.map(
        (set) => `${set.folder}: ${counted(set.images, 'picture')} of ${people(set.identities)}`,
      ),
    );
  if (leftOut.length > 0) lines.push(`Of the source ${leftOutSentence(leftOut)}.`);
  // A manifest may list more records than its shards hold.
  if (skipped > totalOf(leftOut))
    lines.push(
      `${counted(skipped, 'record')} that the source lists ` +
        `${skipped === 1 ? 'is' : 'are'} left out.`,
    );
  if (renamed > 0)
    lines.push(
      `${counted(renamed, 'key')} ${renamed === 1 ? 'was' : 'were'} there twice and got a number.`,
    );
  return lines.join('\n');
}

/** Reports a pack on stderr. With `--json` it shows no progress, but still reports problems. */
function reporterOf({ json = false, align }: TypedOptions, leftOut: LeftOutReport): PackReporter {
  const reporter = packReporter(leftOut, align !== undefined);
  const silent = { begin: () => undefined, done: () => undefined, end: () => undefined };
  return json ? { ...reporter, ...silent } : reporter;
}

/** Records between two updates of the bar; of aligned ones a second has but a few. */
const BAR_STEP = 64;

function packReporter(leftOut: LeftOutReport, isAligning: boolean): PackReporter {
  const display = new ProgressDisplay();
  return {
    opened: (info) => leftOut.opened(info),
    begin: (label, total) => display.start({ label, total }),
    done(records) {
      if (isAligning || records % BAR_STEP === 0) display.update(records);
    },
    end: () => display.clear(),
    skipped: (item) => leftOut.skip(item),
    retrying: reportRetry,
  };
}
