import {
  nullIfDamaged,
  verifyChecksums,
  withChecksums,
} from '../../../formats/tensors/array-checksum';
import { byteHash } from '../../../formats/bytes/byte-hash';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../../formats/safetensors/safetensors';
import { sha256OfText } from '../../../formats/bytes/sha256-hex';
import { ClassCentres, MEAN_FIGURES } from '../../../models/centres/class-centres';
import { headInputKind } from '../../../models/heads/create-head';
import type { FirstPass } from '../feature-pass';
import { FeatureStore } from './feature-store';
import type { RunConfig } from '../../config/run-config';

const FORMAT = 'scf-studio-features-6';
/**
 * Labels have up to eight digits, but float32 holds whole numbers exactly only below 2²⁴. So they
 * are written as two columns, label div and label mod this.
 */
const LABEL_BASE = 2 ** 16;

/**
 * Everything that decides the result of a first pass, as one string. A kept pass is used only under
 * its own key. The names of source and head are not part of it.
 * @param fingerprint of the source's contents
 * @param given class centres from elsewhere, for `centres: file`
 */
export function firstPassKey(
  config: RunConfig,
  backboneHash: string,
  fingerprint: string,
  given?: ClassCentres,
): string {
  const { seed, head, features, centres, copies, augmentation, flip } = config;
  const { validationFraction, maxValidationImages } = config;
  const { margin, marginScale, centreEpochs, negativeShare } = config;
  const isTrained = centres === 'arcface' || centres === 'cosface';
  return JSON.stringify({
    backboneHash,
    fingerprint,
    seed,
    input: headInputKind(head),
    features,
    centres,
    copies,
    augmentation,
    flip,
    validationFraction,
    maxValidationImages,
    ...(isTrained ? { margin, marginScale, centreEpochs, negativeShare } : {}),
    ...(given
      ? { given: [given.dimension, hashOf(Int32Array.from(given.labels)), hashOf(given.matrix)] }
      : {}),
  });
}

/**
 * Everything that decides the features of pictures, as a hash. Kept features are used only under
 * their own key. It is less than {@link firstPassKey}: features depend neither on who is held out
 * nor on how centres are made, and on the seed only if something is drawn. Crops are not aligned.
 * `Backbone.hash` covers the weights, the input convention and the choice of the conv feature.
 */
export function featureKey(
  { seed, head, copies, augmentation, flip }: RunConfig,
  backboneHash: string,
  fingerprint: string,
): Promise<string> {
  const drawn =
    flip || (copies > 1 && augmentation > 0) ? { seed, copies, augmentation, flip } : { copies };
  return sha256OfText(
    JSON.stringify({ backboneHash, fingerprint, input: headInputKind(head), ...drawn }),
  );
}

const hashOf = ({ buffer, byteOffset, byteLength }: Int32Array | Float32Array) =>
  byteHash(new Uint8Array(buffer, byteOffset, byteLength));

/**
 * The result of a first pass as one safetensors file. Features of training pictures are not in it:
 * the feature cache keeps them. Nor are centres that were given: they may be hundreds of megabytes,
 * and are given again.
 */
export function encodeFirstPass(pass: FirstPass, key: string): Uint8Array {
  const arrays = new Map<string, NamedArray>();
  if (pass.centres) {
    const { labels, dimension, matrix, means } = pass.centres;
    arrays.set('centres', { dtype: 'F32', shape: [labels.length, dimension], data: matrix });
    arrays.set('centreLabels', labelColumns(labels));
    const shape = [labels.length, MEAN_FIGURES];
    if (means) arrays.set('centreMeans', { dtype: 'F32', shape, data: means });
  }
  putStore(arrays, 'validation', pass.validation);
  const metadata = {
    format: FORMAT,
    key,
    trainingImages: String(pass.trainingImages),
    singles: String(pass.singles),
  };
  return writeSafetensors(arrays, withChecksums(arrays, metadata));
}

/** The pass in a file; null if the file is of another pass or damaged, and is to be replaced. */
export function decodeFirstPass(bytes: Uint8Array, key: string): FirstPass | null {
  const file = readKeyed(bytes, FORMAT, key);
  if (!file) return null;
  const { tensors, metadata } = file;
  const centres = tensors.get('centres');
  return {
    centres: centres
      ? new ClassCentres(
          centres.shape[1]!,
          labelsOf(tensors.get('centreLabels')!.data),
          centres.data,
          tensors.get('centreMeans')?.data,
        )
      : null,
    singles: Number(metadata.singles),
    validation: storeOf(tensors, 'validation'),
    trainingImages: metadata.trainingImages === 'null' ? null : Number(metadata.trainingImages),
    complete: true,
  };
}

/** A file of this format and key; null if it is another or damaged, and is to be replaced. */
export function readKeyed(
  bytes: Uint8Array,
  format: string,
  key: string,
): ReturnType<typeof readSafetensors> | null {
  try {
    const file = readSafetensors(bytes);
    if (file.metadata.format !== format || file.metadata.key !== key) return null;
    verifyChecksums(file.tensors, file.metadata, format);
    return file;
  } catch (thrown) {
    return nullIfDamaged(thrown);
  }
}

/** Adds the rows of a store to a file's arrays, with `name` as prefix. */
export function putStore(arrays: Map<string, NamedArray>, name: string, store: FeatureStore): void {
  arrays.set(`${name}.labels`, labelColumns(store.labels));
  arrays.set(`${name}.severities`, column(store.severities));
  arrays.set(
    `${name}.inputs`,
    joined(store, store.inputSize, (index) => store.headInput(index)),
  );
  arrays.set(
    `${name}.embeddings`,
    joined(store, store.embeddingDim, (index) => store.embedding(index)),
  );
}

/** The store that {@link putStore} added under a name. */
export function storeOf(tensors: ReadonlyMap<string, NamedArray>, name: string): FeatureStore {
  const inputSize = tensors.get(`${name}.inputs`)!.shape[1]!;
  const embeddingDim = tensors.get(`${name}.embeddings`)!.shape[1]!;
  const store = new FeatureStore(inputSize, embeddingDim);
  const [labels, severities, inputs, embeddings] = [
    'labels',
    'severities',
    'inputs',
    'embeddings',
  ].map((part) => tensors.get(`${name}.${part}`)!.data as Float32Array);
  labelsOf(labels!).forEach((label, index) =>
    store.add({
      label,
      severity: severities![index]!,
      headInput: inputs!.subarray(index * inputSize, (index + 1) * inputSize),
      embedding: embeddings!.subarray(index * embeddingDim, (index + 1) * embeddingDim),
    }),
  );
  return store;
}

/** Labels as the two columns of an array. */
export function labelColumns(labels: readonly number[]): NamedArray {
  const data = Float32Array.from(
    labels.flatMap((label) => [Math.floor(label / LABEL_BASE), label % LABEL_BASE]),
  );
  return { dtype: 'F32', shape: [labels.length, 2], data };
}

/** The labels of the columns that {@link labelColumns} made. */
export function labelsOf(columns: Float32Array): number[] {
  return Array.from(
    { length: columns.length / 2 },
    (_, row) => columns[2 * row]! * LABEL_BASE + columns[2 * row + 1]!,
  );
}

/** Numbers as an array of shape [n]. */
export function column(values: readonly number[]): NamedArray {
  return { dtype: 'F32', shape: [values.length], data: Float32Array.from(values) };
}

function joined(
  store: FeatureStore,
  size: number,
  row: (index: number) => Float32Array,
): NamedArray {
  const data = new Float32Array(store.count * size);
  for (let index = 0; index < store.count; index++) data.set(row(index), index * size);
  return { dtype: 'F32', shape: [store.count, size], data };
}
