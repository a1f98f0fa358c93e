import type { ByteSource } from '../../formats/bytes/byte-source';
import { StudioError } from '../../core/studio-error';
import { verifyFileChecksums } from '../../formats/tensors/array-checksum';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { headSource } from '../../training/checkpoint/open-head';
import { CHECKPOINT_FILE } from '../../training/checkpoint/checkpoint-writer';
import { readSavedRun, type SavedRun } from '../../training/checkpoint/saved-run';
import { CURVES_FILE, decodeCurves } from '../curves/curve-file';
import { repairCurves, repairValidations } from '../curves/repair';
import { decodeValidations, VALIDATIONS_FILE } from '../curves/validation-file';
import { HEAD_FILE, type KeptRun } from '../kept-run';
import { encodeManifest, MANIFEST_FILE } from '../manifest/manifest-file';
import { exchangedFiles, type ExchangedFile } from './run-files';

/** What of a run can be exported: bytes, or a file that is read when its turn comes. */
export type SoundFiles = ReadonlyMap<ExchangedFile, Uint8Array | ByteSource>;

/**
 * The files of a run as an import takes them. Rows that were cut off while they were written are
 * left out, and so is a file that is damaged, which is told. Its checkpoint is the one that the run
 * would go on from, and the manifest says of which step it is.
 * @throws StudioError from the store
 */
export async function soundFiles(run: KeptRun): Promise<SoundFiles> {
  const saved = await savedOf(run);
  const files = new Map<ExchangedFile, Uint8Array | ByteSource>();
  for (const name of exchangedFiles) {
    const found = await soundFile(name, run, saved);
    if (found) files.set(name, found);
  }
  return files;
}

/** One of the files; null if there is none, or it is damaged. */
async function soundFile(
  name: ExchangedFile,
  { folder, manifest, onProblem }: KeptRun,
  saved: SavedRun | null,
): Promise<Uint8Array | ByteSource | null> {
  switch (name) {
    case MANIFEST_FILE:
      return encodeManifest({ ...manifest, checkpointStep: saved?.header.cursor.step ?? null });
    case CURVES_FILE: {
      const bytes = await repairCurves(folder, onProblem);
      return bytes && bytes.subarray(0, decodeCurves(bytes).wholeBytes);
    }
    case VALIDATIONS_FILE: {
      const bytes = await repairValidations(folder, onProblem);
      return bytes && bytes.subarray(0, decodeValidations(bytes).wholeBytes);
    }
    case CHECKPOINT_FILE:
      return saved && saved.source;
    default: {
      const source = await folder.open(name);
      return source && (await isSound(name, source, onProblem)) ? source : null;
    }
  }
}

/**
 * Reads all of a run's file of arrays.
 * @throws StudioError `bad-checkpoint`, or an Error, that says what is wrong with it
 */
export async function readThrough(name: ExchangedFile, source: ByteSource): Promise<TensorFile> {
  const file = await openTensorFile(source);
  await verifyFileChecksums(file);
  if (name === HEAD_FILE && headSource(file).config === null)
    throw new StudioError('bad-checkpoint', `${name} is no head.`, 'Train the run again.');
  return file;
}

async function isSound(
  name: ExchangedFile,
  source: ByteSource,
  onProblem: (sentence: string) => void,
): Promise<boolean> {
  try {
    await readThrough(name, source);
    return true;
  } catch (thrown) {
    onProblem(leftOut(damageIn(thrown)));
    return false;
  }
}

/** The checkpoint that a run would go on from, whole; null if it has none. */
async function savedOf({ folder, onProblem }: KeptRun): Promise<SavedRun | null> {
  try {
    const saved = await readSavedRun(folder, true);
    if (saved?.warning) onProblem(`${saved.warning} The exported file holds that one.`);
    return saved;
  } catch (thrown) {
    onProblem(leftOut(damageIn(thrown)));
    return null;
  }
}

/** What is wrong with a file. @throws any other error */
function damageIn(thrown: unknown): string {
  if (thrown instanceof StudioError && thrown.code === 'bad-checkpoint') return thrown.message;
  throw thrown;
}

const leftOut = (sentence: string): string => `${sentence} It is not in the exported file.`;
