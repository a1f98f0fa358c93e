import type { ConfidentFace } from '../../confidence/confidence-method';
import type { MethodInUse } from '../evaluated-pairs';

/** A picture of a release, with the outputs of backbone and heads. */
export interface IjbFace {
  /** [d], not normalised. */
  readonly embedding: Float32Array;
  /** One for each head. */
  readonly concentrations: readonly Float32Array[];
  /** The detector's score, about 0..1. */
  readonly detectorScore: number;
}

/** How the published baseline pools: `N1D1F1` has norm and detector score on. */
export interface BaselineOptions {
  /** Embeddings are weighted by their norm; otherwise each is normalised to unit length first. */
  readonly norm: boolean;
  /** Embeddings are weighted by the detector's score. */
  readonly detectorScore: boolean;
}

/** Pools the pictures of one template after another, for one method. */
export interface TemplatePooling {
  /** Adds a picture of the current media. */
  add(face: IjbFace): void;
  /** Ends the current media. */
  endMedia(): void;
  /** Ends the template; the next picture belongs to another one. */
  finish(): PooledTemplate;
}

/** A template as one face. */
export interface PooledTemplate {
  /** null if its embeddings cancel each other out, so that they have no direction. */
  readonly face: ConfidentFace | null;
  /**
   * Whether none of its pictures has a detector's score above 0. They are then pooled with equal
   * scores.
   */
  readonly withoutScores: boolean;
}

/**
 * Pools features into media, and media into a template. The baseline takes the mean of the weighted
 * embeddings of each media, then the sum over media, normalised to unit length (`eval_ijbc.py` of
 * InsightFace). A method with confidence pools within each media and then over media by its own
 * rule, Eqn (14) of the SCF paper, as the published evaluation of SCF does.
 */
export function createPooling(
  { method, head }: MethodInUse,
  baseline: BaselineOptions,
): TemplatePooling {
  return head === null ? new BaselinePooling(baseline) : new ConfidentPooling(method.pool, head);
}

class BaselinePooling implements TemplatePooling {
  #weighted = new MediaSum();
  #plain = new MediaSum();
  #hasScores = false;

  constructor(readonly options: BaselineOptions) {}

  add({ embedding, detectorScore }: IjbFace): void {
    const scale = this.options.norm ? 1 : 1 / (lengthOf(embedding) || 1);
    // A detector that found nothing gives 0 or −1; a negative weight would flip the embedding.
    const score = this.options.detectorScore ? Math.max(0, detectorScore) : 1;
    if (score > 0) this.#hasScores = true;
    this.#weighted.add(embedding, score * scale);
    this.#plain.add(embedding, scale);
  }

  endMedia(): void {
    this.#weighted.endMedia();
    this.#plain.endMedia();
  }

  finish(): PooledTemplate {
    this.endMedia();
    const withoutScores = !this.#hasScores;
    const sum = (withoutScores ? this.#plain : this.#weighted).sum;
    this.#weighted = new MediaSum();
    this.#plain = new MediaSum();
    this.#hasScores = false;
    const length = lengthOf(sum);
    if (!(length > 0)) return { face: null, withoutScores };
    const mu = Float32Array.from(sum, (value) => value / length);
    return { face: { mu, concentration: new Float32Array() }, withoutScores };
  }
}

/** The sum over media of the mean of each media's weighted embeddings. */
class MediaSum {
  #media: Float64Array | null = null;
  #count = 0;
  #sum: Float64Array | null = null;

  get sum(): Float64Array {
    return this.#sum ?? new Float64Array();
  }

  add(embedding: Float32Array, weight: number): void {
    this.#media ??= new Float64Array(embedding.length);
    for (let i = 0; i < embedding.length; i++) this.#media[i]! += weight * embedding[i]!;
    this.#count++;
  }

  endMedia(): void {
    if (!this.#media) return;
    this.#sum ??= new Float64Array(this.#media.length);
    for (let i = 0; i < this.#sum.length; i++) this.#sum[i]! += this.#media[i]! / this.#count;
    this.#media = null;
    this.#count = 0;
  }
}

class ConfidentPooling implements TemplatePooling {
  #faces: ConfidentFace[] = [];
  #media: ConfidentFace[] = [];

  constructor(
    readonly pool: (faces: readonly ConfidentFace[]) => ConfidentFace,
    readonly head: number,
  ) {}

  add({ embedding, concentrations }: IjbFace): void {
    const length = lengthOf(embedding) || 1;
    const mu = embedding.map((value) => value / length);
    this.#faces.push({ mu, concentration: concentrations[this.head]! });
  }

  endMedia(): void {
    const media = this.#pooled(this.#faces);
    if (media) this.#media.push(media);
    this.#faces = [];
  }

  finish(): PooledTemplate {
    this.endMedia();
    const face = this.#pooled(this.#media);
    this.#media = [];
    return { face, withoutScores: false };
  }

  /** null without faces, or if they cancel each other out. */
  #pooled(faces: readonly ConfidentFace[]): ConfidentFace | null {
    if (faces.length === 0) return null;
    try {
      return this.pool(faces);
    } catch (thrown) {
      if (thrown instanceof RangeError) return null;
      throw thrown;
    }
  }
}

function lengthOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
}
