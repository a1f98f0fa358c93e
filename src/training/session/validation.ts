import * as tf from '@tensorflow/tfjs-core';
import {
  type ConfidentFace,
  type MethodName,
  type MethodSettings,
  type TrainedMethodName,
  isPairwise,
} from '../../confidence/confidence-method';
import { createMethod } from '../../confidence/methods';
import { kappaProfile, type KappaProfile } from '../../evaluation/kappa-profile';
import { samplePairs, type SampledPairs } from '../../evaluation/pairs';
import { spearman, spearmanInterval } from '../../evaluation/spearman';
import { dot } from '../../core/vector';
import type { ReadingPolicy } from '../../inference/reading-policy';
import type { FeatureRows } from '../data/features/feature-rows';
import { meanLossParts, type HeadTrainer } from '../step/head-trainer';
import type { HeadReading, PairDistributions, ValidationResult } from './run-events';

/** Concentrations of all pictures in a store, [count, outputSize], in passes of one fixed shape. */
export async function concentrationsOfStore(
  trainer: HeadTrainer,
  store: FeatureRows,
  batchSize: number,
): Promise<Float32Array> {
  const width = trainer.head.outputSize;
  const concentrations = new Float32Array(store.count * width);
  for (let start = 0; start < store.count; start += batchSize) {
    const count = Math.min(batchSize, store.count - start);
    const indices = Array.from({ length: count }, (_, row) => start + row);
    const input = tf.tensor2d(store.gatherInputs(indices, batchSize), [batchSize, store.inputSize]);
    concentrations.set(await trainer.concentrations(input, count), start * width);
    input.dispose();
  }
  return concentrations;
}

/** A held-out picture, read under some policy, in the form that methods use. */
export interface ValidationFace extends ConfidentFace {
  readonly label: number;
  /** The picture that it was made of: copies of one picture have the same number. */
  readonly picture: number;
  /** Which copy of that picture it is; 0 is the unaugmented picture. */
  readonly copy: number;
  /** True severity 0..1 of the picture's degradation; NaN if it isn't known. */
  readonly severity: number;
  /** cos θ to its person's centre; undefined if the person has none yet. */
  readonly cosTheta: number | undefined;
}

/** Held-out pictures that were read under one policy, and pairs of them. */
export interface ValidationFaces {
  readonly policy: ReadingPolicy;
  readonly faces: readonly ValidationFace[];
  /** Drawn from the seed, so that they are the same for every head. */
  readonly pairs: SampledPairs;
}

/** Genuine pairs for distributions and calibration, at most. */
const MAX_GENUINE_PAIRS = 4000;
/**
 * Impostor pairs for distributions, if there are as many. A threshold at a false accept rate of one
 * in a thousand takes 10,000.
 */
const IMPOSTOR_PAIRS = 12_000;

/** Draws the pairs of validation pictures. */
export function validationFaces(
  policy: ReadingPolicy,
  faces: readonly ValidationFace[],
  seed: number,
): ValidationFaces {
  const labels = faces.map(({ label }) => label);
  const pictures = faces.map(({ picture }) => picture);
  const rule = { pictures, impostorPairs: IMPOSTOR_PAIRS };
  return { policy, faces, pairs: samplePairs(labels, MAX_GENUINE_PAIRS, seed, rule) };
}

/**
 * The kept features of held-out pictures, of one view each, as a head sees them.
 * @param concentrations [count, outputSize]
 * @param cosThetaOf cos θ of the picture in a row to its centre; undefined if it has none
 */
export function facesOfStore(
  store: FeatureRows,
  concentrations: Float32Array,
  cosThetaOf: (row: number) => number | undefined,
): ValidationFace[] {
  const { labels, severities, copies, pictures } = store;
  const width = concentrations.length / Math.max(1, store.count);
  return labels.map((label, row) => ({
    mu: store.embedding(row),
    concentration: concentrations.subarray(row * width, (row + 1) * width),
    label,
    picture: pictures[row]!,
    copy: copies[row]!,
    severity: severities[row]!,
    cosTheta: cosThetaOf(row),
  }));
}

/** The pictures whose people have a centre, with their confidence. */
function comparedFaces(
  faces: readonly ValidationFace[],
  settings: MethodSettings & { readonly method: TrainedMethodName },
) {
  const method = createMethod(settings.method, settings);
  const compared = faces.filter(({ cosTheta }) => cosTheta !== undefined);
  return {
    compared,
    kappa: Float32Array.from(compared, (face) => method.confidence(face)!),
    cosTheta: Float32Array.from(compared, (face) => face.cosTheta!),
  };
}

/**
 * Compares confidence with cos θ on held-out pictures, each to its own identity's centre. Pictures
 * of identities that have no centre yet are left out.
 * @returns null if no picture has a centre
 */
export function validate(
  held: ValidationFaces,
  settings: HeadTrainer['settings'],
  at: { readonly step: number; readonly epoch: number },
): ValidationResult | null {
  const { compared, kappa, cosTheta } = comparedFaces(held.faces, settings);
  if (compared.length === 0) return null;
  const clean = [...compared.keys()].filter((at) => isClean(compared[at]!));
  return {
    ...at,
    method: settings.method,
    objective: settings.mode,
    loss: isPairwise(settings.method)
      ? pairLoss(held, settings)
      : pointLoss(kappa, cosTheta, settings),
    spearman: spearman(kappa, cosTheta) ?? null,
    spearmanInterval: spearmanInterval(
      kappa,
      cosTheta,
      compared.map(({ label }) => label),
    ),
    spearmanClean: spearmanOf(clean, kappa, cosTheta),
    images: compared.length,
    identities: new Set(compared.map(({ label }) => label)).size,
    kappa,
    cosTheta,
    severity: Float32Array.from(compared, (face) => face.severity),
  };
}

/**
 * Whether a picture counts as clean: it is the unchanged copy, and not known to be degraded. The
 * severity of a photograph isn't known, which is NaN.
 */
const isClean = ({ copy, severity }: Pick<ValidationFace, 'copy' | 'severity'>): boolean =>
  copy === 0 && !(severity > 0);

function spearmanOf(
  rows: readonly number[],
  kappa: Float32Array,
  cosTheta: Float32Array,
): number | null {
  const of = (values: Float32Array) => rows.map((row) => values[row]!);
  return spearman(of(kappa), of(cosTheta)) ?? null;
}

function pointLoss(
  kappa: Float32Array,
  cosTheta: Float32Array,
  settings: HeadTrainer['settings'],
): number {
  const { alignment, normalizer, constant } = meanLossParts(kappa, cosTheta, settings);
  return alignment + normalizer + constant;
}

/** The negative mean mutual likelihood of genuine pairs; NaN if there are none. */
function pairLoss({ faces, pairs }: ValidationFaces, settings: HeadTrainer['settings']): number {
  const scores = scoresOf(faces, pairs.genuine, settings.method, settings);
  return -scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/**
 * What the current head gives for validation pictures: the spread of its κ, and the scores of their
 * pairs.
 * @param names the methods that score the pairs
 */
export function headReading(
  held: ValidationFaces,
  names: readonly MethodName[],
  settings: MethodSettings & { readonly method: TrainedMethodName },
  step: number,
): HeadReading {
  return {
    policy: held.policy,
    kappa: profileOf(held, settings),
    distributions: pairDistributions(held, names, settings, step),
  };
}

function profileOf(
  { faces }: ValidationFaces,
  settings: MethodSettings & { readonly method: TrainedMethodName },
): KappaProfile | null {
  const { compared, kappa, cosTheta } = comparedFaces(faces, settings);
  return kappaProfile(kappa, compared.map(isClean), spearman(kappa, cosTheta) ?? null);
}

/** Scores of genuine and impostor validation pairs, for each method; none without pairs. */
function pairDistributions(
  { policy, faces, pairs }: ValidationFaces,
  names: readonly MethodName[],
  settings: MethodSettings,
  step: number,
): PairDistributions[] {
  if (pairs.genuine.length === 0 || pairs.impostor.length === 0) return [];
  return names.map((method) => ({
    step,
    policy,
    method,
    genuine: scoresOf(faces, pairs.genuine, method, settings),
    impostor: scoresOf(faces, pairs.impostor, method, settings),
  }));
}

function scoresOf(
  faces: readonly ConfidentFace[],
  pairs: readonly (readonly [number, number])[],
  name: MethodName,
  settings: MethodSettings,
): Float32Array {
  const method = createMethod(name, settings);
  return Float32Array.from(pairs, ([a, b]) =>
    method.pairScore(faces[a]!, faces[b]!, dot(faces[a]!.mu, faces[b]!.mu)),
  );
}
