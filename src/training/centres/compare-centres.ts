import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import { ClassCentreBuilder, ClassCentres } from '../../models/centres/class-centres';
import { subsetOf, type EmbeddingSet } from '../data/embedding-store';
import { trainMarginClassifier, type ClassifierProgress } from './margin-classifier';
import type { MarginSettings } from '../objectives/margin';
import type { RunConfig } from '../config/run-config';
import { yieldToMessages } from '../../core/yield-to-messages';
import { withoutSingles } from '../data/single-pictures';

/** The ways to make class centres, and `file` for given ones. */
export const centreKinds = ['means', 'arcface', 'cosface', 'file'] as const;
export type CentreKind = (typeof centreKinds)[number];

/** Figures of one kind of class centres, on pictures that were held out when they were made. */
export interface CentreComparison {
  readonly kind: CentreKind;
  /** Margin m of the classifier; null for kinds without one. */
  readonly classifierMargin: number | null;
  /** Identities compared: those with several pictures and with a centre in every kind. */
  readonly classes: number;
  /** Held-out pictures that were measured. */
  readonly heldOut: number;
  /** Mean cos θ of a picture to its own identity's centre: what SCF is trained on. */
  readonly meanCosTheta: number;
  /** Mean cosine of a picture to the nearest of the other identities' centres. */
  readonly meanNearestImpostorCosine: number;
  /** `meanCosTheta` less `meanNearestImpostorCosine`. */
  readonly margin: number;
  /** Share of pictures whose nearest centre is their own. */
  readonly top1: number;
  /** Time to make the centres; null for rows of a file. */
  readonly seconds: number | null;
}

/** Options of {@link compareCentres}. */
export interface CompareOptions {
  readonly kinds: readonly CentreKind[];
  readonly settings: Pick<
    RunConfig,
    'seed' | 'centres' | 'margin' | 'marginScale' | 'centreEpochs' | 'negativeShare'
  >;
  /** The centres of the kind `file`. */
  readonly file?: ClassCentres;
  readonly onProgress?: (kind: CentreKind, progress: ClassifierProgress) => void;
  readonly signal?: AbortSignal;
}

/** InsightFace's margins. */
const usualMargins = { arcface: 0.5, cosface: 0.4 } as const;

/**
 * The margin for a kind of classifier: the run's margin if the run uses this kind, otherwise the
 * usual one. The setting is an angle for ArcFace and a cosine for CosFace.
 */
export function marginOf(
  kind: MarginSettings['kind'],
  settings: Pick<RunConfig, 'centres' | 'margin'>,
): number {
  return settings.centres === kind ? settings.margin : usualMargins[kind];
}

/**
 * Makes class centres of one kind from pictures; none for an identity with one picture.
 * @throws StudioError as {@link trainMarginClassifier} and ClassCentreBuilder do
 */
export async function makeCentres(
  kind: Exclude<CentreKind, 'file'>,
  set: EmbeddingSet,
  { settings, onProgress, signal }: CompareOptions,
): Promise<ClassCentres> {
  if (kind === 'means') {
    const builder = new ClassCentreBuilder(set.embeddingDim);
    set.labels.forEach((label, index) => builder.add(label, set.embedding(index)));
    return builder.finish();
  }
  const { marginScale: scale, centreEpochs: epochs, negativeShare, seed } = settings;
  return trainMarginClassifier(
    withoutSingles(set),
    { kind, margin: marginOf(kind, settings), scale, epochs, negativeShare, seed },
    { onProgress: (progress) => onProgress?.(kind, progress), signal },
  );
}

/**
 * Makes class centres in several ways from some of the pictures, and measures them on the others:
 * about one in five pictures of each identity with three or more is held out.
 *
 * No single figure decides which kind is best. A mean maximises cos θ to its own pictures, and has
 * the highest. A classifier gives up some of that to turn its rows away from their neighbours, so
 * that the margin to the nearest other centre grows. SCF learns κ from cos θ: a low cos θ that is
 * caused by the centre and not by the picture is noise. The figures for rows of a file are too
 * good: their network was probably trained on the pictures that are held out here. Impostors are
 * only rows of the identities compared, so that every kind has the same number of them.
 * @throws StudioError `bad-source` if no identity has three pictures, or fewer than two can be
 * compared; `bad-config` for the kind `file` without one; `signal`'s reason
 */
export async function compareCentres(
  set: EmbeddingSet,
  options: CompareOptions,
): Promise<CentreComparison[]> {
  const { kinds, settings, file, signal } = options;
  if (kinds.includes('file') && !file)
    throw new StudioError(
      'bad-config',
      'Rows of a file are to be compared, and no file was given.',
      'Choose class centres first.',
    );
  const { making, heldOut } = holdOut(set.labels);
  const compared = kinds.includes('file')
    ? heldOut.filter((index) => file!.row(set.labels[index]!))
    : heldOut;
  const made = withoutSingles(subsetOf(set, making));
  const labels = [...new Set(made.labels)]
    .filter((label) => !kinds.includes('file') || file!.row(label))
    .sort((a, b) => a - b);
  if (compared.length === 0 || labels.length < 2) {
    const missing =
      labels.length < 2 ? 'people, of three pictures or more each' : 'pictures of each person';
    throw new StudioError(
      'bad-source',
      `Of ${counted(set.labels.length, 'picture')} ${compared.length} can be held out, and ` +
        `${counted(labels.length, 'identity', 'identities')} compared; some people of at ` +
        'least three pictures, and two people, were expected.',
      `Point the studio at more ${missing}.`,
    );
  }
  const comparison: CentreComparison[] = [];
  for (const kind of kinds) {
    signal?.throwIfAborted();
    await yieldToMessages();
    const startedAt = performance.now();
    const centres = kind === 'file' ? file! : await makeCentres(kind, made, options);
    const seconds = kind === 'file' ? null : (performance.now() - startedAt) / 1000;
    const classifierMargin =
      kind === 'arcface' || kind === 'cosface' ? marginOf(kind, settings) : null;
    comparison.push({
      kind,
      classifierMargin,
      classes: labels.length,
      heldOut: compared.length,
      ...(await measure(subsetOf(set, compared), centres, labels, signal)),
      seconds,
    });
  }
  return comparison;
}

/**
 * Holds out every fifth picture of an identity, beginning with its fifth; of three or four pictures
 * the last; of fewer none.
 */
function holdOut(labels: readonly number[]): { making: number[]; heldOut: number[] } {
  const byLabel = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const own = byLabel.get(label);
    if (own) own.push(index);
    else byLabel.set(label, [index]);
  });
  const isHeldOut = (at: number, pictures: number) =>
    pictures < 5 ? pictures >= 3 && at === pictures - 1 : at % 5 === 4;
  const heldOut = new Set(
    [...byLabel.values()].flatMap((own) => own.filter((_, at) => isHeldOut(at, own.length))),
  );
  return {
    making: [...labels.keys()].filter((index) => !heldOut.has(index)),
    heldOut: [...heldOut].sort((a, b) => a - b),
  };
}

/** Pictures in one matrix product. */
const PICTURES_PER_PRODUCT = 256;
/** Class rows in one matrix product. */
const ROWS_PER_PRODUCT = 16_384;

type Figures = Pick<
  CentreComparison,
  'meanCosTheta' | 'meanNearestImpostorCosine' | 'margin' | 'top1'
>;

async function measure(
  pictures: EmbeddingSet,
  centres: ClassCentres,
  labels: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Figures> {
  const { embeddingDim: dimension } = pictures;
  const placeOf = new Map(labels.map((label, place) => [label, place]));
  const matrix = new Float32Array(labels.length * dimension);
  labels.forEach((label, place) => matrix.set(centres.row(label)!, place * dimension));
  const count = pictures.labels.length;
  let own = 0;
  let nearest = 0;
  let first = 0;
  for (let start = 0; start < count; start += PICTURES_PER_PRODUCT) {
    signal?.throwIfAborted();
    const rows = Math.min(PICTURES_PER_PRODUCT, count - start);
    const embeddings = new Float32Array(rows * dimension);
    const places = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      embeddings.set(pictures.embedding(start + row), row * dimension);
      places[row] = placeOf.get(pictures.labels[start + row]!)!;
    }
    const impostors = tf.tidy(() =>
      nearestOthers(tf.tensor2d(embeddings, [rows, dimension]), tf.tensor1d(places), matrix),
    );
    const others = await impostors.data();
    impostors.dispose();
    for (let row = 0; row < rows; row++) {
      const cosTheta = centres.cosTheta(
        pictures.labels[start + row]!,
        pictures.embedding(start + row),
      )!;
      own += cosTheta / count;
      nearest += others[row]! / count;
      if (cosTheta > others[row]!) first += 1 / count;
    }
    await yieldToMessages();
  }
  return {
    meanCosTheta: own,
    meanNearestImpostorCosine: nearest,
    margin: own - nearest,
    top1: first,
  };
}

/** The highest cosine of each picture to a row that isn't its own, [B]. */
function nearestOthers(embeddings: Tensor2D, places: Tensor1D, matrix: Float32Array): Tensor1D {
  const dimension = embeddings.shape[1];
  const classes = matrix.length / dimension;
  const greatest: Tensor1D[] = [];
  for (let from = 0; from < classes; from += ROWS_PER_PRODUCT) {
    const rows = Math.min(ROWS_PER_PRODUCT, classes - from);
    greatest.push(
      tf.tidy(() => {
        const cosines = tf.matMul(
          embeddings,
          tf.tensor2d(matrix.subarray(from * dimension, (from + rows) * dimension), [
            rows,
            dimension,
          ]),
          false,
          true,
        );
        const isOwn = tf.equal(
          tf.expandDims(places, 1),
          tf.reshape(tf.range(from, from + rows), [1, rows]),
        );
        // −4 puts the own class below any cosine.
        return tf.max(tf.sub(cosines, tf.mul(tf.cast(isOwn, 'float32'), 4)), 1) as Tensor1D;
      }),
    );
  }
  return greatest.reduce<Tensor1D>((a, b) => tf.maximum(a, b), greatest[0]!);
}
