import { ClassCentres } from '../../models/centres/class-centres';
import { EmbeddingStore } from '../data/embedding-store';
import type { CentreMaker } from '../data/feature-pass';
import { trainMarginClassifier, type ClassifierProgress } from './margin-classifier';
import type { RunConfig } from '../config/run-config';
import type { Progress } from '../../core/progress-meter';
import { ofSeveralPictures } from '../data/single-pictures';

/** How a run has its classifier trained, and whom that tells. */
export interface TrainedCentresOptions {
  readonly kind: 'arcface' | 'cosface';
  readonly config: RunConfig;
  readonly dimension: number;
  /** Pictures that the source says it has. */
  readonly expectedImages: number | undefined;
  readonly signal: AbortSignal;
  /** null once, before the first, so that a bar of another total ends. */
  readonly onProgress: (progress: Progress | null) => void;
}

/** Milliseconds between two posts. */
const POST_INTERVAL = 100;

/**
 * Class centres as the rows of a classifier, trained when the first pass has seen all pictures.
 * Identities that are held out for validation have rows too, like those of the others: what is held
 * out is held out of the head, which is measured against centres of people whose pictures it never
 * learnt from.
 *
 * People with one picture have no row, as they make no mean: on CelebA's faces the row of a lone
 * picture comes to a cosine of .81 to that one, and of .50 to its person's others. It learns the
 * few pictures of others by heart, too (.77 against .56 for two, .73 against .62 for five, .71
 * against .64 for ten), which can't be taken out of a row as out of a sum: where people have few
 * pictures, means are the better centres.
 */
export class TrainedCentres implements CentreMaker {
  readonly #embeddings: EmbeddingStore;

  /** @throws StudioError `bad-config` for more pictures than a classifier is trained on */
  constructor(readonly options: TrainedCentresOptions) {
    this.#embeddings = new EmbeddingStore(options.dimension, options.expectedImages);
  }

  /** @throws StudioError `bad-config` for more pictures than a classifier is trained on */
  add(label: number, unit: Float32Array): void {
    this.#embeddings.add(label, unit);
  }

  /** @throws StudioError as {@link trainMarginClassifier} */
  async finish(): Promise<ClassCentres> {
    const { kind, config, signal, onProgress } = this.options;
    const { margin, marginScale: scale, centreEpochs: epochs, negativeShare, seed } = config;
    let postedAt = -Infinity;
    onProgress(null);
    const several = ofSeveralPictures(this.#embeddings);
    if (several.labels.length === 0)
      return new ClassCentres(several.embeddingDim, [], new Float32Array(0));
    return trainMarginClassifier(
      several,
      { kind, margin, scale, epochs, negativeShare, seed },
      {
        signal,
        onProgress: (progress) => {
          const now = performance.now();
          if (now - postedAt < POST_INTERVAL && progress.done < progress.total) return;
          postedAt = now;
          onProgress(classifierBar(kind, progress));
        },
      },
    );
  }
}

/** A classifier's training as a progress bar. */
export function classifierBar(
  kind: 'arcface' | 'cosface',
  { epoch, epochs, done, total, loss, accuracy, imagesPerSecond }: ClassifierProgress,
): Progress {
  const name = kind === 'arcface' ? 'ArcFace' : 'CosFace';
  const label = `${name} class centres, epoch ${epoch} of ${epochs}: loss ${loss.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %`;
  return {
    phase: 'training-centres',
    label,
    done,
    total,
    unit: 'pictures',
    perSecond: imagesPerSecond,
  };
}
