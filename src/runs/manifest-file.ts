import * as v from 'valibot';
import {
  choice,
  flag,
  jsonIn,
  misfitWords,
  number,
  object,
  orNull,
  text,
  textWithWords,
  wholeNumber,
  type Schema,
} from '../core/schema';
import { readStored, type StoredForm } from '../core/stored-form';
import { messageOf, StudioError } from '../core/studio-error';
import type { FileStore } from '../formats/bytes/file-store';
import { resolveConfig, type RunConfig } from '../training/config/run-config';
import { isRunId } from './run-id';
import { MANIFEST_VERSION, type RunManifest } from './run-manifest';

/** Name of the file in a run's folder. */
export const MANIFEST_FILE = 'manifest.json';

const config: Schema<RunConfig> = v.pipe(
  v.record(v.string(), v.unknown(), 'settings'),
  v.rawTransform<Record<string, unknown>, RunConfig>(({ dataset, addIssue, NEVER }) => {
    try {
      return resolveConfig(dataset.value);
    } catch (thrown) {
      addIssue({ message: `settings that can be used (${messageOf(thrown)})` });
      return NEVER;
    }
  }),
);
const id = v.pipe(text, v.check(isRunId, 'an id of a run'));

/** Names that a later version adds stay in it. */
const form: StoredForm<RunManifest> = {
  version: MANIFEST_VERSION,
  migrations: [],
  schema: object({
    version: v.literal(MANIFEST_VERSION),
    id,
    name: textWithWords('a name'),
    isStarred: flag,
    note: text,
    startedAt: number,
    changedAt: number,
    state: choice(['running', 'finished', 'stopped', 'failed', 'interrupted']),
    failure: orNull(text),
    config,
    backbone: object({ name: text, hash: text }),
    data: object({
      name: text,
      fingerprint: orNull(text),
      trainingImages: orNull(wholeNumber),
      validationImages: orNull(wholeNumber),
    }),
    versions: object({ studio: text, tfjs: text }),
    machine: text,
    step: wholeNumber,
    epoch: wholeNumber,
    loss: orNull(number),
    spearman: orNull(number),
    checkpointStep: orNull(wholeNumber),
    hasEnded: flag,
    origin: choice(['trained', 'imported', 'migrated']),
  }),
};

/**
 * Reads a manifest.
 * @param of the id of its folder: the manifest has to be of that run
 * @throws StudioError `bad-checkpoint` that says what was found and where
 */
export function parseManifest(bytes: Uint8Array, of?: string): RunManifest {
  const written = new TextDecoder().decode(bytes);
  const manifest = readStored(
    form,
    jsonIn(written, (at) => damaged(misfitWords(at))),
    damaged,
  );
  if (of !== undefined && manifest.id !== of) throw damaged(`it is of the run ${manifest.id}`);
  return manifest;
}

/** A manifest as it is written. */
export function encodeManifest(manifest: RunManifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * The manifest in a run's folder; null if there is none.
 * @throws StudioError `bad-checkpoint` for a damaged one; from the store
 */
export async function readManifest(folder: FileStore, id: string): Promise<RunManifest | null> {
  const bytes = await folder.read(MANIFEST_FILE);
  return bytes && parseManifest(bytes, id);
}

/** Replaces the manifest in a run's folder. @throws StudioError from the store */
export function writeManifest(folder: FileStore, manifest: RunManifest): Promise<void> {
  return folder.write(MANIFEST_FILE, encodeManifest(manifest));
}

function damaged(reason: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `The run's ${MANIFEST_FILE} is damaged: ${reason}.`,
    'Its other files stay where they are.',
  );
}
