import { StudioError } from '../../core/studio-error';
import { RunningCentres } from '../../models/centres/running-centres';
import { batchesWhileGrowing, type GrowingPass } from '../centres/centre-batches';
import {
  decodeRunningCentres,
  decodeValidation,
  encodeRunningCentres,
  encodeValidation,
} from '../centres/running-centres-file';
import type { RunCursor } from '../checkpoint/checkpoint';
import { FeatureStore } from './features/feature-store';
import { batchesFromSource } from './head-batches';
import {
  CENTRES_FILE,
  runDataOf,
  VALIDATION_FILE,
  type RunData,
  type RunDataOptions,
  type SourceContents,
} from './run-data';
import { reportSingles } from './single-pictures';

/** What a run has gathered of a source, in this session or before. */
interface Gathered extends GrowingPass {
  /** Every picture of the source has been gathered. */
  readonly isWhole: boolean;
}

/** A stream's data whose class centres and validation pictures grow during the first epoch. */
export async function growingData(
  options: RunDataOptions,
  contents: SourceContents,
  cursor: RunCursor,
): Promise<RunData> {
  const { config, backbone, head } = options;
  const { info, key, files, onReading } = contents;
  const kept = await keptBefore(contents, cursor);
  if (!kept && cursor.recordsRead > 0) throw lostCentres(cursor);
  if (!kept) await onReading();
  const pass: Gathered = kept ?? {
    centres: new RunningCentres(backbone.embeddingDim),
    validation: new FeatureStore(head.inputSize, backbone.embeddingDim),
    isWhole: false,
  };
  const { centres, validation } = pass;
  let isWhole = false;
  let areCentresKept = pass.isWhole;
  /** Validation pictures in the kept file; −1 if there is none. */
  let validationKept = kept ? validation.count : -1;
  const becomeWhole = () => {
    isWhole = true;
    reportSingles(options, info, centres.singles, centres.labels.length - centres.singles);
  };
  if (pass.isWhole) becomeWhole();

  const persistCentres = async () => {
    const bytes = encodeRunningCentres({ centres, whole: isWhole }, key);
    const isWritten = await files.write(CENTRES_FILE, bytes);
    areCentresKept = isWritten && isWhole;
  };
  const persistValidation = async () => {
    const { count } = validation;
    const isWritten = await files.write(VALIDATION_FILE, encodeValidation(validation, key));
    if (isWritten) validationKept = count;
  };
  return runDataOf({
    info,
    contents,
    validation,
    centres: {
      has: (label) => centres.centre(label) !== undefined,
      cosThetaTo: (label, embedding, own) => centres.cosThetaWithout(label, embedding, own),
    },
    // The sum of the picture's identity includes the picture itself.
    cosThetaOf: (row) =>
      centres.cosThetaWithout(
        validation.labels[row]!,
        validation.embedding(row),
        validation.embedding(row),
      ),
    batches: ({ epoch, recordsRead }) =>
      isWhole
        ? batchesFromSource({ ...options, centres }, config, epoch, recordsRead)
        : batchesWhileGrowing(options, pass, config, epoch, recordsRead),
    epochEnded: () => {
      if (!isWhole) becomeWhole();
    },
    persist: async () => {
      if (!areCentresKept) await persistCentres();
      if (validationKept !== validation.count) await persistValidation();
    },
  });
}

/**
 * The kept centres and validation pictures that this run may use. Incomplete ones belong to the run
 * that gathered them. A new run may use complete ones, but only if it is known that the pictures
 * are still the same.
 */
async function keptBefore(
  { key, files, fingerprint }: SourceContents,
  { step }: RunCursor,
): Promise<Gathered | null> {
  const [centresFile, validationFile] = await Promise.all(
    [CENTRES_FILE, VALIDATION_FILE].map((name) => files.read(name)),
  );
  const kept = centresFile && decodeRunningCentres(centresFile, key);
  const validation = validationFile && decodeValidation(validationFile, key);
  if (!kept || !validation) return null;
  const mayUse = step > 0 || (kept.whole && fingerprint !== null);
  return mayUse ? { centres: kept.centres, validation, isWhole: kept.whole } : null;
}

/** The run can't resume: it was trained against centres of all pictures up to its checkpoint. */
function lostCentres({ step, recordsRead }: RunCursor): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `The run resumes at step ${step}, ${recordsRead} pictures into its epoch; the class centres ` +
      'and validation pictures that it had gathered by then are missing or damaged.',
    `Keep ${CENTRES_FILE} and ${VALIDATION_FILE} next to the checkpoint, or start a new run.`,
  );
}
