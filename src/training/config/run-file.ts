import type { InputConvention } from '../../engine/input-convention';
import { count, counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import { resolveConfig, type RunConfig } from './run-config';
import { quoteWord } from './shell-words';

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
  const file = { format: FORMAT, studioVersion, config, backbone, shards, centreFiles };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Reads a run file.
 * @throws StudioError `bad-config` naming what was found and what was expected
 */
export function readRunFile(text: string): RunFile {
  if (text.length > MAX_TEXT_LENGTH) throw badFile(`it has ${count(text.length)} characters`);
  const data = recordOf(parsed(text), 'it holds no JSON object');
  if (data.format !== FORMAT)
    throw badFile(`its format is ${shown(data.format)}; "${FORMAT}" was expected`);
  const backbone = recordOf(data.backbone, 'it names no backbone');
  const input = recordOf(backbone.input, 'its backbone has no input convention');
  const { order } = input;
  const mean = numberOf(input, 'mean');
  const scale = numberOf(input, 'scale');
  if (order !== 'RGB' && order !== 'BGR')
    throw badFile(`its "order" is ${shown(order)}; RGB or BGR was expected`);
  const sides = backbone.convShape;
  if (
    !Array.isArray(sides) ||
    sides.length !== 3 ||
    !sides.every((side) => Number.isInteger(side) && side > 0)
  )
    throw badFile(`its "convShape" is ${shown(sides)}; three whole numbers were expected`);
  const { shards } = data;
  if (typeof shards !== 'string' && !isTexts(shards))
    throw badFile(`its "shards" are ${shown(shards)}; a pattern or a list of names was expected`);
  if (!isTexts(data.centreFiles))
    throw badFile(`its "centreFiles" are ${shown(data.centreFiles)}; a list of names was expected`);
  return {
    config: resolveConfig(recordOf(data.config, 'it has no settings')),
    context: {
      backboneFile: textOf(backbone, 'file'),
      backboneName: textOf(backbone, 'name'),
      backboneHash: textOf(backbone, 'hash'),
      input: { order, mean, scale },
      convShape: sides as unknown[] as [number, number, number],
      embeddingDim: numberOf(backbone, 'embeddingDim'),
      convFeature: backbone.convFeature === null ? null : textOf(backbone, 'convFeature'),
      shards,
      centreFiles: data.centreFiles,
      studioVersion: textOf(data, 'studioVersion'),
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badFile('it is not JSON');
  }
}

function recordOf(value: unknown, otherwise: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badFile(otherwise);
  return { ...value };
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

function textOf(record: Readonly<Record<string, unknown>>, name: string): string {
  const value = record[name];
  if (typeof value !== 'string')
    throw badFile(`its "${name}" is ${shown(value)}; a text was expected`);
  return value;
}

function numberOf(record: Readonly<Record<string, unknown>>, name: string): number {
  const value = record[name];
  if (typeof value !== 'number')
    throw badFile(`its "${name}" is ${shown(value)}; a number was expected`);
  return value;
}

/** A short description of a value for a message. Doesn't print nested values: they may be huge. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  return JSON.stringify(value).slice(0, 80);
}

function badFile(found: string): StudioError {
  return new StudioError(
    'bad-config',
    `This is no run file of the studio: ${found}.`,
    'Choose one that was exported for torchrun.',
  );
}
