import * as v from 'valibot';
import {
  choice,
  fittedText,
  list,
  misfitWords,
  number,
  object,
  orNull,
  text,
  wholeNumber,
} from '../../core/schema/schema';
import type { InputConvention } from '../../engine/input-convention';
import { count, counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { RunConfig } from './run-config';
import { quoteWord } from './published/shell-words';
import { configToStore, storedConfig } from './stored-config';

const FORMAT = 'scf-studio-run-file-1';
/** Characters; far more than a run with its list of shards has. */
const MAX_TEXT_LENGTH = 2 ** 24;
const MAX_PROCESSES = 4096;

/**
 * What a run needs besides its settings. Files are named, not included: the program that trains the
 * run looks for them in the run file's folder.
 */
export interface RunFileContext {
  readonly backboneFile: string;
  readonly backboneName: string;
  /** {@link Backbone.hash}: of the weights, and of how they are read. */
  readonly backboneHash: string;
  readonly input: InputConvention;
  /** [h, w, c] of the conv feature. */
  readonly convShape: readonly [number, number, number];
  readonly embeddingDim: number;
  /**
   * Name of the value in an ONNX file that is the conv feature; null if `config.convFeature` says
   * which it is.
   */
  readonly convFeature: string | null;
  /** Names of shards, or one pattern. */
  readonly shards: string | readonly string[];
  /** With `centres: file`. */
  readonly centreFiles: readonly string[];
  readonly studioVersion: string;
}

/** The contents of a run file. */
export interface RunFile {
  readonly config: RunConfig;
  readonly context: RunFileContext;
}

/**
 * Writes a run as the text that `scale-out/train.py` reads.
 * @throws StudioError `bad-config` for settings that only the studio has
 */
export function encodeRunFile(config: RunConfig, context: RunFileContext): string {
  requireScalable(config);
  const {
    backboneFile,
    backboneName,
    backboneHash,
    input,
    convShape,
    embeddingDim,
    convFeature,
    shards,
    centreFiles,
    studioVersion,
  } = context;
  const { order, mean, scale } = input;
  const backbone = {
    file: backboneFile,
    name: backboneName,
    hash: backboneHash,
    input: { order, mean, scale },
    convShape,
    embeddingDim,
    convFeature,
  };
  const file = {
    format: FORMAT,
    studioVersion,
    config: configToStore(config),
    backbone,
    shards,
    centreFiles,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

const storedRunFile = object({
  format: v.literal(FORMAT, `"${FORMAT}"`),
  config: storedConfig,
  backbone: object({
    file: text,
    name: text,
    hash: text,
    input: object({ order: choice(['RGB', 'BGR']), mean: number, scale: number }),
    convShape: v.pipe(
      list(v.pipe(wholeNumber, v.minValue(1, 'a whole number above 0'))),
      v.length(3, 'a list of three'),
      v.transform(([h, w, c]) => [h!, w!, c!] as const),
    ),
    embeddingDim: v.pipe(wholeNumber, v.minValue(1, 'a whole number above 0')),
    convFeature: orNull(text),
  }),
  shards: v.union([text, list(text)], 'a pattern or a list of names'),
  centreFiles: list(text),
  studioVersion: text,
});

/**
 * Reads a run file that any version of the studio wrote.
 * @throws StudioError `bad-config` naming what was found and what was expected
 */
export function readRunFile(json: string): RunFile {
  if (json.length > MAX_TEXT_LENGTH) throw badFile(`it has ${count(json.length)} characters`);
  const { config, backbone, shards, centreFiles, studioVersion } = fittedText(
    storedRunFile,
    json,
    (misfit) => badFile(misfitWords(misfit)),
  );
  const { order, mean, scale } = backbone.input;
  return {
    config,
    context: {
      backboneFile: backbone.file,
      backboneName: backbone.name,
      backboneHash: backbone.hash,
      input: { order, mean, scale },
      convShape: backbone.convShape,
      embeddingDim: backbone.embeddingDim,
      convFeature: backbone.convFeature,
      shards,
      centreFiles,
      studioVersion,
    },
  };
}

/**
 * Paths of a run's files on the machine that trains it. Files without a path here are expected in
 * the run file's folder.
 */
export interface TorchrunPlaces {
  /** Folder, manifest or pattern. */
  readonly shards?: string;
  readonly backbone?: string;
  readonly centres?: readonly string[];
  /** Folder of checkpoints; `out` by default. */
  readonly out?: string;
}

/**
 * The command that trains a run on several GPUs of one machine. It is run in the folder above
 * `scale-out`.
 * @throws StudioError `bad-config` for an impossible number of GPUs
 */
export function torchrunCommand(
  runFileName: string,
  gpus: number,
  { shards = 'shards', backbone, centres = [], out = 'out' }: TorchrunPlaces = {},
): string {
  requireProcesses(gpus);
  const words = [
    'torchrun',
    '--standalone',
    '--nproc-per-node',
    String(gpus),
    'scale-out/train.py',
    '--run-file',
    runFileName,
    '--shards',
    shards,
  ];
  if (backbone !== undefined) words.push('--backbone', backbone);
  if (centres.length > 0) words.push('--centres', ...centres);
  return [...words, '--out', out].map(quoteWord).join(' ');
}

/**
 * Pictures of a batch for each process. All processes together take the studio's batch, so that the
 * mathematics is the same.
 * @throws StudioError `bad-config` if the batch can't be divided evenly
 */
export function perProcessBatch(
  { batchSize }: Pick<RunConfig, 'batchSize'>,
  processes: number,
): number {
  requireProcesses(processes);
  if (batchSize % processes === 0) return batchSize / processes;
  const isEven = (gpus: number) => batchSize % gpus === 0;
  let fewer = processes;
  while (!isEven(fewer)) fewer--;
  let more = processes;
  while (more < batchSize && !isEven(more)) more++;
  const gpus = isEven(more) ? `${fewer} or ${more}` : String(fewer);
  const nearestBatch = Math.max(1, Math.round(batchSize / processes)) * processes;
  throw new StudioError(
    'bad-config',
    `A batch of ${batchSize} can't be shared evenly by ${processes} GPUs.`,
    `Take ${gpus} of them, or a batch size of ${nearestBatch}.`,
  );
}

/** @throws StudioError `bad-config` for a run that `scale-out` can't train as the studio does */
function requireScalable(config: RunConfig): void {
  if (config.augmentation > 0) {
    throw new StudioError(
      'bad-config',
      `The run degrades pictures (augmentation ${config.augmentation}), which the program ` +
        'for torchrun does not do.',
      'Set "augmentation" to 0, or train in the studio.',
    );
  }
  if (config.patience > 0) {
    throw new StudioError(
      'bad-config',
      `The run has patience for ${counted(config.patience, 'epoch')}; the program for torchrun ` +
        'runs all epochs.',
      'Set "patience" to 0, or train in the studio.',
    );
  }
  if (config.method !== 'scf') {
    throw new StudioError(
      'bad-config',
      `The run trains ${config.method}; the program for torchrun trains SCF alone.`,
      'Set "method" to "scf", or train in the studio.',
    );
  }
  if (config.centres === 'arcface' || config.centres === 'cosface') {
    throw new StudioError(
      'bad-config',
      'The run trains its class centres with ' +
        `${config.centres === 'arcface' ? 'ArcFace' : 'CosFace'}, which the program for ` +
        'torchrun does not do.',
      'Set "centres" to "first-pass", or to "file" with a trained FC layer.',
    );
  }
}

function requireProcesses(processes: number): void {
  if (Number.isInteger(processes) && processes >= 1 && processes <= MAX_PROCESSES) return;
  throw new StudioError(
    'bad-config',
    `${processes} GPUs were asked for; a whole number from 1 to ${MAX_PROCESSES} was expected.`,
    'Correct it.',
  );
}

function badFile(found: string): StudioError {
  return new StudioError(
    'bad-config',
    `This is no run file of the studio: ${found}.`,
    'Choose one that was exported for torchrun.',
  );
}
