import { directoryOpen } from 'browser-fs-access';
import { pickedFiles, type PickedFile } from '../../faces/sources/folder/local-file';
import { missingCompanion } from '../../formats/onnx/onnx-external';
import { StudioError } from '../../core/studio-error';
import { backbonePicked, type PickedBackbone } from '../../studio/runtime/picked-backbone';
import type { BackboneChoice, ExportKind } from '../../studio/protocol';
import type { LessonConfig } from '../../training/lesson/lesson-config';
import { filesNamed } from '../data/sources/shards-chosen';
import { download } from '../components/download';
import { pickOrReport } from '../components/files/pick-or-report';
import { confirmLoss } from '../train/confirm/confirm-loss';
import { showError } from '../shell/receive-event';
import { beginRun, studioStore } from '../shell/studio-store';
import { ask, send } from '../shell/client/studio-client';

/** Requests a backbone: another one, or the one in use with another input convention. */
export function chooseBackbone(choice: BackboneChoice, files?: readonly PickedFile[]): void {
  confirmLoss({ kind: 'use-backbone' }, () => send({ type: 'use-backbone', choice, files }));
}

/** The last picked backbone: files that it lacks may be picked afterwards. */
let lastPicked: PickedBackbone | null = null;

/**
 * Requests the backbone in these files. If the last picked one lacks a file that is among them, it
 * is requested again with that file.
 */
export function pickBackbone(files: readonly File[]): void {
  const error = studioStore.getState().errors.find(({ about }) => about === 'backbone');
  try {
    const missing = error ? missingCompanion(error.error) : null;
    lastPicked = backbonePicked(pickedFiles(files), lastPicked, missing);
  } catch (thrown) {
    const record = StudioError.record(thrown, 'bad-model', 'Pick it again, or another.');
    showError({ scope: 'models', about: 'backbone', error: record });
    return;
  }
  const backbone = filesNamed(lastPicked.model.file.name);
  chooseBackbone({ backbone, inputConvention: 'auto', convFeature: 'body' }, lastPicked.files);
}

/** Lets a person pick a folder, and requests the backbone in it. Data may be in subfolders. */
export async function pickBackboneFolder(): Promise<void> {
  const files = await pickOrReport(directoryOpen({ recursive: true }), 'models');
  if (files && files.length > 0) pickBackbone(files as File[]);
}

/** Requests that class centres are read from one file, or from the parts in several. */
export function readCentres(files: readonly File[]): void {
  const name =
    files.length === 1 ? files[0]!.name : `${files[0]!.name} and ${files.length - 1} more`;
  ask({ type: 'use-centres', name: filesNamed(name), files }, (centres) => {
    if (centres) studioStore.setState({ centres });
  });
}

/** Requests class centres made in each way from the chosen shards, and their comparison. */
export function compareCentres(): void {
  const { config, files } = studioStore.getState();
  studioStore.setState({ comparison: null });
  ask({ type: 'compare-centres', config, files }, (comparison) => {
    if (comparison) studioStore.setState({ comparison });
  });
}

/** Requests that a trained head is read, which can then be chosen. */
export const loadHead = (file: File): void => send({ type: 'load-head', file });

/** Resumes a run from a file. */
export function resumeFile(file: File): void {
  confirmLoss({ kind: 'resume-file' }, () => {
    const { config, files, allowedOrigins } = studioStore.getState();
    beginRun();
    send({ type: 'resume-file', file, config, files, allowedOrigins });
  });
}

/** Requests a file of the loaded run. */
export function exportRun(what: ExportKind): void {
  ask({ type: 'export', what }, ({ name, blob }) => download(name, blob));
}

/** Starts a lesson, or resumes the one that was stopped. */
export function startLesson(config: LessonConfig): void {
  studioStore.setState({ lessonRequest: config });
  send({ type: 'start-lesson', config, files: studioStore.getState().files });
}

/** Stops the lesson; it is saved first. */
export const stopLesson = (): void => send({ type: 'stop-lesson' });

/** Requests a file of the lesson's backbone. */
export const exportLesson = (): void =>
  ask({ type: 'export-lesson' }, ({ name, blob }) => download(name, blob));

/** Requests that the lesson's backbone is used. */
export const adoptLesson = (): void =>
  confirmLoss({ kind: 'use-backbone' }, () => send({ type: 'use-lesson' }));

/** Stops the pending request. */
export const stopModels = (): void => send({ type: 'stop-models' });
