import type { ConfidentFace } from '../confidence/confidence-method';
import type { MethodInUse } from './evaluated-pairs';

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
  /** The template is complete. @throws RangeError where its pictures cancel each other out */
  finish(): ConfidentFace;
}

/**
 * Feature to media to template. The baseline: embeddings weighed, their mean within a media, the sum over media, unit length
 * (`eval_ijbc.py` of InsightFace). A method with confidence pools within a media and again over media, as its Eqn (14) has
 * it and the published evaluation of SCF does.
 */
export function createPooling({ method, head }: MethodInUse, baseline: BaselineOptions): TemplatePooling {
  return head === null ? new BaselinePooling(baseline) : new ConfidentPooling(method.pool, head);
}

class BaselinePooling implements TemplatePooling {
  #media: Float64Array | null = null;
  #count = 0;
  #sum: Float64Array | null = null;

  constructor(readonly options: BaselineOptions) {}

  add({ embedding, detectorScore }: IjbFace): void {
    this.#media ??= new Float64Array(embedding.length);
    const norm = this.options.norm ? 1 : lengthOf(embedding) || 1;
    const weight = (this.options.detectorScore ? detectorScore : 1) / norm;
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

  finish(): ConfidentFace {
    this.endMedia();
    const sum = this.#sum ?? new Float64Array();
    this.#sum = null;
    const length = lengthOf(sum);
    if (!(length > 0)) throw new RangeError('The pictures of a template cancel each other out.');
    return { mu: Float32Array.from(sum, (value) => value / length), concentration: new Float32Array() };
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
    this.#faces.push({ mu: embedding.map((value) => value / length), concentration: concentrations[this.head]! });
  }

  endMedia(): void {
    if (this.#faces.length > 0) this.#media.push(this.pool(this.#faces));
    this.#faces = [];
  }

  finish(): ConfidentFace {
    this.endMedia();
    const pooled = this.pool(this.#media);
    this.#media = [];
    return pooled;
  }
}

function lengthOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
}
