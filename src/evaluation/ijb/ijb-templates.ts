import type { ConfidentFace } from '../../confidence/confidence-method';
import type { MethodInUse } from '../evaluated-pairs';

/** A picture of a release, as backbone and heads read it. */
export interface IjbFace {
  /** [d], not normalised. */
  readonly embedding: Float32Array;
  /** One a head. */
  readonly concentrations: readonly Float32Array[];
  /** The detector's, about 0..1. */
  readonly detectorScore: number;
}

/** How the published baseline pools: `N1D1F1` has norm and detector score on. */
export interface BaselineOptions {
  /** Embeddings weigh by their norm; otherwise each is brought to unit length first. */
  readonly norm: boolean;
  /** Embeddings weigh by the detector's score. */
  readonly detectorScore: boolean;
}

/** Pools one template's pictures for one method. */
export interface TemplatePooling {
  /** A picture of the media at hand. */
  add(face: IjbFace): void;
  /** The media is complete. */
  endMedia(): void;
  /** The template is complete; the next picture is of another. */
  finish(): PooledTemplate;
}

/** A template as one face. */
export interface PooledTemplate {
  /** null where its pictures cancel each other out: no direction stands for them. */
  readonly face: ConfidentFace | null;
  /**
   * None of its pictures has a detector's score above 0: they were pooled as if all had the same.
   */
  readonly withoutScores: boolean;
}

/**
 * Feature to media to template. The baseline: embeddings weighed, their mean within a media, the
 * sum over media, unit length (`eval_ijbc.py` of InsightFace). A method with confidence pools
 * within a media and again over media, as its Eqn (14) has it and the published evaluation of SCF
 * does.
 */
export function createPooling(
  { method, head }: MethodInUse,
  baseline: BaselineOptions,
): TemplatePooling {
  return head === null ? new BaselinePooling(baseline) : new ConfidentPooling(method.pool, head);
}

class BaselinePooling implements TemplatePooling {
  #weighed = new MediaSum();
  #plain = new MediaSum();
  #hasScores = false;

  constructor(readonly options: BaselineOptions) {}

  add({ embedding, detectorScore }: IjbFace): void {
    const scale = this.options.norm ? 1 : 1 / (lengthOf(embedding) || 1);
    // A detector that found nothing says 0, or −1, which would turn a face into its opposite.
    const score = this.options.detectorScore ? Math.max(0, detectorScore) : 1;
    if (score > 0) this.#hasScores = true;
    this.#weighed.add(embedding, score * scale);
    this.#plain.add(embedding, scale);
  }

  endMedia(): void {
    this.#weighed.endMedia();
    this.#plain.endMedia();
  }

  finish(): PooledTemplate {
    this.endMedia();
    const withoutScores = !this.#hasScores;
    const sum = (withoutScores ? this.#plain : this.#weighed).sum;
    [this.#weighed, this.#plain, this.#hasScores] = [new MediaSum(), new MediaSum(), false];
    const length = lengthOf(sum);
    if (!(length > 0)) return { face: null, withoutScores };
    const mu = Float32Array.from(sum, (value) => value / length);
    return { face: { mu, concentration: new Float32Array() }, withoutScores };
  }
}

/** The sum, over media, of the mean of each media's weighed embeddings. */
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

  /** null where there is no face, or they cancel each other out. */
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
