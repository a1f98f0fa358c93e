import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { headSource } from '../../training/checkpoint/open-head';
import { readSavedRun } from '../../training/checkpoint/saved-run';
import type { RunConfig } from '../../training/config/run-config';
import { hasEnded } from '../../training/config/schedule';
import type { StepMetrics } from '../../training/session/run-events';
import { CURVES_FILE, decodeCurves, stepsOf } from '../curves/curve-file';
import { HEAD_FILE } from '../kept-run';
import { madeUpName } from './run-id';
import { MANIFEST_VERSION, type RunManifest } from '../run-manifest';

/** What a file of a run says of the run. */
interface Facts {
  readonly config: RunConfig;
  readonly backbone: RunManifest['backbone'];
  readonly fingerprint: string | null;
  readonly step: number;
  readonly epoch: number;
  readonly checkpointStep: number | null;
  readonly hasEnded: boolean;
  /** Milliseconds since the Unix epoch; null if no file says it. */
  readonly savedAt: number | null;
}

/**
 * A manifest made of a run's checkpoint, or else of its head, or else of its curves, for a run
 * whose own is damaged or was never written. What only the damaged one says is taken from it.
 * @param now milliseconds since the Unix epoch, if no file says when it was trained
 * @param salvaged what can be understood of the damaged one. Curves alone don't say what a run was
 * trained with: its settings are needed then
 * @returns null if no file says what the run was
 * @throws StudioError from the store
 */
export async function rebuiltManifest(
  id: string,
  folder: FileStore,
  origin: RunManifest['origin'],
  now: number,
  salvaged: Partial<RunManifest> = {},
): Promise<RunManifest | null> {
  const facts =
    (await checkpointFacts(folder)) ??
    (await headFacts(folder)) ??
    (await curveFacts(folder, salvaged));
  if (!facts) return null;
  const time = facts.savedAt ?? salvaged.changedAt ?? now;
  const { name, isStarred, note, startedAt, data, versions, machine } = salvaged;
  return {
    version: MANIFEST_VERSION,
    id,
    name: name ?? madeUpName(id),
    isStarred: isStarred ?? false,
    note: note ?? '',
    startedAt: startedAt ?? time,
    changedAt: time,
    state: facts.hasEnded ? 'finished' : 'stopped',
    failure: null,
    config: facts.config,
    backbone: facts.backbone,
    data: {
      name: data?.name ?? facts.config.shards,
      fingerprint: facts.fingerprint ?? data?.fingerprint ?? null,
      trainingImages: data?.trainingImages ?? null,
      validationImages: data?.validationImages ?? null,
    },
    versions: versions ?? { studio: UNKNOWN, tfjs: UNKNOWN },
    machine: machine ?? UNKNOWN,
    step: facts.step,
    epoch: facts.epoch,
    loss: salvaged.loss ?? null,
    spearman: salvaged.spearman ?? null,
    checkpointStep: facts.checkpointStep,
    hasEnded: facts.hasEnded,
    origin,
  };
}

const UNKNOWN = 'unknown';

async function checkpointFacts(folder: FileStore): Promise<Facts | null> {
  const saved = await readSavedRun(folder).catch(nullUnlessStorage);
  if (!saved) return null;
  const { config, cursor, schedule, backboneHash, dataFingerprint, savedAt } = saved.header;
  return {
    config,
    backbone: { name: config.backbone, hash: backboneHash },
    fingerprint: dataFingerprint,
    step: cursor.step,
    epoch: cursor.epoch,
    checkpointStep: cursor.step,
    hasEnded: hasEnded(config, cursor.epoch, schedule),
    savedAt,
  };
}

async function headFacts(folder: FileStore): Promise<Facts | null> {
  const source = await folder.open(HEAD_FILE);
  if (!source) return null;
  try {
    const file = await openTensorFile(source);
    const { config, backboneHash } = headSource(file);
    const step = Number(file.metadata.step);
    if (!config || backboneHash === null || !Number.isInteger(step)) return null;
    return {
      config,
      backbone: { name: file.metadata.backbone ?? config.backbone, hash: backboneHash },
      fingerprint: null,
      step,
      epoch: 0,
      checkpointStep: null,
      hasEnded: false,
      // A disk may count fractions of a millisecond.
      savedAt: source.modified === undefined ? null : Math.floor(source.modified),
    };
  } catch (thrown) {
    return nullUnlessStorage(thrown);
  }
}

async function curveFacts(
  folder: FileStore,
  { config, backbone }: Partial<RunManifest>,
): Promise<Facts | null> {
  if (!config || !backbone) return null;
  const last = await lastStep(folder).catch(nullUnlessStorage);
  return {
    config,
    backbone,
    fingerprint: null,
    step: last?.step ?? 0,
    epoch: last ? last.epoch - 1 : 0,
    checkpointStep: null,
    hasEnded: false,
    savedAt: null,
  };
}

async function lastStep(folder: FileStore): Promise<StepMetrics | null> {
  const bytes = await folder.read(CURVES_FILE);
  return (bytes && stepsOf(decodeCurves(bytes).columns).at(-1)) ?? null;
}

/** A file that can't be understood says nothing; one that can't be read is an error. */
function nullUnlessStorage(thrown: unknown): null {
  if (thrown instanceof StudioError && !thrown.code.startsWith('storage')) return null;
  throw thrown;
}
