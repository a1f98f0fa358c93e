import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { Command, Option } from 'commander';
import { MemoryFileStore } from '../../../formats/bytes/memory-file-store';
import { counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { writeTorchZip } from '../../../formats/torch/torch-writer';
import { withDimensions } from '../../../training/session/create-trainer';
import { adaptedWords, adaptToSize } from '../../../training/config/adapt-to-size';
import { presetSentence, type RunConfig } from '../../../training/config/run-config';
import { publishedFlags } from '../../../training/config/published/published-flags';
import { indexingProgress } from '../../../faces/sources/open-context';
import { weaknessOf } from '../../../training/head-file/head-weakness';
import { TrainingSession } from '../../../training/session/training-session';
import { howItIsFed, inputConventionOption, chosenReading } from '../../backbone-option';
import { alignCommand, lookAtSource } from '../../alignment-look';
import { logLine } from '../../count-bar';
import type { RunLibrary } from '../../../runs/run-library';
import { withOwnLibrary } from '../runs/open-library';
import type { FaceSource } from '../../../faces/face-source';
import { nodeDecoder } from '../../node/decode-image';
import { LeftOutReport, listBeside } from '../../left-out-report';
import { startNodeWasm } from '../../node/node-backend';
import { openNodeCentres } from '../../node/node-centres';
import { inRed } from '../../in-red';
import { NodeEventFile } from '../../node/node-event-file';
import { openSource } from '../../node/node-files';
import { requireNodeMemory } from '../../node/node-memory';
import { bytesOf, MAX_BLOCK_BYTES, MODELS_FOLDER, openNodeBackbone } from '../../node/node-models';
import { notify, warningsOnly } from './run-warnings';
import { saveOutput } from '../../node/save-output';
import { RecordedRun } from './recorded-run';
import { decideStart, resumeSession, type StartOptions } from './saved-run';
import { checkTrainOutputs, planTraining, type TrainOptions, type TrainPlan } from './train-plan';
import { collapseText, correlations, trainingReporter } from './training-reporter';

/** `scf train`: the studio's own options, and the flags of the published command. */
export function trainCommand(): Command {
  return (
    new Command('train')
      .description(
        'train a confidence head on face data of any form; takes the flags of the ' +
          'published train.py too',
      )
      .option('--shards <dir|url|pattern>', 'folder of shards, manifest or URL')
      .option(
        '--out <file>',
        'where the head goes (.safetensors); by default head.safetensors in --output_dir, or ' +
          'here, under a name that is free',
      )
      .option('--config <file>', 'run.json: settings that differ from the preset')
      .option(
        '--backbone <file>',
        "backbone in place of the config's: ONNX, PyTorch or safetensors",
      )
      .addOption(inputConventionOption())
      .option(
        '--checkpoints <dir>',
        'keep the run in this folder, beside others, each in runs/<id>; by default --output_dir',
      )
      .option(
        '--resume [run]',
        'go on with the last unfinished run, or the one of this name or id, also with more epochs',
      )
      .option(
        '--set <name=value...>',
        'settings by name, after the config file and the published flags',
        (value: string, all: string[]) => [...all, value],
        [],
      )
      .option('--json', 'print the result as JSON')
      .addHelpText(
        'after',
        `\nExit status: 0, 1 for an error, ${COLLAPSED} for a head that has not learnt to ` +
          'tell pictures apart.',
      )
      .addOption(backendOption())
      // commander reads the studio's own options. The published flags go through as plain words to
      // `readPublishedFlags`, which the page uses too.
      .allowUnknownOption()
      .allowExcessArguments()
      .addHelpText(
        'after',
        `\nFlags of the published command:\n  ${Object.keys(publishedFlags)
          .map((name) => `--${name}`)
          .join(' ')}`,
      )
      .action((options: TrainOptions & OwnOptions, command: Command) =>
        train(options, command.args),
      )
  );
}

/** Node has one backend. The option exists so that a command line can name it. */
export function backendOption(): Option {
  return new Option('--backend <name>').choices(['wasm']).default('wasm');
}

interface OwnOptions extends StartOptions {
  readonly config?: string;
  readonly json?: boolean;
}

async function train(options: TrainOptions & OwnOptions, words: readonly string[]): Promise<void> {
  const plan = await planTraining(
    options,
    words,
    options.config === undefined ? null : await settingsOf(options.config),
  );
  for (const remark of plan.remarks) console.error(remark);
  if (plan.checkpoints === null) return trainPlanned(plan, options, null);
  // Runs of one folder share their features: one program at a time trains in it.
  const work = async (library: RunLibrary) => {
    await library.tidy();
    await trainPlanned(plan, options, library);
  };
  return withOwnLibrary(plan.checkpoints, work, logLine);
}

/** @param library of the folder of checkpoints; null if the run isn't kept */
async function trainPlanned(
  plan: TrainPlan,
  options: TrainOptions & OwnOptions,
  library: RunLibrary | null,
): Promise<void> {
  const { out } = plan;
  await startNodeWasm();
  const reading = chosenReading(options.inputConvention, {
    reading: plan.config,
    of: "the run's config",
  });
  const backbone = await openNodeBackbone(plan.config.backbone, plan.config);
  console.error(howItIsFed(backbone, reading));
  const asked = withDimensions(plan.config, backbone, plan.named);
  const where = plan.checkpoints ?? '';
  const start = await decideStart(library, where, asked, options, plan.named);
  await checkTrainOutputs(plan);
  const given =
    start.config.centres === 'file'
      ? await openNodeCentres([start.config.centreFiles], { dimension: backbone.embeddingDim })
      : null;
  if (given) console.error(given.form);
  const leftOut = new LeftOutReport(listBeside(out));
  const report = options.json ? warningsOnly(leftOut) : trainingReporter(leftOut);
  const startedAt = performance.now();
  const source = await openSource(start.config.shards, {
    ...indexingProgress((progress) => report({ type: 'progress', progress })),
    onWarning: notify,
  });
  const info = await source.info();
  leftOut.opened(info);
  const isOwn = (name: keyof RunConfig) => plan.named.has(name);
  const config = start.kind === 'new' ? adaptToSize(start.config, info, isOwn) : start.config;
  if (start.kind === 'new') {
    const remarks = [plan.isPresetFree && presetSentence(config), adaptedWords(config, info)];
    for (const remark of remarks) if (remark) console.error(remark);
  }
  if (start.kind === 'new') await warnOfLoosePictures(config.shards, source);
  await requireNodeMemory(config, backbone, source, plan.checkpoints !== null);
  // Last, so that a command that is refused leaves no run behind.
  const recorded = library && (await RecordedRun.begin(library, start, config, backbone, where));
  // A run that goes on may ask for events where this command doesn't say so.
  const eventFolder = recorded && config.tensorboard ? recorded.path : plan.events;
  const events =
    eventFolder === null ? null : new NodeEventFile(eventFolder, config, Date.now() / 1000, notify);
  const session = new TrainingSession({
    config,
    backbone,
    centres: given?.centres,
    source,
    decoder: nodeDecoder,
    store: recorded?.folder ?? new MemoryFileStore(),
    shared: library?.root,
    features: library?.root,
    post: (event) => {
      events?.append(event);
      recorded?.take(event);
      report(event);
    },
    maxBlockBytes: MAX_BLOCK_BYTES,
    bytesAllocated: () => tf.memory().numBytes,
  });
  let firstStep = 0;
  try {
    if (start.kind === 'resume') {
      await resumeSession(session, start.saved, start.run.folder);
      for (const remark of start.remarks) console.error(remark);
    }
    firstStep = session.cursor.step;
    await session.run();
  } catch (thrown) {
    await recorded?.fail(thrown);
    throw thrown;
  } finally {
    events?.close();
    await leftOut.end();
  }
  const head = await session.exportHead();
  await recorded?.finish(head.chunks());
  const place = await saveOutput('The head', out, () => head.chunks());
  head.dispose();
  if (plan.outputDir !== null) {
    const { name, root } = session.exportCheckpoint();
    const zip = () => writeTorchZip(root, name.replace(/\.pt$/, ''));
    await saveOutput('The checkpoint', join(plan.outputDir, name), zip);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { loss, spearman, spearmanClean, images, identities } = session.validation!;
  const steps = session.cursor.step - firstStep;
  const { collapse } = session;
  const weakness = weaknessOf(session.readings);
  const result = {
    ...(collapse && { collapse }),
    leftOut: leftOut.groups(),
    steps,
    seconds,
    imagesPerSecond: (steps * config.batchSize) / seconds,
    validation: { loss, spearman, spearmanClean, images, identities },
  };
  if (options.json) console.log(JSON.stringify(result));
  else {
    const people = counted(identities, 'unseen person', 'unseen people');
    const pictures = `${counted(images, 'picture')} of ${people}`;
    const figures = `${correlations(session.validation!)}, loss ${loss.toFixed(2)}`;
    console.log(
      `\n${counted(steps, 'step')} in ${seconds.toFixed(0)} s. On ${pictures}: ${figures}.`,
    );
    if (place !== null) console.log(`The head is in ${place}.`);
  }
  if (collapse) {
    console.error(collapseText(collapse));
    process.exitCode = COLLAPSED;
  } else if (weakness !== null) console.error(inRed(weakness));
}

/**
 * Says so before a run on pictures that aren't aligned, or that couldn't be looked at: each would
 * be scaled to a crop as it is, and the backbone was made for faces in their place.
 */
async function warnOfLoosePictures(shards: string, source: FaceSource): Promise<void> {
  const { sample, sentence } = await lookAtSource(source, MODELS_FOLDER);
  if (sample?.aligned === true) return;
  logLine(sentence);
  if (sample?.aligned === false)
    logLine(
      'A run reads each whole picture as a crop, and the backbone expects faces in their place. ' +
        `Align them first: ${alignCommand(shards, sample)}`,
    );
}

/**
 * Reads the settings in a run.json.
 * @throws StudioError `bad-config` for a file that holds no JSON object
 */
export async function settingsOf(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = new TextDecoder().decode(await bytesOf(path, 'bad-config', 'Name a run.json.'));
  const value: unknown = await Promise.resolve(text)
    .then(JSON.parse)
    .catch(() => null);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new StudioError(
    'bad-config',
    `${path} holds no settings; a JSON object such as {"epochs": 12} was expected.`,
    'Name a run.json.',
  );
}

/** Exit status of `scf train` when the head has not learnt to tell pictures apart. */
const COLLAPSED = 4;
