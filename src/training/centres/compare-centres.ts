import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import { ClassCentreBuilder, ClassCentres } from '../../models/centres/class-centres';
import { someOf, type EmbeddingSet } from '../data/embedding-store';
import { trainMarginClassifier, type ClassifierProgress } from './margin-classifier';
import type { MarginSettings } from '../objectives/margin';
import type { RunConfig } from '../config/run-config';
import { yieldToMessages } from '../../core/yield-to-messages';
import { ofSeveralPictures } from '../data/single-pictures';

/** The ways to class centres. */
export const centreKinds = ['means', 'arcface', 'cosface', 'file'] as const;
export type CentreKind = (typeof centreKinds)[number];

/** Class centres of one kind, measured on pictures that they were not made of. */
export interface CentreComparison {
  readonly kind: CentreKind;
  /** Margin m of its classifier; null where it has none. */
  readonly classifierMargin: number | null;
  /** Those compared: with several pictures to make a centre of, and a row in every kind. */
  readonly classes: number;
  /** Pictures measured. */
  readonly heldOut: number;
  /** Mean cos θ of a picture to its own identity's centre: what SCF is trained on. */
  readonly meanCosTheta: number;
  /** Mean cosine of a picture to the nearest of the other identities' centres. */
  readonly meanNearestImpostorCosine: number;
  /** The first less the second. */
  readonly margin: number;
  /** Share of pictures whose nearest centre is their own. */
  readonly top1: number;
  /** That the making took; null for rows of a file. */
  readonly seconds: number | null;
}

/** What is compared, and whom it tells. */
export interface CompareOptions {
  readonly kinds: readonly CentreKind[];
  readonly settings: Pick<
    RunConfig,
    'seed' | 'centres' | 'margin' | 'marginScale' | 'centreEpochs' | 'negativeShare'
  >;
  /** Rows of a file, for the kind of that name. */
  readonly file?: ClassCentres;
  readonly onProgress?: (kind: CentreKind, progress: ClassifierProgress) => void;
  readonly signal?: AbortSignal;
}

/** What InsightFace trains with. */
const usualMargins = { arcface: 0.5, cosface: 0.4 } as const;

/**
 * The margin of a kind: the run's own where it is the run's kind, and the usual one otherwise, as
 * one number means two things.
 */
export function marginOf(
  kind: MarginSettings['kind'],
  settings: Pick<RunConfig, 'centres' | 'margin'>,
): number {
  return settings.centres === kind ? settings.margin : usualMargins[kind];
}

/**
 * Class centres of one kind, made of pictures; none for an identity with one picture.
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
    ofSeveralPictures(set),
    { kind, margin: marginOf(kind, settings), scale, epochs, negativeShare, seed },
    { onProgress: (progress) => onProgress?.(kind, progress), signal },
  );
}

/**
 * Makes class centres in several ways of some of the pictures and measures them on the others: of
 * each identity of three pictures or more about one in five is held out.
 *
 * There is no one figure to be best in. A mean maximises cos θ to the pictures it is of, and wins
 * there. A classifier gives up some of that to turn its rows away from their neighbours, so that
 * its pictures lie farther from the nearest other centre, and the margin grows. SCF learns κ from
 * cos θ: a low cos θ that is the centre's doing, not the picture's, is noise to it. Rows of a file
 * are the odd one out: their network has most likely been trained on the very pictures that are
 * held out here, which flatters them; and only their rows of the identities at hand are strangers
 * here, as many as every other kind has.
 * @throws StudioError `bad-source` where no identity has three pictures, or fewer than two can be
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
  const made = ofSeveralPictures(someOf(set, making));
  const labels = [...new Set(made.labels)]
    .filter((label) => !kinds.includes('file') || file!.row(label))
    .sort((a, b) => a - b);
  if (compared.length === 0 || labels.length < 2) {
    throw new StudioError(
      'bad-source',
      `Of ${counted(set.labels.length, 'picture')} ${compared.length} can be held out, and ` +
        `${counted(labels.length, 'identity', 'identities')} compared; some people of at ` +
        'least three pictures, and two people, were expected.',
      'Point the studio at more ' +
        `${labels.length < 2 ? 'people, of three pictures or more each' : 'pictures of each person'}.`,
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
      ...(await measure(someOf(set, compared), centres, labels, signal)),
      seconds,
    });
  }
  return comparison;
}

/**
 * Every fifth picture of an identity, the fifth first; the last of three or four; none of fewer.
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

const PICTURES_AT_ONCE = 256;
const ROWS_AT_ONCE = 16_384;

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
  let [own, nearest, first] = [0, 0, 0];
  for (let start = 0; start < count; start += PICTURES_AT_ONCE) {
    signal?.throwIfAborted();
    const rows = Math.min(PICTURES_AT_ONCE, count - start);
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

/** The greatest cosine of each picture to a row that isn't its own, [B]. */
function nearestOthers(embeddings: Tensor2D, places: Tensor1D, matrix: Float32Array): Tensor1D {
  const dimension = embeddings.shape[1];
  const classes = matrix.length / dimension;
  const greatest: Tensor1D[] = [];
  for (let from = 0; from < classes; from += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, classes - from);
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
        // Below any cosine.
        return tf.max(tf.sub(cosines, tf.mul(tf.cast(isOwn, 'float32'), 4)), 1) as Tensor1D;
      }),
    );
  }
  return greatest.reduce<Tensor1D>((a, b) => tf.maximum(a, b), greatest[0]!);
}
