import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { makeShards } from '../../scripts/make-shards';
import { DiskByteSource } from '../../src/cli/node/disk-byte-source';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import { nodeDecoder } from '../../src/cli/node/decode-image';
import { openSource } from '../../src/cli/node/node-files';
import {
  DEFAULT_BACKBONE,
  MAX_BLOCK_BYTES,
  openNodeBackbone,
} from '../../src/cli/node/node-models';
import { isValidationIdentity } from '../../src/faces/identity-split';
import { openTensorFile } from '../../src/formats/tensors/open-tensor-file';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../src/formats/safetensors/safetensors';
import { seededRandom } from '../../src/core/seeded-random';
import { writeTorchZip } from '../../src/formats/torch/torch-writer';
import type { Backbone } from '../../src/models/backbones/backbone';
import type { ConfidenceHead } from '../../src/models/heads/confidence-head';
import { openBackbone } from '../../src/models/backbones/open-backbone';
import { createTrainer } from '../../src/training/session/create-trainer';
import { openHead } from '../../src/training/checkpoint/open-head';
import { readFace } from '../../src/inference/read-face';
import { resolveConfig, type RunConfig } from '../../src/training/config/run-config';
import { encodeRunFile, readRunFile } from '../../src/training/config/run-file';
import { MemoryRunStore } from '../../src/training/checkpoint/run-store';
import { importScfCheckpoint } from '../../src/training/checkpoint/scf-checkpoint';
import { TrainingSession } from '../../src/training/session/training-session';
import { python, relativeError, type Check, type Comparison } from '../check';

const DEMO = 'public/shards/demo';
/** Pictures whose kappa both sides work out from a head's file. */
const PICTURES = 48;
/** (d/2) log 2π + d log r at d = 512 and r = 64: a part of the loss that nothing moves. */
const CONSTANT = 256 * Math.log(2 * Math.PI) + 512 * Math.log(64);

/**
 * `scale-out/` under torchrun with two gloo processes, against the studio in Node, from the same run files.
 */
export const check: Check = async (folder) => {
  await startNodeWasm();
  return [...(await demoRun(folder)), ...(await sameStart(folder)), ...(await irNetworks(folder))];
};

/**
 * The demo preset on the demo shards, each side with a head that it drew itself; and what the
 * program wrote, opened.
 */
async function demoRun(folder: string): Promise<Comparison[]> {
  await makeShards();
  const backbone = await openNodeBackbone(DEFAULT_BACKBONE);
  const place = { folder, name: 'demo', shards: DEMO };
  const config = await runFile(place, resolveConfig({ tensorboard: true }), backbone);
  const checkpointHere = join(folder, 'demo-studio.pt');
  const studio = (await trainHere(config, DEMO, backbone, checkpointHere)).figures;
  const out = await torchrun(place);
  const headFile = await readFile(join(out, 'head.safetensors'));
  const theirs = figuresOf(headFile);
  const shown = ({ loss, spearman }: Figures) =>
    `validation loss ${loss.toFixed(3)} and Spearman ${spearman.toFixed(4)}`;
  console.log(
    `     demo: ${shown(studio)} here, ${shown(theirs)} under torchrun; ${studio.images} ` +
      `pictures of ${studio.identities} people`,
  );

  const kappas = join(folder, 'kappa.safetensors');
  await python(
    'scale_out.py',
    'kappa',
    join(folder, 'demo.json'),
    DEFAULT_BACKBONE,
    DEMO,
    join(out, 'head.safetensors'),
    String(PICTURES),
    kappas,
  );
  const expected = readSafetensors(await readFile(kappas)).tensors.get('kappa')!.data;
  const loaded = await openHead(
    await DiskByteSource.open(join(out, 'head.safetensors')).then(openTensorFile),
    backbone,
    MAX_BLOCK_BYTES,
  );
  const trainer = createTrainer(config, backbone, MAX_BLOCK_BYTES);
  const checkpoint = await openTensorFile(
    await DiskByteSource.open(join(out, `ckpt_e${config.epochs}.pt`)),
  );
  const opened = await openHead(checkpoint, backbone, MAX_BLOCK_BYTES);
  const here = await kappaOf(loaded.head, config, backbone);
  const fromCheckpoint = await kappaOf(opened.head, config, backbone);
  const { cursor, schedule } = await importScfCheckpoint(checkpoint, trainer, config);
  trainer.dispose();
  loaded.dispose();
  opened.dispose();

  await python('scale_out.py', 'tags', out, join(folder, 'tags.json'));
  const tags = JSON.parse(await readFile(join(folder, 'tags.json'), 'utf8')) as {
    scalars: string[];
    histograms: string[];
    steps: number;
    finite: boolean;
  };
  const wanted = [
    'kappa',
    'total_loss',
    'neg_kappa_times_cos_theta',
    'neg_dim_scalar_times_log_kappa',
    'log_iv_kappa',
    'lr',
    'val/loss',
    'val/spearman',
  ];
  const missing = [
    ...wanted.filter((tag) => !tags.scalars.includes(tag)),
    ...['kappa_hist'].filter((tag) => !tags.histograms.includes(tag)),
  ];
  return [
    ...compared('demo', theirs, studio, { loss: 0.02, spearman: 0.03 }),
    {
      what: 'demo: kappa of the written head, relative',
      found: relativeError(here, expected),
      bar: 1e-3,
    },
    {
      what: 'demo: kappa of the checkpoint against that of the head, relative',
      found: relativeError(fromCheckpoint, here),
      bar: 1e-6,
    },
    {
      what: 'demo: epochs and steps of the checkpoint',
      found: Math.abs(cursor.epoch - config.epochs) + Math.abs(cursor.step - tags.steps),
      bar: 0,
    },
    {
      what: 'demo: its learning rate, relative',
      found: Math.abs(
        schedule.learningRate /
          (config.learningRate * config.gamma ** Math.floor(config.epochs / config.stepSize)) -
          1,
      ),
      bar: 1e-9,
    },
    {
      what: 'demo: tags that TensorBoard misses',
      found: missing.length + (tags.finite ? 0 : 1),
      bar: 0,
    },
  ];
}

/**
 * From one head and with the studio's own order of batches the two go the same way, step by step; a
 * run that is gone on from a checkpoint ends where the uninterrupted one does; and a stream, whose
 * order is another, ends near it.
 */
async function sameStart(folder: string): Promise<Comparison[]> {
  const shards = join(folder, 'small');
  await makeShards({ identities: 24, perIdentity: 12, shards: 3, directory: shards });
  const backbone = await openNodeBackbone(DEFAULT_BACKBONE);
  const settings = { batchSize: 32, epochs: 4, stepSize: 2, flip: true, weightDecay: 0.003 };
  const comparisons: Comparison[] = [];
  for (const [name, changes, bars] of [
    ['compact', {}, { loss: 1e-5, spearman: 1e-3 }],
    [
      'tface-conv',
      { head: 'tface-conv', learningRate: 1e-4, batchSize: 64, epochs: 1 },
      { loss: 1e-3, spearman: 1e-2 },
    ],
    ['stream', { features: 'stream', centres: 'first-pass' }, { loss: 0.02, spearman: 0.03 }],
  ] as const) {
    const place = { folder, name, shards };
    const config = await runFile(place, resolveConfig({ ...settings, ...changes }), backbone);
    const checkpoint = join(folder, `${name}-studio.pt`);
    const trained = await trainHere(config, shards, backbone, checkpoint);
    const { figures, first } = trained;
    await writeFile(join(folder, `${name}-first.safetensors`), first);
    const out = await torchrun(
      place,
      '--initial-head',
      join(folder, `${name}-first.safetensors`),
      '--keep',
      '0',
    );
    const theirs = figuresOf(await readFile(join(out, 'head.safetensors')));
    comparisons.push(...compared(`${name}, same start`, theirs, figures, bars));
    comparisons.push(...(await studioCheckpoint(place, checkpoint, trained)));
    if (name !== 'compact') continue;
    const again = await torchrun(
      { ...place, out: `${name}-resumed` },
      '--resume',
      join(out, 'ckpt_e2.pt'),
    );
    const resumed = figuresOf(await readFile(join(again, 'head.safetensors')));
    comparisons.push({
      what: 'compact, gone on after epoch 2: validation loss, relative',
      found: Math.abs(resumed.loss / theirs.loss - 1),
      bar: 1e-6,
    });
  }
  return comparisons;
}

/** The studio's checkpoint of a run, as the program goes on from it and as PyTorch takes it. */
async function studioCheckpoint(
  { folder, name }: RunPlace,
  checkpoint: string,
  { rows, logKappa }: Trained,
): Promise<Comparison[]> {
  const [given, found] = [join(folder, 'rows.safetensors'), join(folder, 'found.safetensors')];
  await writeFile(given, writeSafetensors(new Map([['rows', rows]]), {}));
  const run = join(folder, `${name}.json`);
  await python('scale_out.py', 'checkpoint', run, checkpoint, given, found);
  const { tensors } = readSafetensors(await readFile(found));
  return ['resumed', 'published'].map((how) => ({
    what: `${name}: log kappa of the studio's checkpoint, ${how}, relative`,
    found: relativeError(tensors.get(how)!.data, logKappa),
    bar: 1e-4,
  }));
}

/** Backbones of other layouts: the studio's hash of them, embedding and conv feature. */
async function irNetworks(folder: string): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [network, convFeature] of [
    ['tface-se-50', 'after-bn'],
    ['insightface-50', 'body'],
  ] as const) {
    await python('backbones.py', folder, network);
    const weights = join(folder, `${network}.pth`);
    const backbone = await openBackbone(await DiskByteSource.open(weights), { convFeature });
    await runFile(
      { folder, name: network, shards: 'none' },
      resolveConfig({ backbone: weights, convFeature }),
      backbone,
    );
    backbone.dispose();
    const { tensors } = readSafetensors(await readFile(join(folder, `${network}.safetensors`)));
    const [pixels, found] = [
      join(folder, 'pixels.safetensors'),
      join(folder, 'features.safetensors'),
    ];
    await writeFile(pixels, writeSafetensors(new Map([['pixels', tensors.get('pixels')!]]), {}));
    // It refuses a backbone whose hash is not the run file's.
    await python(
      'scale_out.py',
      'features',
      join(folder, `${network}.json`),
      weights,
      pixels,
      found,
    );
    const given = readSafetensors(await readFile(found)).tensors;
    comparisons.push({
      what: `${network}: embedding, relative`,
      found: relativeError(given.get('embedding')!.data, tensors.get('embedding')!.data),
      bar: 1e-4,
    });
    comparisons.push({
      what: `${network}: conv feature ${convFeature}, relative`,
      found: relativeError(given.get('feature')!.data, tensors.get(convFeature)!.data),
      bar: 1e-4,
    });
  }
  return comparisons;
}

/**
 * Where a run's files lie: `NAME.json` in `folder`, and its checkpoints in `out`, by default NAME.
 */
interface RunPlace {
  readonly folder: string;
  readonly name: string;
  readonly shards: string;
  readonly out?: string;
}

/** Writes a run file and reads it back: both sides take what it says. */
async function runFile(
  { folder, name, shards }: RunPlace,
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

async function torchrun(
  { folder, name, shards, out = name }: RunPlace,
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

/** What a validation found, its loss with the constant. */
interface Figures {
  readonly loss: number;
  readonly spearman: number;
  readonly images: number;
  readonly identities: number;
}

/** A run in this process. */
interface Trained {
  readonly figures: Figures;
  /** The head before the first step. */
  readonly first: Uint8Array;
  /** Rows such as its training pictures give [n, inputs], and log kappa of each afterwards. */
  readonly rows: NamedArray;
  readonly logKappa: Float32Array;
}

/** Trains in this process. @param checkpoint where to write the run as the published code does */
async function trainHere(
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
    store: new MemoryRunStore(),
    post: () => undefined,
    maxBlockBytes: MAX_BLOCK_BYTES,
    bytesAllocated: () => tf.memory().numBytes,
  });
  const first = await session.exportHead();
  await session.run();
  const figures = figuresOf(await session.exportHead());
  await writeFile(checkpoint, writeTorchZip(session.exportCheckpoint().root, 'ckpt'));
  const { head } = session.trainer;
  const rows = await drawnRows(head);
  const logKappa = tf.tidy(() => {
    const input = tf.tensor2d(rows.data, [PICTURES, head.inputSize]);
    return head.logConcentration(input, tf.ones([PICTURES]), false).dataSync() as Float32Array;
  });
  session.dispose();
  return { figures, first, rows, logKappa };
}

/** Rows that are spread as those which a head's input is standardised by. */
async function drawnRows({ inputSize, standardisation }: ConfidenceHead): Promise<NamedArray> {
  const { mean, variance } = (await standardisation.statistics())!;
  const random = seededRandom(3);
  const data = Float32Array.from({ length: PICTURES * inputSize }, (_, at) => {
    const input = at % mean.length;
    return mean[input]! + Math.sqrt(variance[input]!) * random.normal();
  });
  return { dtype: 'F32', shape: [PICTURES, inputSize], data };
}

function figuresOf(head: Uint8Array): Figures {
  return JSON.parse(readSafetensors(head).metadata.validation!) as Figures;
}

function compared(
  name: string,
  found: Figures,
  expected: Figures,
  bars: { readonly loss: number; readonly spearman: number },
): Comparison[] {
  const off = (constant: number) =>
    Math.abs((found.loss - expected.loss) / (expected.loss - constant));
  return [
    { what: `${name}: validation loss, relative`, found: off(0), bar: bars.loss },
    {
      what: `${name}: validation loss without its constant, relative`,
      found: off(CONSTANT),
      bar: bars.loss,
    },
    {
      what: `${name}: Spearman`,
      found: Math.abs(found.spearman - expected.spearman),
      bar: bars.spearman,
    },
    {
      what: `${name}: validation pictures and people`,
      found:
        Math.abs(found.images - expected.images) + Math.abs(found.identities - expected.identities),
      bar: 0,
    },
  ];
}

/** Kappa of the first held-out pictures in the source's order. */
async function kappaOf(
  head: ConfidenceHead,
  config: RunConfig,
  backbone: Backbone,
): Promise<Float32Array> {
  const kappa: number[] = [];
  const source = await openSource(join(DEMO, 'manifest.json'));
  for await (const record of source.open({ seed: config.seed, epoch: 0, shuffleBuffer: 0 })) {
    if (!isValidationIdentity(record.label, config.seed, config.validationFraction)) continue;
    const crop = await nodeDecoder.decodeCrop(record.encoded, null);
    kappa.push((await readFace(crop, backbone, head)).kappa!);
    if (kappa.length === PICTURES) break;
  }
  return Float32Array.from(kappa);
}
