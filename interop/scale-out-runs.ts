import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { MemoryFileStore } from '../src/formats/bytes/memory-file-store';
import { nodeDecoder } from '../src/cli/node/decode-image';
import { openSource } from '../src/cli/node/node-files';
import { DEFAULT_BACKBONE, MAX_BLOCK_BYTES } from '../src/cli/node/node-models';
import { isValidationIdentity } from '../src/faces/identity-split';
import { readSafetensors, type NamedArray } from '../src/formats/safetensors/safetensors';
import { seededRandom } from '../src/core/seeded-random';
import { writeTorchZip } from '../src/formats/torch/torch-writer';
import type { Backbone } from '../src/models/backbones/backbone';
import type { ConfidenceHead } from '../src/models/heads/confidence-head';
import { FaceReader } from '../src/inference/face-reader';
import { locatedCrop } from '../src/inference/locate-face';
import type { RunConfig } from '../src/training/config/run-config';
import { encodeRunFile, readRunFile } from '../src/training/config/run-file';
import { TrainingSession } from '../src/training/session/training-session';
import { headBytes } from '../test/fixtures/head-bytes';
import { python } from './check';

/** Runs of the check `scale-out`: the same run file, trained in this process and by torchrun. */

export const DEMO = 'public/shards/demo';
/** Number of pictures whose kappa both programs compute with a head's file. */
export const PICTURES = 48;
/** A run's files: `NAME.json` in `folder`, and its checkpoints in `out`, by default NAME. */
export interface RunFiles {
  readonly folder: string;
  readonly name: string;
  readonly shards: string;
  readonly out?: string;
}

/** Writes a run file and reads it back, so that both programs train with the same settings. */
export async function writeRunFile(
  { folder, name, shards }: RunFiles,
  config: RunConfig,
  backbone: Backbone,
): Promise<RunConfig> {
  const { input, convShape, embeddingDim, hash, description } = backbone;
  const isOnnx = config.backbone.endsWith('.onnx');
  const text = encodeRunFile(config, {
    backboneFile: basename(config.backbone),
    backboneName: backbone.name,
    backboneHash: hash,
    input,
    convShape,
    embeddingDim,
    convFeature: isOnnx ? description.convFeatureName : null,
    shards,
    centreFiles: [],
    studioVersion: '0.1.0',
  });
  await writeFile(join(folder, `${name}.json`), text);
  return readRunFile(text).config;
}

/** Trains with torchrun in two processes. @returns the folder of what it wrote */
export async function torchrun(
  { folder, name, shards, out = name }: RunFiles,
  ...more: readonly string[]
): Promise<string> {
  const where = join(folder, out);
  const program = [
    '--standalone',
    '--nproc-per-node',
    '2',
    'scale-out/train.py',
    '--run-file',
    join(folder, `${name}.json`),
  ];
  await python(
    'scale_out.py',
    'torchrun',
    ...program,
    '--shards',
    shards,
    '--backbone',
    DEFAULT_BACKBONE,
    '--out',
    where,
    '--workers',
    '1',
    ...more,
  );
  return where;
}

/** The figures of a validation; the loss is with its constant. */
export interface Figures {
  readonly loss: number;
  readonly spearman: number;
  readonly images: number;
  readonly identities: number;
}

/** A run that was trained in this process. */
export interface Trained {
  readonly figures: Figures;
  /** The head before the first step. */
  readonly first: Uint8Array;
  /** Inputs [n, inputs] like those of its training pictures, and the trained head's log kappa. */
  readonly rows: NamedArray;
  readonly logKappa: Float32Array;
}

/** Trains in this process. @param checkpoint where to write the published code's checkpoint */
export async function trainHere(
  config: RunConfig,
  shards: string,
  backbone: Backbone,
  checkpoint: string,
): Promise<Trained> {
  const session = new TrainingSession({
    config,
    backbone,
    source: await openSource(join(shards, 'manifest.json')),
    decoder: nodeDecoder,
    store: new MemoryFileStore(),
    post: () => undefined,
    maxBlockBytes: MAX_BLOCK_BYTES,
    bytesAllocated: () => tf.memory().numBytes,
  });
  const first = await headBytes(session.exportHead());
  await session.run();
  const figures = figuresOf(await headBytes(session.exportHead()));
  await writeFile(checkpoint, writeTorchZip(session.exportCheckpoint().root, 'ckpt'));
  const { head } = session.trainer;
  const rows = await drawRows(head);
  const logKappa = tf.tidy(() => {
    const input = tf.tensor2d(rows.data, [PICTURES, head.inputSize]);
    return head.logConcentration(input, tf.ones([PICTURES]), false).dataSync() as Float32Array;
  });
  session.dispose();
  return { figures, first, rows, logKappa };
}

/** Draws rows with the mean and variance by which the head standardises its input. */
async function drawRows({ inputSize, standardisation }: ConfidenceHead): Promise<NamedArray> {
  const { mean, variance } = (await standardisation.statistics())!;
  const random = seededRandom(3);
  const data = Float32Array.from({ length: PICTURES * inputSize }, (_, at) => {
    const input = at % mean.length;
    return mean[input]! + Math.sqrt(variance[input]!) * random.normal();
  });
  return { dtype: 'F32', shape: [PICTURES, inputSize], data };
}

/** The figures of the last validation, from a head's file. */
export function figuresOf(head: Uint8Array): Figures {
  return JSON.parse(readSafetensors(head).metadata.validation!) as Figures;
}

/** Kappa of the first held-out pictures in the source's order. */
export async function kappaOf(
  head: ConfidenceHead,
  config: RunConfig,
  backbone: Backbone,
): Promise<Float32Array> {
  const kappa: number[] = [];
  const reader = new FaceReader(backbone, [head], 'single');
  const source = await openSource(join(DEMO, 'manifest.json'));
  for await (const record of source.open({ seed: config.seed, epoch: 0, shuffleBuffer: 0 })) {
    if (!isValidationIdentity(record.label, config.seed, config.validationFraction)) continue;
    const crop = await nodeDecoder.decodeCrop(record.encoded, null);
    const [reading] = await reader.read([locatedCrop(crop, 'single')]);
    kappa.push(reading!.concentrations[0]![0]!);
    if (kappa.length === PICTURES) break;
  }
  return Float32Array.from(kappa);
}
