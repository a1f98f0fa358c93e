import { normalised } from '../../../core/vector';
import { embeddingOfViews } from '../../../inference/combine-views';
import type { CropFeatures } from '../../../models/backbones/embedder';
import { FeatureStore } from '../features/feature-store';

/** A held-out picture that was looked at in several views. */
export interface ViewedPicture {
  readonly label: number;
  /** True severity 0..1 of the picture's degradation; NaN if it isn't known. */
  readonly severity: number;
  /** Which copy of its picture it is; 0 is the unaugmented picture. */
  readonly copy: number;
  /** The place of its picture among the source's records, from 1. */
  readonly sourcePosition: number;
  /** cos θ of the direction of all views to the person's centre, in float32; NaN for none. */
  readonly cosTheta: number;
}

/** The direction μ of a face whose views were embedded. */
export function directionOfViews(
  views: readonly Pick<CropFeatures, 'unit' | 'norm'>[],
): Float32Array {
  const embeddings = views.map(({ unit, norm }) => unit.map((value) => norm * value));
  return normalised(embeddingOfViews(embeddings)).unit;
}

/** Features of held-out pictures, one row for each view. They don't depend on a head's weights. */
export class ViewStore {
  /** The views of a picture follow one another. Embeddings have unit length. */
  readonly rows: FeatureStore;
  /** ‖embedding‖ of each row, in float32 as a file holds it. */
  readonly norms: number[] = [];
  readonly pictures: ViewedPicture[] = [];

  /** @param views of each picture */
  constructor(
    readonly views: number,
    inputSize: number,
    embeddingDim: number,
  ) {
    this.rows = new FeatureStore(inputSize, embeddingDim);
  }

  /** Bytes of a picture's numbers in memory, and about as many in a file. */
  get bytesEach(): number {
    return 4 * this.views * (this.rows.inputSize + this.rows.embeddingDim);
  }

  add(
    picture: ViewedPicture,
    views: readonly Pick<CropFeatures, 'unit' | 'norm' | 'headInput'>[],
  ): void {
    const { label, severity, copy, sourcePosition } = picture;
    for (const { unit, norm, headInput } of views) {
      this.rows.add({ label, severity, copy, headInput, embedding: unit }, sourcePosition);
      this.norms.push(Math.fround(norm));
    }
    this.pictures.push({ ...picture, cosTheta: Math.fround(picture.cosTheta) });
  }

  /** The direction μ of a picture, of all its views. */
  direction(picture: number): Float32Array {
    return directionOfViews(
      this.rowsOf(picture).map((row) => ({
        unit: this.rows.embedding(row),
        norm: this.norms[row]!,
      })),
    );
  }

  /** The rows of a picture's views. */
  rowsOf(picture: number): number[] {
    return Array.from({ length: this.views }, (_, view) => picture * this.views + view);
  }
}
