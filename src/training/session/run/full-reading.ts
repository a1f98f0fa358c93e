import { progressMeter } from '../../../core/progress-meter';
import type { SkippedItem } from '../../../faces/survey/left-out';
import { concentrationOfViews } from '../../../inference/combine-views';
import { policyViews } from '../../../inference/reading-policy';
import { BACKBONE_BATCH } from '../../../models/backbones/backbone';
import { viewPass } from '../../data/held-out/view-pass';
import type { ViewStore } from '../../data/held-out/view-store';
import { decodeViews, encodeViews } from '../../data/held-out/views-file';
import { VIEWS_FILE, type RunData } from '../../data/run-data';
import type { RunConfig } from '../../config/run-config';
import type { HeadTrainer } from '../../step/head-trainer';
import {
  concentrationsOfStore,
  validationFaces,
  type ValidationFace,
  type ValidationFaces,
} from '../validation';
import { isDeviceFault } from '../failed-readback';
import { missingReading } from './run-errors';
import type { SessionDependencies } from './session-dependencies';

const POLICY = 'full';
/**
 * Bytes of features in memory at once, and in a kept file, at most. The compact head's fit; those
 * of a head over the whole conv feature are used in parts, and read again by every run.
 */
const BUDGET = 2 ** 27;

/** What reading needs of a session besides its dependencies. */
export interface FullReadingOptions {
  readonly trainer: HeadTrainer;
  readonly signal: AbortSignal;
  /** Called before each group of pictures. @throws what ends the reading */
  readonly gate: () => Promise<void>;
  readonly onSkip: (item: SkippedItem) => void;
}

/**
 * Reads validation pictures again with a trained head, as Compare and the command line read faces.
 * Their features are kept for later runs, if they fit. A trained head isn't lost if they can't be
 * read any more: it goes without them, and a notice says so.
 * @returns null if they can't be read
 * @throws what ends the run: the reason of a stop, a fault of the device
 */
export async function fullReadingOrNotice(
  data: RunData,
  deps: SessionDependencies,
  options: FullReadingOptions,
): Promise<ValidationFaces | null> {
  const { post } = deps;
  try {
    return await fullReading(data, deps, options);
  } catch (thrown) {
    if (options.signal.aborted || isDeviceFault(thrown)) throw thrown;
    post({ type: 'notice', text: missingReading(thrown) });
    return null;
  } finally {
    post({ type: 'progress', progress: null });
  }
}

async function fullReading(
  data: RunData,
  deps: SessionDependencies,
  options: FullReadingOptions,
): Promise<ValidationFaces> {
  const faces: ValidationFace[] = [];
  for await (const store of viewsOf(data, deps, options))
    faces.push(...(await facesOfViews(store, options.trainer, deps.config.batchSize)));
  return validationFaces(POLICY, faces, deps.config.seed);
}

/** Views from the kept file; otherwise from the source, and then they are kept. */
async function* viewsOf(
  { contents, centres, validation }: RunData,
  deps: SessionDependencies,
  { trainer, signal, gate, onSkip }: FullReadingOptions,
): AsyncGenerator<ViewStore> {
  const { config, post } = deps;
  const { files, fingerprint } = contents;
  const perPerson = picturesPerPerson(config, validation.labels);
  const key = JSON.stringify({
    pass: contents.key,
    views: policyViews[POLICY],
    pictures: config.fullReadings,
    perPerson,
  });
  // Without a fingerprint nobody knows whether the pictures are still the same.
  const file = fingerprint === null ? null : await files.read(VIEWS_FILE);
  const kept = file && decodeViews(file, key);
  if (kept) {
    yield kept;
    return;
  }
  // Unless there are more of them than the run validates on.
  const isCounted = validation.count < config.maxValidationImages;
  const expected = Math.min(config.fullReadings, rowsUpTo(perPerson, config, validation.labels));
  let isComplete = true;
  const stores: ViewStore[] = [];
  const pass = viewPass({
    ...deps,
    policy: POLICY,
    centres,
    head: trainer.head,
    backboneBatch: deps.backboneBatch ?? BACKBONE_BATCH,
    pictures: config.fullReadings,
    perPerson,
    budget: BUDGET,
    signal,
    gate,
    onSkip: (item) => {
      if (item.lost === true) isComplete = false;
      onSkip(item);
    },
    onRetry: (shard, attempt, reason) => post({ type: 'retrying', shard, attempt, reason }),
    onProgress: progressMeter(
      'reading-features',
      'Reading held-out pictures as Compare does',
      isCounted ? expected : config.fullReadings,
      'pictures',
      (progress) => post({ type: 'progress', progress }),
    ),
  });
  for await (const store of pass) {
    if (stores.length < 2) stores.push(store);
    yield store;
  }
  const [only, more] = stores;
  if (only && !more && isComplete && fingerprint !== null)
    await files.write(VIEWS_FILE, encodeViews(only, key));
}

/**
 * Pictures of each person, at most, copies apart. Folders come person by person: without a bound
 * the first few people would be all that thresholds are measured on.
 */
function picturesPerPerson(
  { features, copies, fullReadings }: RunConfig,
  heldOut: readonly number[],
): number {
  const rows = features === 'reuse' ? copies : 1;
  const people = Math.max(1, new Set(heldOut).size);
  return Math.max(2, Math.ceil(fullReadings / (rows * people)));
}

/** Rows that are left of these people's if each has so many pictures at most. */
function rowsUpTo(
  perPerson: number,
  { features, copies }: RunConfig,
  labels: readonly number[],
): number {
  const most = perPerson * (features === 'reuse' ? copies : 1);
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.min(count, most), 0);
}

/** Pictures as a head sees them in all their views. */
async function facesOfViews(
  store: ViewStore,
  trainer: HeadTrainer,
  batchSize: number,
): Promise<ValidationFace[]> {
  const { rows, pictures } = store;
  const concentrations = await concentrationsOfStore(trainer, rows, batchSize);
  const width = trainer.head.outputSize;
  return pictures.map(({ label, severity, copy, sourcePosition, cosTheta }, picture) => ({
    mu: store.direction(picture),
    concentration: concentrationOfViews(
      store
        .rowsOf(picture)
        .map((row) => concentrations.subarray(row * width, (row + 1) * width).map(Math.log)),
    ),
    label,
    picture: sourcePosition,
    copy,
    severity,
    cosTheta: Number.isNaN(cosTheta) ? undefined : cosTheta,
  }));
}
