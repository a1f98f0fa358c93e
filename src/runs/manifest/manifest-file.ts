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
  time,
  wholeNumber,
  type Misfit,
} from '../../core/schema/schema';
import { readStored, refusal, versionFrom, type StoredForm } from '../../core/schema/stored-form';
import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import { configToStore, storedConfig } from '../../training/config/stored-config';
import { isRunId } from './run-id';
import { MANIFEST_VERSION, type RunManifest } from '../run-manifest';

/** Name of the file in a run's folder. */
export const MANIFEST_FILE = 'manifest.json';

const id = v.pipe(text, v.check(isRunId, 'an id of a run'));

const entries = {
  version: versionFrom(MANIFEST_VERSION),
  id,
  name: textWithWords('a name'),
  isStarred: flag,
  note: text,
  startedAt: time,
  changedAt: time,
  state: choice(['running', 'finished', 'stopped', 'failed', 'interrupted']),
  failure: orNull(text),
  config: storedConfig,
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
  files: v.optional(object({ bytes: wholeNumber, hasHead: flag })),
};

/** Names that a later version adds stay in it. */
const form: StoredForm<RunManifest> = {
  version: MANIFEST_VERSION,
  migrations: [],
  schema: object(entries),
};

/**
 * Reads a manifest.
 * @param of the id of its folder: the manifest has to be of that run
 * @throws StudioError `bad-checkpoint` that says what was found and where; `later-version` for one
 * that a later version wrote and this one can't read, which is not damaged
 */
export function parseManifest(bytes: Uint8Array, of?: string): RunManifest {
  const written = new TextDecoder().decode(bytes);
  const manifest = readStored(
    form,
    jsonIn(written, (at) => damaged(misfitWords(at))),
    refused,
  );
  if (of !== undefined && manifest.id !== of) throw damaged(`it is of the run ${manifest.id}`);
  return manifest;
}

/** What can still be understood of a damaged manifest; nothing if it isn't even JSON. */
export function salvagedManifest(bytes: Uint8Array): Partial<RunManifest> {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
  if (typeof found !== 'object' || found === null) return {};
  const values = new Map(Object.entries(found));
  const sound = Object.entries(entries).flatMap(([name, schema]) => {
    const parsed = v.safeParse(schema, values.get(name));
    return parsed.success && values.has(name) ? [[name, parsed.output]] : [];
  });
  return Object.fromEntries(sound) as Partial<RunManifest>;
}

/** A manifest as it is written. */
export function encodeManifest(manifest: RunManifest): Uint8Array {
  const written = { ...manifest, config: configToStore(manifest.config) };
  return new TextEncoder().encode(`${JSON.stringify(written, null, 2)}\n`);
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

function refused(misfit: Misfit): StudioError {
  if (!misfit.later) return damaged(misfitWords(misfit));
  return refusal(misfit, badManifest(`can't be read: ${misfitWords(misfit)}`));
}

const damaged = (reason: string): StudioError => badManifest(`is damaged: ${reason}`);

function badManifest(found: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `The run's ${MANIFEST_FILE} ${found}.`,
    'Its other files stay where they are.',
  );
}
