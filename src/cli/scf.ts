import { readFile, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { StudioError } from '../formats/studio-error';
import { MOBILE_FACE_NET, OnnxBackbone } from '../models/onnx-backbone';
import { indexingProgress } from '../training/progress-meter';
import { resolveConfig } from '../training/run-config';
import type { SessionEvent } from '../training/run-events';
import { MemoryRunStore } from '../training/run-store';
import { TrainingSession } from '../training/training-session';
import { embed, score, type FaceOptions } from './face-commands';
import { inspectCommand } from './inspect';
import { startNodeWasm } from './node-backend';
import { FolderRunStore, nodeDecoder, openSource } from './node-files';
import { packCommand } from './pack';
import { verifyCommand } from './verify';

const program = new Command('scf').description('Sphere Confidence Face on the command line');

program
  .command('train')
  .description('train a confidence head on face data of any form')
  .requiredOption('--shards <dir|url|pattern>', 'folder of shards, manifest or URL')
  .requiredOption('--out <file>', 'where the head goes (.safetensors)')
  .option('--config <file>', 'run.json: settings that differ from the preset')
  .option('--backbone <file>', 'ONNX backbone', 'public/models/fr_feature.onnx')
  .option('--checkpoints <dir>', 'keep checkpoints here, and resume from them')
  .option('--set <name=value...>', 'settings by name, after the config file', (value: string, all: string[]) => [...all, value], [])
  .option('--json', 'print the result as JSON')
  .addOption(backend())
  .action(train);

program
  .command('embed')
  .description('unit embeddings of pictures, and kappa where a head is given')
  .argument('<pictures...>', 'photographs, or aligned 112 × 112 crops')
  .requiredOption('--out <file>', 'where the embeddings go (.safetensors)')
  .option('--head <file>', 'head.safetensors made by train')
  .option('--models <dir>', 'folder of the ONNX models', 'public/models')
  .option('--json', 'print the result as JSON')
  .addOption(backend())
  .action((pictures: string[], options: FaceOptions & { out: string }) => embed(pictures, options));

program
  .command('score')
  .description('compare the faces of two pictures by cosine and, with a head, by Eqn (13)')
  .argument('<a>', 'photograph, or aligned 112 × 112 crop')
  .argument('<b>')
  .option('--head <file>', 'head.safetensors made by train')
  .option('--models <dir>', 'folder of the ONNX models', 'public/models')
  .option('--json', 'print the result as JSON')
  .addOption(backend())
  .action((a: string, b: string, options: FaceOptions) => score(a, b, options));

program.addCommand(inspectCommand()).addCommand(verifyCommand()).addCommand(packCommand());

/** Node has one backend; the option is there so that a command says what it ran on. */
function backend(): Option {
  return new Option('--backend <name>').choices(['wasm']).default('wasm');
}

interface TrainOptions {
  readonly shards: string;
  readonly out: string;
  readonly config?: string;
  readonly backbone: string;
  readonly checkpoints?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

async function train(options: TrainOptions): Promise<void> {
  const file = options.config ? (JSON.parse(await readFile(options.config, 'utf8')) as Record<string, unknown>) : {};
  const config = resolveConfig({ ...file, ...Object.fromEntries(options.set.map(setting)), shards: options.shards });
  await startNodeWasm();
  const bytes = await readFile(options.backbone).catch(() => {
    throw new StudioError('bad-model', `There is no backbone at ${options.backbone}.`, 'Run "npm run models" first.');
  });
  const backbone = await OnnxBackbone.load(bytes, MOBILE_FACE_NET);
  const store = options.checkpoints ? new FolderRunStore(options.checkpoints) : new MemoryRunStore();
  const reporter = options.json ? () => undefined : terminalReporter();
  const startedAt = performance.now();
  const session = new TrainingSession({
    config,
    backbone,
    source: await openSource(options.shards, {
      ...indexingProgress((progress) => reporter({ type: 'progress', progress })),
      onTrouble: ({ message, nextStep }) => console.error(`${message} ${nextStep}`),
    }),
    decoder: nodeDecoder,
    store,
    post: reporter,
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  const saved = await store.read('run.safetensors');
  if (saved) session.restore(saved);
  const firstStep = session.cursor.step;
  await session.run();
  await writeFile(options.out, await session.exportHead());
  const seconds = (performance.now() - startedAt) / 1000;
  const { loss, spearman, images, identities } = session.validation!;
  const steps = session.cursor.step - firstStep;
  const result = { steps, seconds, imagesPerSecond: (steps * config.batchSize) / seconds, validation: { loss, spearman, images, identities } };
  if (options.json) console.log(JSON.stringify(result));
  else console.log(`\n${steps} steps in ${seconds.toFixed(0)} s. On ${images} pictures of ${identities} unseen people: Spearman ${spearman?.toFixed(4)}, loss ${loss.toFixed(2)}.\nThe head is in ${options.out}.`);
}

/** `name=value`, the value read as JSON where it is JSON. */
function setting(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 0) throw new StudioError('bad-config', `"${text}" is no setting.`, 'Write --set name=value.');
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}

function terminalReporter(): (event: SessionEvent) => void {
  const bar = new SingleBar({ format: '{label} [{bar}] {value}/{total} · {rate}/s', hideCursor: true, stream: process.stderr });
  let active = false;
  return (event) => {
    if (event.type === 'progress') {
      const { progress } = event;
      if (progress && progress.total !== null) {
        const payload = { label: progress.label, rate: progress.perSecond.toFixed(0) };
        if (!active) bar.start(progress.total, progress.done, payload);
        else bar.update(progress.done, payload);
        active = true;
      } else if (active) {
        bar.stop();
        active = false;
      }
    } else if (event.type === 'validation') {
      const { epoch, loss, spearman } = event.result;
      console.error(`epoch ${epoch}: validation loss ${loss.toFixed(3)}, Spearman ${spearman?.toFixed(4) ?? 'undefined'}`);
    } else if (event.type === 'skipped') {
      for (const { shard, member, reason } of event.items) console.error(`skipped ${shard}${member ? ` ${member}` : ''}: ${reason}`);
    } else if (event.type === 'retrying') console.error(`retrying ${event.shard} (${event.attempt}): ${event.reason}`);
    else if (event.type === 'error') console.error(`${event.error.message} ${event.error.nextStep}`);
  };
}

await program.parseAsync().catch((thrown: unknown) => {
  const { message, nextStep } = StudioError.record(thrown, 'worker-crashed', '');
  console.error(`${message} ${nextStep}`.trim());
  process.exitCode = 1;
});
