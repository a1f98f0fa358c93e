import { progressMeter } from '../../core/progress-meter';
import { cosThetaTo } from '../../models/centres/centre';
import type { ClassCentres } from '../../models/centres/class-centres';
import type { ClassDirections } from '../../models/centres/running-centres';
import { GivenCentres } from '../centres/given-centres';
import { centreMaker } from './centre-maker';
import { firstPass } from './feature-pass';
import { decodeFirstPass, encodeFirstPass } from './features/feature-file';
import { batchesFromSource } from './head-batches';
import { FaceMap } from './map/face-map';
import {
  FEATURES_FILE,
  runDataOf,
  type RunData,
  type RunDataOptions,
  type SourceContents,
} from './run-data';
import { reportSingles } from './single-pictures';

/**
 * A stream's data: class centres and held-out pictures come from a first pass, and every epoch
 * embeds its pictures again.
 */
export async function streamedData(
  options: RunDataOptions,
  contents: SourceContents,
  given: ClassCentres | undefined,
): Promise<RunData> {
  const { config } = options;
  const { info, key, files, onReading } = contents;
  const kept = await files.read(FEATURES_FILE);
  const givenCentres = given && new GivenCentres(given, config.seed);
  let pass = kept && decodeFirstPass(kept, key);
  if (!pass) {
    await onReading();
    const isHeldOutOnly = given !== undefined;
    const label = isHeldOutOnly
      ? 'Embedding pictures of held-out identities'
      : 'Embedding every picture once: class centres';
    const total = isHeldOutOnly ? null : (info.images ?? null);
    const onProgress = progressMeter(
      'reading-features',
      label,
      total,
      'pictures',
      options.onProgress,
    );
    const centres = givenCentres ?? centreMaker(options, info);
    const map = options.onMapPart ? new FaceMap(total, options.onMapPart) : null;
    pass = await firstPass({ ...options, centres, map, onProgress }, isHeldOutOnly);
    const { centres: made } = pass;
    map?.finish((label) => (givenCentres ?? made)?.centre(label)?.direction);
    const pictures = pass.trainingImages ?? pass.validation.count;
    if (pass.complete && pictures > 0) await files.write(FEATURES_FILE, encodeFirstPass(pass, key));
  }
  const { validation, trainingImages, singles } = pass;
  reportSingles(options, info, singles, pass.centres?.labels.length ?? 0);
  const centres: ClassDirections = givenCentres ?? pass.centres!;
  return runDataOf({
    info,
    contents,
    trainingImages,
    validation,
    cosThetaOf: (row) =>
      cosThetaTo(
        centres.centre(validation.labels[row]!)!,
        validation.embedding(row),
        validation.embedding(row),
      ),
    centres: {
      has: (label) => centres.centre(label) !== undefined,
      cosThetaTo: (label, embedding, own) => cosThetaTo(centres.centre(label)!, embedding, own),
    },
    batches: ({ epoch, recordsRead }) =>
      batchesFromSource({ ...options, centres }, config, epoch, recordsRead),
  });
}
