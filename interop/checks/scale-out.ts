import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeShards } from '../../scripts/make-shards';
import { DiskByteSource } from '../../src/cli/node/disk-byte-source';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import {
  DEFAULT_BACKBONE,
  MAX_BLOCK_BYTES,
  openNodeBackbone,
} from '../../src/cli/node/node-models';
import { openTensorFile } from '../../src/formats/tensors/open-tensor-file';
import { readSafetensors, writeSafetensors } from '../../src/formats/safetensors/safetensors';
import { openBackbone } from '../../src/models/backbones/open-backbone';
import { createTrainer } from '../../src/training/session/create-trainer';
import { openHead } from '../../src/training/checkpoint/open-head';
import { resolveConfig } from '../../src/training/config/run-config';
import { importScfCheckpoint } from '../../src/training/checkpoint/scf-checkpoint';
import { python, relativeError, type Check, type Comparison } from '../check';
import {
  DEMO,
  figuresOf,
  kappaOf,
  PICTURES,
  torchrun,
  trainHere,
  writeRunFile,
  type Figures,
  type RunFiles,
  type Trained,
} from '../scale-out-runs';

/** (d/2) log 2π + d log r at d = 512 and r = 64: the part of the loss that is constant. */
const CONSTANT = 256 * Math.log(2 * Math.PI) + 512 * Math.log(64);

/**
 * Compares `scale-out/`, under torchrun with two gloo processes, with the studio in Node, on the
 * same run files.
 */
export const check: Check = async (folder) => {
  await startNodeWasm();
  return [...(await demoRun(folder)), ...(await sameStart(folder)), ...(await irNetworks(folder))];
};

/**
 * The demo preset on the demo shards, where each program initialises its own head; then opens what
 * torchrun wrote.
 */
async function demoRun(folder: string): Promise<Comparison[]> {
  await makeShards();
  const backbone = await openNodeBackbone(DEFAULT_BACKBONE);
  const place = { folder, name: 'demo', shards: DEMO };
  const config = await writeRunFile(place, resolveConfig({ tensorboard: true }), backbone);
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
      limit: 1e-3,
    },
    {
      what: 'demo: kappa of the checkpoint against that of the head, relative',
      found: relativeError(fromCheckpoint, here),
      limit: 1e-6,
    },
    {
      what: 'demo: epochs and steps of the checkpoint',
      found: Math.abs(cursor.epoch - config.epochs) + Math.abs(cursor.step - tags.steps),
      limit: 0,
    },
    {
      what: 'demo: its learning rate, relative',
      found: Math.abs(
        schedule.learningRate /
          (config.learningRate * config.gamma ** Math.floor(config.epochs / config.stepSize)) -
          1,
      ),
      limit: 1e-9,
    },
    {
      what: 'demo: tags that TensorBoard misses',
      found: missing.length + (tags.finite ? 0 : 1),
      limit: 0,
    },
  ];
}

/**
 * Starts both programs with one head and the studio's order of batches: they agree step by step. A
 * run that is resumed from a checkpoint ends like the uninterrupted one. A streamed run, which has
 * another order of batches, ends near it.
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
    const config = await writeRunFile(place, resolveConfig({ ...settings, ...changes }), backbone);
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
      what: 'compact, resumed after epoch 2: validation loss, relative',
      found: Math.abs(resumed.loss / theirs.loss - 1),
      limit: 1e-6,
    });
  }
  return comparisons;
}

/** The studio's checkpoint of a run, resumed by `scale-out/` and loaded by PyTorch. */
async function studioCheckpoint(
  { folder, name }: RunFiles,
  checkpoint: string,
  { rows, logKappa }: Trained,
): Promise<Comparison[]> {
  const given = join(folder, 'rows.safetensors');
  const found = join(folder, 'found.safetensors');
  await writeFile(given, writeSafetensors(new Map([['rows', rows]]), {}));
  const run = join(folder, `${name}.json`);
  await python('scale_out.py', 'checkpoint', run, checkpoint, given, found);
  const { tensors } = readSafetensors(await readFile(found));
  return ['resumed', 'published'].map((how) => ({
    what: `${name}: log kappa of the studio's checkpoint, ${how}, relative`,
    found: relativeError(tensors.get(how)!.data, logKappa),
    limit: 1e-4,
  }));
}

/** Backbones of other layouts: their hash, embedding and conv feature. */
async function irNetworks(folder: string): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [network, convFeature] of [
    ['tface-se-50', 'after-bn'],
    ['insightface-50', 'body'],
  ] as const) {
    await python('backbones.py', folder, network);
    const weights = join(folder, `${network}.pth`);
    const backbone = await openBackbone(await DiskByteSource.open(weights), { convFeature });
    await writeRunFile(
      { folder, name: network, shards: 'none' },
      resolveConfig({ backbone: weights, convFeature }),
      backbone,
    );
    backbone.dispose();
    const { tensors } = readSafetensors(await readFile(join(folder, `${network}.safetensors`)));
    const pixels = join(folder, 'pixels.safetensors');
    const found = join(folder, 'features.safetensors');
    await writeFile(pixels, writeSafetensors(new Map([['pixels', tensors.get('pixels')!]]), {}));
    // The program refuses a backbone with another hash than the run file's.
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
      limit: 1e-4,
    });
    comparisons.push({
      what: `${network}: conv feature ${convFeature}, relative`,
      found: relativeError(given.get('feature')!.data, tensors.get(convFeature)!.data),
      limit: 1e-4,
    });
  }
  return comparisons;
}

function compared(
  name: string,
  found: Figures,
  expected: Figures,
  bars: { readonly loss: number; readonly spearman: number },
): Comparison[] {
  const relative = (constant: number) =>
    Math.abs((found.loss - expected.loss) / (expected.loss - constant));
  return [
    { what: `${name}: validation loss, relative`, found: relative(0), limit: bars.loss },
    {
      what: `${name}: validation loss without its constant, relative`,
      found: relative(CONSTANT),
      limit: bars.loss,
    },
    {
      what: `${name}: Spearman`,
      found: Math.abs(found.spearman - expected.spearman),
      limit: bars.spearman,
    },
    {
      what: `${name}: validation pictures and people`,
      found:
        Math.abs(found.images - expected.images) + Math.abs(found.identities - expected.identities),
      limit: 0,
    },
  ];
}
