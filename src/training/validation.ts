import * as tf from '@tensorflow/tfjs-core';
import { mutualLikelihood } from '../confidence/scf';
import { samplePairs } from '../evaluation/pairs';
import { spearman } from '../evaluation/spearman';
import { dot } from '../models/class-centres';
import type { FeatureStore } from './feature-store';
import { meanLossParts, type HeadTrainer } from './head-trainer';
import type { RunConfig } from './run-config';
import type { PairDistributions, ValidationResult } from './run-events';

/** κ of every picture in a store, in passes of one fixed shape. */
export async function kappaOfStore(trainer: HeadTrainer, store: FeatureStore, batchSize: number): Promise<Float32Array> {
  const kappa = new Float32Array(store.count);
  for (let start = 0; start < store.count; start += batchSize) {
    const count = Math.min(batchSize, store.count - start);
    const indices = Array.from({ length: count }, (_, row) => start + row);
    const input = tf.tensor2d(store.gatherInputs(indices, batchSize), [batchSize, store.inputSize]);
    kappa.set(await trainer.kappa(input, count), start);
    input.dispose();
  }
  return kappa;
}

/**
 * κ against cos θ on pictures of held-out identities, each against its own identity's centre. Pictures of identities that have
 * none yet are left out.
 * @param kappaOf κ of each picture of the store
 * @param cosThetaOf cos θ of a picture to its identity's centre, where there is one
 * @returns null where no picture has one
 */
export function validate(
  kappaOf: Float32Array,
  store: FeatureStore,
  cosThetaOf: (label: number, embedding: Float32Array) => number | undefined,
  settings: HeadTrainer['settings'],
  at: { readonly step: number; readonly epoch: number },
): ValidationResult | null {
  const all = store.labels.map((label, index) => cosThetaOf(label, store.embedding(index)));
  const rows = [...all.keys()].filter((row) => all[row] !== undefined);
  if (rows.length === 0) return null;
  const [kappa, cosTheta] = [Float32Array.from(rows, (row) => kappaOf[row]!), Float32Array.from(rows, (row) => all[row]!)];
  const parts = meanLossParts(kappa, cosTheta, settings);
  return {
    ...at,
    objective: settings.mode,
    loss: parts.alignment + parts.normalizer + parts.constant,
    spearman: spearman(kappa, cosTheta) ?? null,
    images: rows.length,
    identities: new Set(rows.map((row) => store.labels[row])).size,
    kappa,
    cosTheta,
    severity: Float32Array.from(rows, (row) => store.severities[row]!),
  };
}

/** Pairs of each kind that the distributions are made of, at most. */
const PAIRS = 4000;

/** Scores of genuine and impostor validation pairs: cosine, and Eqn (13) under the current κ. */
export function pairDistributions(store: FeatureStore, kappa: Float32Array, { seed, radius }: RunConfig, step: number): PairDistributions[] {
  const pairs = samplePairs(store.labels, PAIRS, seed);
  const score = (chosen: readonly (readonly [number, number])[], method: 'scf' | 'cosine') =>
    Float32Array.from(chosen, ([a, b]) => {
      const cosTheta = dot(store.embedding(a), store.embedding(b));
      return method === 'cosine' ? cosTheta : mutualLikelihood(store.embeddingDim, radius, kappa[a]!, kappa[b]!, cosTheta);
    });
  return (['scf', 'cosine'] as const).map((method) => ({
    step,
    method,
    genuine: score(pairs.genuine, method),
    impostor: score(pairs.impostor, method),
  }));
}
