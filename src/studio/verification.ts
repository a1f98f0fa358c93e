import * as tf from '@tensorflow/tfjs-core';
import { mutualLikelihood } from '../confidence/scf';
import { shareBelow } from '../evaluation/distribution';
import { prepareCrop } from '../faces/prepare-crop';
import { CROP_SIZE, pristine, type DegradationLevels } from '../faces/face-record';
import type { Backbone } from '../models/backbone';
import { dot, normalised } from '../models/class-centres';
import { createHead } from '../models/heads/create-head';
import { embedFaces } from '../training/feature-pass';
import type { PairDistributions } from '../training/run-events';
import type { TrainingSession } from '../training/training-session';
import type { FaceReading, FaceSlot, PairReading, ScoredMethod } from './protocol';

interface ChosenFace {
  readonly name: string;
  readonly origin: FaceReading['origin'];
  /** The crop as chosen, before the sliders. */
  readonly crop: Uint8Array;
  readonly levels: DegradationLevels;
}

interface EmbeddedFace {
  readonly mu: Float32Array;
  readonly kappa: number | null;
}

/** Seeds of the sliders' noise, fixed so that a face stands still while another slider moves. */
const SEEDS: Record<FaceSlot, number> = { a: 1, b: 2 };

/** The two faces of the verification panel and what can be said of them. */
export class Verification {
  readonly #faces = new Map<FaceSlot, ChosenFace>();
  readonly #embedded = new Map<FaceSlot, EmbeddedFace>();
  #distributions: readonly PairDistributions[] = [];

  setDistributions(distributions: readonly PairDistributions[]): void {
    this.#distributions = distributions;
  }

  choose(slot: FaceSlot, name: string, origin: FaceReading['origin'], crop: Uint8Array): void {
    this.#faces.set(slot, { name, origin, crop, levels: pristine });
  }

  degrade(slot: FaceSlot, levels: DegradationLevels): void {
    const face = this.#faces.get(slot);
    if (face) this.#faces.set(slot, { ...face, levels });
  }

  get slots(): FaceSlot[] {
    return [...this.#faces.keys()];
  }

  /** Embeds a face as it stands now. κ comes from the session's head, where there is one. */
  async read(slot: FaceSlot, backbone: Backbone, session: TrainingSession | null): Promise<FaceReading | null> {
    const face = this.#faces.get(slot);
    if (!face) return null;
    const image = { width: CROP_SIZE, height: CROP_SIZE, data: face.crop };
    const crop = prepareCrop(image, { levels: face.levels, seed: SEEDS[slot] });
    const trained = session && session.cursor.step > 0 ? session : null;
    // Without a head only the embedding is read; the compact head's input is the least to carry along.
    const head = session?.trainer.head ?? createHead('compact', { convShape: backbone.convShape, embeddingDim: backbone.embeddingDim, initialLogKappa: null }, 0, Infinity);
    const { inputs, embeddings } = await embedFaces([{ crop, flip: false }], backbone, head, 1);
    let kappa: number | null = null;
    if (trained) {
      const input = tf.tensor2d(inputs, [1, head.inputSize]);
      kappa = (await trained.trainer.kappa(input, 1))[0]!;
      input.dispose();
    }
    if (!session) head.dispose();
    const { unit, norm } = normalised(embeddings);
    this.#embedded.set(slot, { mu: unit, kappa });
    return { slot, name: face.name, crop: rgba(crop), levels: face.levels, kappa, embeddingNorm: norm, origin: face.origin };
  }

  /** The comparison, once both faces have been read. */
  pair(radius: number): PairReading | null {
    const [a, b] = [this.#embedded.get('a'), this.#embedded.get('b')];
    if (!a || !b) return null;
    const cosTheta = dot(a.mu, b.mu);
    const scfScore = a.kappa !== null && b.kappa !== null ? mutualLikelihood(a.mu.length, radius, a.kappa, b.kappa, cosTheta) : null;
    return { cosTheta, cosine: this.#scored('cosine', cosTheta), scf: scfScore === null ? null : this.#scored('scf', scfScore), scfScore };
  }

  #scored(name: 'scf' | 'cosine', score: number): ScoredMethod | null {
    const among = this.#distributions.find(({ method }) => method === name);
    if (!among || among.genuine.length === 0) return null;
    return { name, score, aboveGenuine: shareBelow(among.genuine, score), aboveImpostor: shareBelow(among.impostor, score) };
  }
}

function rgba(crop: Uint8Array): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((crop.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < crop.length; from += 3, to += 4) pixels.set(crop.subarray(from, from + 3), to);
  return pixels;
}
