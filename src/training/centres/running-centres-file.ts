import { withChecksums } from '../../formats/tensors/array-checksum';
import { writeSafetensors, type NamedArray } from '../../formats/safetensors/safetensors';
import { RunningCentres } from '../../models/centres/running-centres';
import {
  column,
  labelColumns,
  labelsOf,
  putStore,
  readKeyed,
  storeOf,
} from '../data/features/feature-file';
import type { FeatureStore } from '../data/features/feature-store';

const CENTRES_FORMAT = 'scf-studio-growing-centres-2';
const VALIDATION_FORMAT = 'scf-studio-growing-validation-2';

/** Class centres that a run is still collecting, as saved with its checkpoint. */
export interface SavedCentres {
  readonly centres: RunningCentres;
  /** Whether every picture of the source has been added. */
  readonly whole: boolean;
}

/** Writes the class centres collected so far as one safetensors file. */
export function encodeRunningCentres({ centres, whole }: SavedCentres, key: string): Uint8Array {
  const { labels, dimension } = centres;
  const sums = new Float32Array(labels.length * dimension);
  labels.forEach((label, row) => sums.set(centres.sum(label)!, row * dimension));
  const arrays = new Map<string, NamedArray>();
  arrays.set('labels', labelColumns(labels));
  arrays.set('sums', { dtype: 'F32', shape: [labels.length, dimension], data: sums });
  arrays.set('counts', column(labels.map((label) => centres.count(label))));
  const { cosines, pairs } = centres.pairs;
  // As text, which keeps float64s exactly: a resumed run computes the same cos θ.
  const metadata = {
    format: CENTRES_FORMAT,
    key,
    whole: String(whole),
    cosines: String(cosines),
    pairs: String(pairs),
  };
  return writeSafetensors(arrays, withChecksums(arrays, metadata));
}

/**
 * Reads what {@link encodeRunningCentres} wrote. null if the file belongs to another run or is
 * damaged: the centres are then collected again.
 */
export function decodeRunningCentres(bytes: Uint8Array, key: string): SavedCentres | null {
  const file = readKeyed(bytes, CENTRES_FORMAT, key);
  if (!file) return null;
  const { tensors, metadata } = file;
  const { shape, data } = tensors.get('sums')!;
  const sums = data as Float32Array;
  const counts = tensors.get('counts')!.data as Float32Array;
  const centres = new RunningCentres(shape[1]!);
  const kept = labelsOf(tensors.get('labels')!.data as Float32Array).map(
    (label, row) =>
      [label, sums.subarray(row * shape[1]!, (row + 1) * shape[1]!), counts[row]!] as const,
  );
  centres.restore(kept, { cosines: Number(metadata.cosines), pairs: Number(metadata.pairs) });
  return { centres, whole: metadata.whole === 'true' };
}

/**
 * Writes the validation pictures collected so far as one safetensors file. Not in the file of the
 * centres, since they are complete much sooner.
 */
export function encodeValidation(validation: FeatureStore, key: string): Uint8Array {
  const arrays = new Map<string, NamedArray>();
  putStore(arrays, 'validation', validation);
  return writeSafetensors(arrays, withChecksums(arrays, { format: VALIDATION_FORMAT, key }));
}

/** Reads what {@link encodeValidation} wrote; null as in {@link decodeRunningCentres}. */
export function decodeValidation(bytes: Uint8Array, key: string): FeatureStore | null {
  const file = readKeyed(bytes, VALIDATION_FORMAT, key);
  return file && storeOf(file.tensors, 'validation');
}
