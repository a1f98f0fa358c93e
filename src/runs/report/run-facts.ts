import { methodTitles } from '../../confidence/methods';
import { count, counted, duration, fixed } from '../../core/number-words';
import { shortNumber } from '../../core/short-number';
import type { KeptRunState, RunManifest } from '../run-manifest';
import { dateText } from './document';
import { lastValidation, type ReportedRun } from './reported-run';

/** A run's state, in a word. */
export const stateWords: Readonly<Record<KeptRunState, string>> = {
  running: 'running',
  finished: 'finished',
  stopped: 'stopped',
  failed: 'failed',
  interrupted: 'interrupted',
};

const original: Readonly<Record<RunManifest['origin'], string>> = {
  trained: 'trained here',
  imported: 'imported from a file',
  migrated: 'kept by an earlier version',
};

/** What came of a run: its name, and a figure each. */
export function resultFacts(run: ReportedRun): (readonly [string, string])[] {
  const { manifest } = run;
  const { config, step, epoch, loss, startedAt, changedAt } = manifest;
  const validation = lastValidation(run);
  return [
    ['State', stateWords[manifest.state]],
    ['ρ', fixed(manifest.spearman, 3)],
    ['ρ, clean pictures', fixed(validation?.spearmanClean, 3)],
    ['Validation loss', figure(validation?.loss)],
    ['Training loss', figure(loss)],
    ['Method', methodTitles[config.method]],
    ['Head', config.head],
    ['Steps', count(step)],
    ['Epochs', `${count(epoch)} of ${count(config.epochs)}`],
    ['Time', duration(Math.max(0, changedAt - startedAt) / 1000)],
  ];
}

const figure = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : shortNumber(value, 5);

/** What a run was trained on, with what, and where. */
export function originFacts({ manifest }: ReportedRun): (readonly [string, string])[] {
  const { data, backbone, versions } = manifest;
  return [
    ['Data', data.name],
    ['Fingerprint of the data', data.fingerprint ?? 'not known'],
    ['Training pictures', imagesText(data.trainingImages)],
    ['Validation pictures', imagesText(data.validationImages)],
    ['Backbone', backbone.name],
    ['Hash of the backbone', backbone.hash],
    ['Machine', manifest.machine],
    ['Studio', versions.studio],
    ['TensorFlow.js', versions.tfjs],
    ['Started', dateText(manifest.startedAt)],
    ['Last saved', dateText(manifest.changedAt)],
    ['Where it is from', original[manifest.origin]],
    ['Run', manifest.id],
  ];
}

const imagesText = (images: number | null): string =>
  images === null ? 'not known' : count(images);

/** "finished after 300 steps (12 of 12 epochs)", and why it failed. */
export function runSentence({ manifest }: ReportedRun): string {
  const { state, step, epoch, config, failure } = manifest;
  const done =
    `${stateWords[state]} after ${counted(step, 'step')} ` +
    `(${count(epoch)} of ${counted(config.epochs, 'epoch')})`;
  return failure === null ? `${done}.` : `${done}. ${failure}`;
}
