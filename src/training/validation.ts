import * as tf from '@tensorflow/tfjs-core';
import { mutualLikelihood } from '../confidence/scf';
import { samplePairs } from '../evaluation/pairs';
import { spearman } from '../evaluation/spearman';
import { dot, type ClassCentres } from '../models/class-centres';
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

/** κ against cos θ on pictures of held-out identities, each against its own identity's centre. */
export async function validate(
  trainer: HeadTrainer,
  store: FeatureStore,
  centres: ClassCentres,
  config: RunConfig,
  at: { readonly step: number; readonly epoch: number },
): Promise<ValidationResult> {
  const kappa = await kappaOfStore(trainer, store, config.batchSize);
  const cosTheta = Float32Array.from(store.labels, (label, index) => centres.cosTheta(label, store.embedding(index))!);
  const parts = meanLossParts(kappa, cosTheta, trainer.settings);
  return {
    ...at,
    objective: config.objective,
    loss: parts.alignment + parts.normalizer + parts.constant,
    spearman: spearman(kappa, cosTheta) ?? null,
    images: store.count,
    identities: new Set(store.labels).size,
    kappa,
    cosTheta,
    severity: Float32Array.from(store.severities),
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
