import { join } from 'node:path';
import { Command, Option } from 'commander';
import { resolveLessonConfig, lessonDefaults } from '../../training/lesson/lesson-config';
import {
  lessonNote,
  type LessonEvent,
  type LessonFigures,
  type LessonReference,
  type LessonResult,
  type LessonSet,
} from '../../training/lesson/lesson-events';
import { LESSON_FILE, LessonSession } from '../../training/lesson/lesson-session';
import { indexingProgress } from '../../faces/sources/open-context';
import { MemoryRunStore } from '../../training/checkpoint/run-store';
import { settingFromText, settingValue } from '../../training/config/setting-text';
import { countBar, type CountBar } from '../count-bar';
import { nodeDecoder } from '../node/decode-image';
import { LeftOutReport, listBeside } from '../left-out-report';
import { startNodeWasm } from '../node/node-backend';
import { FolderRunStore, openSource } from '../node/node-files';
import { DEFAULT_BACKBONE, openNodeBackbone } from '../node/node-models';
import { checkOutput } from '../node/output-file';
import { notify, tellTrouble, troublesAlone } from './train/run-troubles';
import { saveOutput } from '../node/save-output';

/** What `scf lesson` takes. */
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

/** `scf lesson`: a small backbone from scratch, judged on people held out. */
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
      'pretrained backbone that is judged on the same pairs; "none" for no such one',
      DEFAULT_BACKBONE,
    )
    .option('--checkpoints <dir>', 'keep the lesson here, and go on with it from there')
    .option('--json', 'print the result as JSON')
    .action((options: LessonOptions) => lesson(options));
}

async function lesson({
  shards,
  out,
  loss,
  epochs,
  set,
  reference: where,
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
  const reference = where === 'none' ? undefined : await openNodeBackbone(where);
  const store = checkpoints === undefined ? new MemoryRunStore() : new FolderRunStore(checkpoints);
  const leftOut = new LeftOutReport(listBeside(out));
  const post = json ? troublesAlone(leftOut) : terminalReporter(leftOut);
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
    reference,
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
      reference: session.reference,
      seconds: (performance.now() - startedAt) / 1000,
    };
    const where = place === null ? '' : `\nThe backbone is in ${place}.`;
    console.log(json ? JSON.stringify(report) : lessonText(report) + where);
  } finally {
    session.dispose();
    reference?.dispose();
  }
}

/** What a lesson came to. */
export interface LessonReport {
  readonly note: string;
  readonly set: LessonSet;
  readonly results: readonly LessonResult[];
  readonly reference: LessonReference | null;
  /** From the first picture to the last figure. */
  readonly seconds: number;
}

/** A report, for a person to read. */
export function lessonText({ note, set, results, reference, seconds }: LessonReport): string {
  const [untrained, trained] = [results[0]!, results.at(-1)!];
  const rows: [string, LessonFigures][] = [
    ['untrained', untrained],
    [`after ${trained.epoch} ${trained.epoch === 1 ? 'epoch' : 'epochs'}`, trained],
    ...(reference ? [[reference.name, reference] as [string, LessonFigures]] : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `${seconds.toFixed(0)} s. On ${number(set.genuinePairs)} genuine and ` +
      `${number(set.impostorPairs)} impostor pairs of ${number(set.heldOutIdentities)} ` +
      'people held out:',
    ...rows.map(([name, figures]) => `  ${name.padEnd(width)}  ${figuresText(figures)}`),
    note,
  ].join('\n');
}

/** Progress and figures on the terminal's error stream. */
function terminalReporter(leftOut: LeftOutReport): (event: LessonEvent) => void {
  let bar: { readonly label: string; readonly counts: CountBar } | null = null;
  const show = (label: string, done: number, total: number | null) => {
    if (bar?.label !== label) {
      bar?.counts.stop();
      bar = { label, counts: countBar(label, total ?? undefined) };
    }
    bar.counts.update(done);
  };
  const clear = () => {
    bar?.counts.stop();
    bar = null;
  };
  return (event) => {
    switch (event.type) {
      case 'progress':
        if (event.progress) show(event.progress.label, event.progress.done, event.progress.total);
        else clear();
        return;
      case 'lesson-steps': {
        const { step, steps } = event.metrics.at(-1)!;
        show('Training: steps', step, steps);
        return;
      }
      case 'lesson-result':
        clear();
        console.error(resultText(event.result));
        return;
      case 'lesson-reference':
        clear();
        console.error(
          `${event.reference.name}, on the same pairs: ${figuresText(event.reference)}`,
        );
        return;
      case 'skipped':
      case 'notice':
      case 'retrying':
      case 'error':
        tellTrouble(event, leftOut);
        return;
      case 'lesson-state':
        if (event.state !== 'running') clear();
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
  return (
    `AUC ${auc.toFixed(4)}, TAR@FAR 0.01 ` +
    `${tarAtFar1Percent === null ? 'not measured' : percent(tarAtFar1Percent)}`
  );
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const number = (value: number) => value.toLocaleString('en');
