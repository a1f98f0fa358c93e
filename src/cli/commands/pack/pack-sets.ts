import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import type { FaceSource, SourceInfo } from '../../../faces/face-source';
import type { SkippedItem } from '../../../faces/survey/left-out';
import { manifestOf } from '../../../faces/pack/pack-manifest';
import {
  chosenLabels,
  labelsIn,
  needsLabels,
  PackPlan,
  type PackOptions,
} from '../../../faces/pack/pack-plan';
import {
  discardFingerprints,
  fingerprintsOf,
  restoreFingerprints,
  writePack,
  type PackResult,
} from '../../../faces/pack/pack-run';
import type { PackedSet } from '../../../faces/pack/pack-set';
import { verifySet } from '../../../faces/pack/pack-verify';
import { parseManifest } from '../../../faces/sources/webdataset/shard-list';
import { FileShardOpener } from '../../../faces/sources/webdataset/shard-opener';
import { ReadableSource } from '../../../faces/pack/readable-source';
import { sourceOfFiles } from '../../../faces/sources/source-of-files';
import { WebDatasetSource } from '../../../faces/sources/webdataset/webdataset-source';
import { hashString } from '../../../core/seeded-random';
import { StudioError } from '../../../core/studio-error';
import { folderFiles, openSource } from '../../node/node-files';
import { PackFolder } from './pack-folder';
import { PackJournal, writeWhole, type PackArguments } from './pack-journal';

/** What to pack, from where to where. */
export interface PackRequest extends Omit<PackOptions, 'name'> {
  /** A folder, a manifest or an address. */
  readonly source: string;
  /** A folder that is empty or not there, or that holds this very pack, complete or not. */
  readonly out: string;
}

/** Receives the progress of a pack. */
export interface PackReporter {
  /** The source was opened; called again when it has been read to its end. */
  opened(info: SourceInfo): void;
  /** A stage begins. @param total records in it; undefined where that isn't known */
  begin(label: string, total: number | undefined): void;
  /** @param records how many of the stage are done */
  done(records: number): void;
  end(): void;
  skipped(item: SkippedItem): void;
  retrying(shard: string, attempt: number, reason: string): void;
}

/** What the folder holds after a pack. */
export interface PackSummary extends PackResult {
  /** Whether the pack was complete before this call. */
  readonly wasComplete: boolean;
}

/** How a pack is done, and what tests replace. */
export interface PackInjections {
  /** Makes the source of aligned crops; needed where `align` is asked for. */
  readonly aligned?: (source: FaceSource) => FaceSource;
  readonly folderAt?: (root: string) => PackFolder;
  readonly checkpointRecords?: number;
  /** Packs records without checking their pictures' headers. */
  readonly keepsAll?: boolean;
}

/**
 * Packs a source, reads everything back and compares it. Resumes an unfinished pack that was
 * started with the same arguments, and does nothing if that pack is complete. Pictures whose header
 * can't be read are left out.
 * @throws StudioError `bad-config` for arguments that don't go together; `bad-shard` if the written
 * files read differently; whatever the source throws
 */
export async function packSets(
  request: PackRequest,
  reporter: PackReporter,
  {
    aligned,
    folderAt = (root) => new PackFolder(root),
    checkpointRecords,
    keepsAll,
  }: PackInjections = {},
): Promise<PackSummary> {
  const { source: argument, out, ...rest } = request;
  const isAddress = /^https?:/.test(argument);
  if (!isAddress) await checkApart(argument, out);
  const all = await openSource(argument);
  const readable = keepsAll ? all : new ReadableSource(all);
  const source = request.align && aligned ? aligned(readable) : readable;
  const info = await source.info();
  reporter.opened(info);
  const options: PackOptions = { ...rest, name: basename(resolve(out)).replace(/[^\w-]+/g, '-') };
  const from = isAddress ? argument : basename(resolve(argument));
  const sourceId = hashString(isAddress ? argument : resolve(argument)).toString(16);
  const asked: PackArguments = {
    ...options,
    source: from,
    sourceId,
    images: info.images,
    bytes: info.bytes,
  };
  const { journal, stage } = await PackJournal.open(out, asked);
  const sink = folderAt(out);
  try {
    if (stage?.stage === 'complete') {
      await journal.check(stage, source);
      await tidy(journal, sink, stage.result);
      return { ...stage.result, wasComplete: true };
    }
    if (!stage) await journal.save({ stage: 'writing', checkpoint: null });
    let result = stage?.stage === 'written' ? stage.result : null;
    if (!result) {
      const plan = new PackPlan(
        options,
        needsLabels(options) ? await labelsToTake(journal, source, info, options, reporter) : null,
      );
      reporter.begin('packing', info.images);
      const saveCheckpoint = (
        checkpoint: Parameters<Parameters<typeof writePack>[0]['saveCheckpoint']>[0],
      ) => journal.save({ stage: 'writing', checkpoint });
      const { skipped: onSkip, retrying: onRetry, done: onRecord } = reporter;
      result = await writePack(
        { plan, source, sink, saveCheckpoint, onRecord, onSkip, onRetry, checkpointRecords },
        stage?.stage === 'writing' ? stage.checkpoint : null,
      );
      reporter.end();
      reporter.opened(await source.info());
      await journal.save({ stage: 'written', result });
    }
    await restoreFingerprints(sink, result.sets);
    for (const set of result.sets) await verify(set, options, from, result, out, sink, reporter);
    const contents = await source.fingerprint();
    const files = await filesOf(out, result, options);
    await journal.save({ stage: 'complete', result, files, contents });
    await tidy(journal, sink, result);
    return { ...result, wasComplete: false };
  } finally {
    reporter.end();
    await sink.close();
  }
}

/** Reads a set back and compares it; writes its manifest once it is correct. */
async function verify(
  set: PackedSet,
  options: PackOptions,
  from: string,
  result: PackResult,
  out: string,
  sink: PackFolder,
  reporter: PackReporter,
): Promise<void> {
  const root = join(out, set.folder);
  const manifest = options.form === 'tar' ? manifestOf(set, options, from, result) : null;
  const files = await folderFiles(root);
  const packed =
    manifest === null
      ? await sourceOfFiles(root, files)
      : new WebDatasetSource(
          root,
          parseManifest(manifest, 'manifest.json'),
          new FileShardOpener(files),
          async () => undefined,
        );
  let count = 0;
  reporter.begin(set.folder ? `verifying ${set.folder}` : 'verifying', set.images);
  await verifySet(packed, set, await fingerprintsOf(sink, set.folder), {
    onRecord: () => reporter.done(++count),
  });
  reporter.end();
  if (manifest !== null) await writeWhole(root, 'manifest.json', manifest);
}

/**
 * The labels to pack. Finding them may need a pass over the source, so the journal keeps them for a
 * resumed pack.
 */
async function labelsToTake(
  journal: PackJournal,
  source: FaceSource,
  info: SourceInfo,
  { identities, relabel, seed }: PackOptions,
  reporter: PackReporter,
): Promise<readonly number[]> {
  const kept = await journal.labels();
  if (kept) return kept;
  let labels: number[];
  // Relabelling needs the labels that really occur: a person whose pictures are all damaged would
  // leave a gap.
  if (!relabel && info.denseLabels && info.identities !== undefined)
    labels = Array.from({ length: info.identities }, (_, label) => label);
  else {
    let count = 0;
    reporter.begin('reading labels', info.images);
    labels = await labelsIn(source, { onRecord: () => reporter.done(++count) });
    reporter.end();
  }
  const chosen = identities === undefined ? labels : chosenLabels(labels, identities, seed);
  await journal.saveLabels(chosen);
  return chosen;
}

/** Removes the files that only an unfinished pack needs. */
async function tidy(journal: PackJournal, sink: PackFolder, { sets }: PackResult): Promise<void> {
  await journal.discardLabels();
  for (const { folder } of sets) await discardFingerprints(sink, folder);
}

async function filesOf(
  out: string,
  { sets }: PackResult,
  { form, relabel }: PackOptions,
): Promise<Record<string, number>> {
  const files: Record<string, number> = {};
  for (const { folder, shards } of sets) {
    const names = [
      ...shards.map(({ name }) => name),
      ...(form === 'tar' ? ['manifest.json'] : ['train.idx', 'property']),
      ...(relabel ? ['labels.json'] : []),
    ];
    for (const name of names) {
      const path = folder ? `${folder}/${name}` : name;
      files[path] = (await stat(join(out, path))).size;
    }
  }
  return files;
}

/** A pack inside its own source would be read as part of the source when it is resumed. */
async function checkApart(source: string, out: string): Promise<void> {
  const [from, to] = [resolve(source), resolve(out)];
  const isFolder = await readdir(from).then(
    () => true,
    () => false,
  );
  if (isFolder && (to === from || to.startsWith(from + sep))) {
    throw new StudioError(
      'bad-config',
      `${out} lies in ${source}, which is to be packed.`,
      'Name a folder outside of it.',
    );
  }
}
