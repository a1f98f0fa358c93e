import { readSafetensors, writeSafetensors, type NamedArray } from '../formats/safetensors';
import { GrowingCentres } from '../models/growing-centres';
import { column, labelColumns, labelsOf, putStore, storeOf } from './feature-file';
import type { GrowingPass } from './growing-batches';

const FORMAT = 'scf-studio-growing-1';

/** Centres that grow, as they are kept beside a checkpoint. */
export interface KeptGrowth extends GrowingPass {
  /** Every picture of the source has been gathered. */
  readonly whole: boolean;
}

/** Class centres and validation pictures gathered so far, as one safetensors file. */
export function encodeGrowth({ centres, validation, whole }: KeptGrowth, key: string): Uint8Array {
  const { labels, dimension } = centres;
  const sums = new Float32Array(labels.length * dimension);
  labels.forEach((label, row) => sums.set(centres.sum(label)!, row * dimension));
  const arrays = new Map<string, NamedArray>();
  arrays.set('labels', labelColumns(labels));
  arrays.set('sums', { dtype: 'F32', shape: [labels.length, dimension], data: sums });
  arrays.set('counts', column(labels.map((label) => centres.count(label))));
  putStore(arrays, 'validation', validation);
  return writeSafetensors(arrays, { format: FORMAT, key, whole: String(whole) });
}

/** What {@link encodeGrowth} wrote, or null when the file is of another run or damaged: it is gathered anew then. */
export function decodeGrowth(bytes: Uint8Array, key: string): KeptGrowth | null {
  let file: ReturnType<typeof readSafetensors>;
  try {
    file = readSafetensors(bytes);
  } catch {
    return null;
  }
  const { tensors, metadata } = file;
  if (metadata.format !== FORMAT || metadata.key !== key) return null;
  const { shape, data } = tensors.get('sums')!;
  const [sums, counts] = [data as Float32Array, tensors.get('counts')!.data as Float32Array];
  const centres = new GrowingCentres(shape[1]!);
  labelsOf(tensors.get('labels')!.data as Float32Array).forEach((label, row) => centres.add(label, sums.subarray(row * shape[1]!, (row + 1) * shape[1]!), counts[row]!));
  return { centres, validation: storeOf(tensors, 'validation'), whole: metadata.whole === 'true' };
}
