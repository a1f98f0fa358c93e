import { directoryOpen } from 'browser-fs-access';
import { pickedFiles, type PickedFile } from '../../faces/sources/folder/local-file';
import { missingCompanion } from '../../formats/onnx/onnx-external';
import { StudioError } from '../../core/studio-error';
import { backbonePicked, type PickedBackbone } from '../../studio/runtime/picked-backbone';
import type { BackboneChoice, ExportKind, WorkerCommand } from '../../studio/protocol';
import type { LessonConfig } from '../../training/lesson/lesson-config';
import { filesNamed } from '../train/choose-shards';
import type { ModelTopic } from './models-slice';
import { pickedOrSaid } from '../components/picking';
import { beforeLosing } from '../train/question/run-question';
import { beginRun, receive, studioStore } from '../shell/studio-store';
import { send } from '../shell/studio-client';

/** Has another backbone read, from picked files or the one at hand fed otherwise. */
export function chooseBackbone(choice: BackboneChoice, files?: readonly PickedFile[]): void {
  beforeLosing('use-backbone', () => ask('backbone', { type: 'use-backbone', choice, files }));
}

/** What was picked last: the data that it was missing may be picked afterwards. */
let lastPicked: PickedBackbone | null = null;

/**
 * Has a backbone read from files of this machine, or the one that was picked before with the data
 * it was missing.
 */
export function pickBackbone(files: readonly File[]): void {
  const error = studioStore.getState().errors.find(({ about }) => about === 'backbone');
  try {
    const missing = error ? missingCompanion(error.error) : null;
    lastPicked = backbonePicked(pickedFiles(files), lastPicked, missing);
  } catch (thrown) {
    const record = StudioError.record(thrown, 'bad-model', 'Pick it again, or another.');
    studioStore.setState({ modelTopic: 'backbone' });
    receive({ type: 'error', scope: 'models', error: record });
    return;
  }
  const backbone = filesNamed(lastPicked.model.file.name);
  chooseBackbone({ backbone, inputConvention: 'auto', convFeature: 'body' }, lastPicked.files);
}

/**
 * Has a backbone read from a folder of this machine, in which its data may lie in folders of their
 * own.
 */
export async function pickBackboneFolder(): Promise<void> {
  const files = await pickedOrSaid(directoryOpen({ recursive: true }), 'models');
  if (files && files.length > 0) pickBackbone(files as File[]);
}

/** Has class centres read: one file, or the parts of several. */
export function readCentres(files: readonly File[]): void {
  const name =
    files.length === 1 ? files[0]!.name : `${files[0]!.name} and ${files.length - 1} more`;
  ask('centres', { type: 'use-centres', name: filesNamed(name), files });
}

/** Has class centres made in every way, of the shards on show, and compared. */
export function compareCentres(): void {
  const { config, files } = studioStore.getState();
  studioStore.setState({ comparison: null });
  ask('comparison', { type: 'compare-centres', config, files });
}

/** Has a trained head read for the comparison of faces. */
export function loadHead(file: File): void {
  beforeLosing('load-head', () => ask('head', { type: 'load-head', file }));
}

/** Goes on with a run from a file. */
export function resumeFile(file: File): void {
  beforeLosing('resume-file', () => {
    const { config, files, allowedOrigins } = studioStore.getState();
    beginRun();
    send({ type: 'resume-file', file, config, files, allowedOrigins });
  });
}

/** Has a file made of the run at hand. */
export function exportRun(what: ExportKind): void {
  ask('files', { type: 'export', what });
}

/** Begins a lesson, or goes on with the one that was stopped. */
export function startLesson(config: LessonConfig): void {
  studioStore.setState(({ errors }) => ({
    errors: errors.filter(({ about }) => about !== 'lesson'),
    modelTopic: 'lesson',
    lessonBegun: config,
  }));
  send({ type: 'start-lesson', config, files: studioStore.getState().files });
}

/** Ends a lesson; it is saved first. */
export const stopLesson = (): void => send({ type: 'stop-lesson' });

/** Has a file made of the small backbone. */
export const exportLesson = (): void => ask('lesson', { type: 'export-lesson' });

/** Puts the small backbone in use. */
export const takeLesson = (): void =>
  beforeLosing('use-backbone', () => ask('lesson', { type: 'use-lesson' }));

/** Ends a reading or a comparison. */
export const stopModels = (): void => send({ type: 'stop-models' });

function ask(topic: ModelTopic, command: WorkerCommand): void {
  studioStore.setState(({ errors }) => ({
    modelTopic: topic,
    modelPending: true,
    modelsProgress: null,
    errors: errors.filter(({ about }) => about !== topic),
  }));
  send(command);
}
