import { join } from 'node:path';
import { Command, Option } from 'commander';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { NodeFileStore } from '../node/node-file-store';
import { resolveLessonConfig, lessonDefaults } from '../../training/lesson/lesson-config';
import {
  lessonNote,
  type LessonEvent,
  type LessonFigures,
  type LessonBaseline,
  type LessonResult,
  type LessonSet,
} from '../../training/lesson/lesson-events';
import { LESSON_FILE, LessonSession } from '../../training/lesson/lesson-session';
import { indexingProgress } from '../../faces/sources/open-context';
import { settingFromText, settingValue } from '../../training/config/setting-text';
import { count } from '../../core/number-words';
import { ProgressDisplay } from '../progress-display';
import { nodeDecoder } from '../node/decode-image';
import { LeftOutReport, listBeside } from '../left-out-report';
import { startNodeWasm } from '../node/node-backend';
import { openSource } from '../node/node-files';
import { DEFAULT_BACKBONE, openNodeBackbone } from '../node/node-models';
import { checkOutput } from '../node/output-file';
import { notify, reportWarning, warningsOnly } from './train/run-warnings';
import { saveOutput } from '../node/save-output';

/** Options of `scf lesson`. */
interface LessonOptions {
  readonly shards: string;
  readonly out: string;
  readonly loss: string;
  readonly epochs: string;
  readonly set: readonly string[];
  readonly reference: string;
  readonly checkpoints?: string;
  readonly json?: boolean;
}

/** `scf lesson`: trains a small backbone from scratch and evaluates it on held-out people. */
export function lessonCommand(): Command {
  return new Command('lesson')
    .description(
      'train a small backbone from scratch with ArcFace or CosFace: a lesson, no rival to ' +
        'one trained on MS1M',
    )
    .requiredOption(
      '--shards <dir|url|pattern>',
      'folder of shards, manifest or URL: a few thousand faces, such as public/shards/demo',
    )
    .requiredOption('--out <file>', 'where the backbone goes (.safetensors)')
    .addOption(
      new Option('--loss <kind>').choices(['arcface', 'cosface']).default(lessonDefaults.loss),
    )
    .option('--epochs <n>', 'epochs', String(lessonDefaults.epochs))
    .option(
      '--set <name=value...>',
      'other settings by name',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option(
      '--reference <file>',
      'pretrained backbone to evaluate on the same pairs; "none" for no comparison',
      DEFAULT_BACKBONE,
    )
    .option('--checkpoints <dir>', 'save the lesson in this folder, and resume it from there')
    .option('--json', 'print the result as JSON')
    .action((options: LessonOptions) => lesson(options));
}

async function lesson({
  shards,
  out,
  loss,
  epochs,
  set,
  reference: baselineFile,
  checkpoints,
  json,
}: LessonOptions): Promise<void> {
  const config = resolveLessonConfig({
    ...Object.fromEntries(set.map((text) => settingFromText(text, lessonDefaults))),
    shards,
    loss,
    epochs: settingValue('epochs', epochs, lessonDefaults),
  });
  await checkOutput(out, ['.safetensors']);
  if (checkpoints !== undefined) await checkOutput(join(checkpoints, LESSON_FILE));
  await startNodeWasm();
  const baseline = baselineFile === 'none' ? undefined : await openNodeBackbone(baselineFile);
  const store = checkpoints === undefined ? new MemoryFileStore() : new NodeFileStore(checkpoints);
  const leftOut = new LeftOutReport(listBeside(out));
  const post = json ? warningsOnly(leftOut) : lessonReporter(leftOut);
  const source = await openSource(shards, {
    ...indexingProgress((progress) => post({ type: 'progress', progress })),
    onWarning: notify,
  });
  leftOut.opened(await source.info());
  const session = new LessonSession({
    config,
    source,
    decoder: nodeDecoder,
    store,
    baseline: baseline,
    post,
  });
  try {
    const saved = await store.read(LESSON_FILE);
    if (saved) session.restore(saved);
    const startedAt = performance.now();
    await session.run().finally(async () => {
      leftOut.opened(await source.info());
      await leftOut.end();
    });
    const backbone = await session.exportBackbone();
    const place = await saveOutput('The backbone', out, () => backbone);
    const report: LessonReport = {
      note: lessonNote(session.set!),
      set: session.set!,
      results: session.results,
      reference: session.baseline,
      seconds: (performance.now() - startedAt) / 1000,
    };
    const placeLine = place === null ? '' : `\nThe backbone is in ${place}.`;
    console.log(json ? JSON.stringify(report) : lessonText(report) + placeLine);
  } finally {
    session.dispose();
    baseline?.dispose();
  }
}

/** The result of a lesson. */
export interface LessonReport {
  readonly note: string;
  readonly set: LessonSet;
  readonly results: readonly LessonResult[];
  readonly reference: LessonBaseline | null;
  /** From the first picture to the last figure. */
  readonly seconds: number;
}

/** The result of a lesson as text. */
export function lessonText({ note, set, results, reference, seconds }: LessonReport): string {
  const [untrained, trained] = [results[0]!, results.at(-1)!];
  const rows: [string, LessonFigures][] = [
    ['untrained', untrained],
    [`after ${trained.epoch} ${trained.epoch === 1 ? 'epoch' : 'epochs'}`, trained],
    ...(reference ? [[reference.name, reference] as [string, LessonFigures]] : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `${seconds.toFixed(0)} s. On ${count(set.genuinePairs)} genuine and ` +
      `${count(set.impostorPairs)} impostor pairs of ${count(set.heldOutIdentities)} ` +
      'people held out:',
    ...rows.map(([name, figures]) => `  ${name.padEnd(width)}  ${figuresText(figures)}`),
    note,
  ].join('\n');
}

/** Reports the events of a lesson on stderr: progress, figures and warnings. */
function lessonReporter(leftOut: LeftOutReport): (event: LessonEvent) => void {
  const display = new ProgressDisplay();
  return (event) => {
    switch (event.type) {
      case 'progress':
        if (event.progress) {
          const { label, done, total } = event.progress;
          display.show({ label, done, total });
        } else {
          display.clear();
        }
        return;
      case 'lesson-steps': {
        const { step, steps } = event.metrics.at(-1)!;
        display.show({ label: 'Training: steps', done: step, total: steps });
        return;
      }
      case 'lesson-result':
        display.clear();
        console.error(resultText(event.result));
        return;
      case 'lesson-reference': {
        display.clear();
        const { reference } = event;
        console.error(`${reference.name}, on the same pairs: ${figuresText(reference)}`);
        return;
      }
      case 'skipped':
      case 'notice':
      case 'retrying':
      case 'error':
        reportWarning(event, leftOut);
        return;
      case 'lesson-state':
        if (event.state !== 'running') display.clear();
        return;
      case 'lesson-set':
      case 'lesson-saved':
        return;
      default:
        return event satisfies never;
    }
  };
}

function resultText({ epoch, loss, accuracy, seconds, ...figures }: LessonResult): string {
  if (loss === null || accuracy === null || seconds === null)
    return `untrained: ${figuresText(figures)}`;
  return (
    `epoch ${epoch}: loss ${loss.toFixed(3)}, ${percent(accuracy)} of its pictures ` +
    `nearest to their own class, ${seconds.toFixed(0)} s; ${figuresText(figures)}`
  );
}

function figuresText({ auc, tarAtFar1Percent }: LessonFigures): string {
  const tar = tarAtFar1Percent === null ? 'not measured' : percent(tarAtFar1Percent);
  return `AUC ${auc.toFixed(4)}, TAR@FAR 0.01 ${tar}`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
