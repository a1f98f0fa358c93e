import * as v from 'valibot';
import { messageOf, StudioError } from '../core/studio-error';
import type { FileStore } from '../formats/bytes/file-store';
import { resolveConfig, type RunConfig } from '../training/config/run-config';
import { isRunId } from './run-id';
import { MANIFEST_VERSION, type RunManifest } from './run-manifest';

/** Name of the file in a run's folder. */
export const MANIFEST_FILE = 'manifest.json';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.number(), v.finite(), v.minValue(0));

const configSchema = v.pipe(
  v.record(v.string(), v.unknown()),
  v.rawTransform<Record<string, unknown>, RunConfig>(({ dataset, addIssue, NEVER }) => {
    try {
      return resolveConfig(dataset.value);
    } catch (thrown) {
      addIssue({ message: messageOf(thrown) });
      return NEVER;
    }
  }),
);

/** Keys of newer versions are kept. */
const manifestSchema = v.looseObject({
  version: v.literal(MANIFEST_VERSION),
  id: v.pipe(v.string(), v.check(isRunId, 'It is no id of a run.')),
  name: v.pipe(v.string(), v.minLength(1)),
  isStarred: v.boolean(),
  note: v.string(),
  startedAt: time,
  changedAt: time,
  state: v.picklist(['running', 'finished', 'stopped', 'failed', 'interrupted']),
  failure: v.nullable(v.string()),
  config: configSchema,
  backbone: v.looseObject({ name: v.string(), hash: v.string() }),
  data: v.looseObject({
    name: v.string(),
    fingerprint: v.nullable(v.string()),
    trainingImages: v.nullable(count),
    validationImages: v.nullable(count),
  }),
  versions: v.looseObject({ studio: v.string(), tfjs: v.string() }),
  machine: v.string(),
  step: count,
  epoch: count,
  loss: v.nullable(v.number()),
  spearman: v.nullable(v.number()),
  checkpointStep: v.nullable(count),
  hasEnded: v.boolean(),
  origin: v.picklist(['trained', 'imported', 'migrated']),
});

/**
 * Reads a manifest.
 * @param id of its folder; the manifest has to be of that run
 * @throws StudioError `bad-checkpoint` that says what was found and where
 */
export function parseManifest(bytes: Uint8Array, id?: string): RunManifest {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged(`It is no JSON (${messageOf(cause)}).`, cause);
  }
  const parsed = v.safeParse(manifestSchema, found);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw damaged(`"${v.getDotPath(issue) ?? 'the whole'}": ${issue.message}`);
  }
  if (id !== undefined && parsed.output.id !== id)
    throw damaged(`It is of the run ${parsed.output.id}.`);
  return parsed.output;
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

function damaged(found: string, cause?: unknown): StudioError {
  const nextStep = 'Its other files stay where they are.';
  return new StudioError('bad-checkpoint', `Its description is damaged. ${found}`, nextStep, {
    cause,
  });
}
