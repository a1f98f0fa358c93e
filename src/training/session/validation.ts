import * as tf from '@tensorflow/tfjs-core';
import {
  type ConfidentFace,
  type MethodName,
  type MethodSettings,
  isPairwise,
} from '../../confidence/confidence-method';
import { createMethod } from '../../confidence/methods';
import { samplePairs, type SampledPairs } from '../../evaluation/pairs';
import { spearman } from '../../evaluation/spearman';
import { dot } from '../../core/vector';
import type { FeatureRows } from '../data/features/feature-rows';
import { meanLossParts, type HeadTrainer } from '../step/head-trainer';
import type { PairDistributions, ValidationResult } from './run-events';

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

/** Held-out pictures in the form that methods use, and pairs of them. */
export interface ValidationFaces {
  readonly faces: readonly ConfidentFace[];
  readonly labels: readonly number[];
  /** Drawn from the seed, so that they are the same for every head. */
  readonly pairs: SampledPairs;
}

/** Pairs of each kind for distributions and calibration, at most. */
const MAX_PAIRS = 4000;

/** @param concentrations [count, outputSize] */
export function validationFaces(
  store: FeatureRows,
  concentrations: Float32Array,
  seed: number,
): ValidationFaces {
  const width = concentrations.length / Math.max(1, store.count);
  const faces = store.labels.map((_, row) => ({
    mu: store.embedding(row),
    concentration: concentrations.subarray(row * width, (row + 1) * width),
  }));
  return { faces, labels: store.labels, pairs: samplePairs(store.labels, MAX_PAIRS, seed) };
}

/**
 * Compares confidence with cos θ on held-out pictures, each to its own identity's centre. Pictures
 * of identities that have no centre yet are left out.
 * @param cosThetaOf cos θ of the picture in a row to its centre; undefined if it has none
 * @returns null if no picture has a centre
 */
export function validate(
  held: ValidationFaces,
  severities: readonly number[],
  cosThetaOf: (row: number) => number | undefined,
  settings: HeadTrainer['settings'],
  at: { readonly step: number; readonly epoch: number },
): ValidationResult | null {
  const method = createMethod(settings.method, settings);
  const all = held.faces.map((_, row) => cosThetaOf(row));
  const rows = [...all.keys()].filter((row) => all[row] !== undefined);
  if (rows.length === 0) return null;
  const kappa = Float32Array.from(rows, (row) => method.confidence(held.faces[row]!)!);
  const cosTheta = Float32Array.from(rows, (row) => all[row]!);
  const severity = Float32Array.from(rows, (row) => severities[row]!);
  const clean = [...severity.keys()].filter((at) => isClean(severity[at]!));
  return {
    ...at,
    method: settings.method,
    objective: settings.mode,
    loss: isPairwise(settings.method)
      ? pairLoss(held, settings)
      : pointLoss(kappa, cosTheta, settings),
    spearman: spearman(kappa, cosTheta) ?? null,
    spearmanClean: spearmanOf(clean, kappa, cosTheta),
    images: rows.length,
    identities: new Set(rows.map((row) => held.labels[row])).size,
    kappa,
    cosTheta,
    severity,
  };
}

/**
 * Whether a picture counts as clean: it is not known to be degraded. The unaugmented copy of a
 * photograph has no known severity, which is NaN.
 */
export const isClean = (severity: number): boolean => !(severity > 0);

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

/** Scores of genuine and impostor validation pairs under the current head, for each method. */
export function pairDistributions(
  { faces, pairs }: ValidationFaces,
  names: readonly MethodName[],
  settings: MethodSettings,
  step: number,
): PairDistributions[] {
  return names.map((method) => ({
    step,
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
