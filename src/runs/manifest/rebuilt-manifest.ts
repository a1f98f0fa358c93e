import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { headSource } from '../../training/checkpoint/open-head';
import { readSavedRun } from '../../training/checkpoint/saved-run';
import type { RunConfig } from '../../training/config/run-config';
import { hasEnded } from '../../training/config/schedule';
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
 * A manifest made of a run's checkpoint, or else of its head, for a run whose own is damaged or was
 * never written.
 * @param now milliseconds since the Unix epoch, if no file says when it was trained
 * @returns null if neither can be read
 * @throws StudioError from the store
 */
export async function rebuiltManifest(
  id: string,
  folder: FileStore,
  origin: RunManifest['origin'],
  now: number,
): Promise<RunManifest | null> {
  const facts = (await checkpointFacts(folder)) ?? (await headFacts(folder));
  if (!facts) return null;
  const time = facts.savedAt ?? now;
  return {
    version: MANIFEST_VERSION,
    id,
    name: madeUpName(id),
    isStarred: false,
    note: '',
    startedAt: time,
    changedAt: time,
    state: facts.hasEnded ? 'finished' : 'stopped',
    failure: null,
    config: facts.config,
    backbone: facts.backbone,
    data: {
      name: facts.config.shards,
      fingerprint: facts.fingerprint,
      trainingImages: null,
      validationImages: null,
    },
    versions: { studio: UNKNOWN, tfjs: UNKNOWN },
    machine: UNKNOWN,
    step: facts.step,
    epoch: facts.epoch,
    loss: null,
    spearman: null,
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
      savedAt: source.modified ?? null,
    };
  } catch (thrown) {
    return nullUnlessStorage(thrown);
  }
}

/** A file that can't be understood says nothing; one that can't be read is an error. */
function nullUnlessStorage(thrown: unknown): null {
  if (thrown instanceof StudioError && !thrown.code.startsWith('storage')) return null;
  throw thrown;
}
