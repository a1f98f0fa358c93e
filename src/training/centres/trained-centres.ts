import { ClassCentres } from '../../models/centres/class-centres';
import { EmbeddingStore } from '../data/embedding-store';
import type { CentreMaker } from '../data/feature-pass';
import { trainMarginClassifier, type ClassifierProgress } from './margin-classifier';
import type { RunConfig } from '../config/run-config';
import type { Progress } from '../../core/progress-meter';
import { Throttle } from '../../core/throttle';
import { withoutSingles } from '../data/single-pictures';

/** Options of {@link TrainedCentres}. */
export interface TrainedCentresOptions {
  readonly kind: 'arcface' | 'cosface';
  readonly config: RunConfig;
  readonly dimension: number;
  /** Number of pictures according to the source. */
  readonly expectedImages: number | undefined;
  readonly signal: AbortSignal;
  /** Called once with null first, to end the progress bar of the pictures' embedding. */
  readonly onProgress: (progress: Progress | null) => void;
}

/** Milliseconds between two posts. */
const POST_INTERVAL = 100;

/**
 * Class centres as the rows of a classifier, which is trained when the first pass has embedded all
 * pictures. Identities that are held out for validation get rows too: they are held out from the
 * head's training only, and the head is validated against their centres.
 *
 * People with one picture get no row, just as they get no mean: on CelebA, the row of a single
 * picture has a cosine of .81 to that picture, and of .50 to other pictures of the person. The
 * classifier also overfits to people with few pictures (.77 against .56 for two, .73 against .62
 * for five, .71 against .64 for ten), and unlike in a mean, a picture's own share can't be
 * subtracted from a row. For people with few pictures, means are the better centres.
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
    const throttle = new Throttle(POST_INTERVAL);
    onProgress(null);
    const several = withoutSingles(this.#embeddings);
    if (several.labels.length === 0)
      return new ClassCentres(several.embeddingDim, [], new Float32Array(0));
    return trainMarginClassifier(
      several,
      { kind, margin, scale, epochs, negativeShare, seed },
      {
        signal,
        onProgress: (progress) => {
          if (!throttle.isDue && progress.done < progress.total) return;
          throttle.restart();
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
  const figures = `loss ${loss.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %`;
  const label = `${name} class centres, epoch ${epoch} of ${epochs}: ${figures}`;
  return {
    phase: 'training-centres',
    label,
    done,
    total,
    unit: 'pictures',
    perSecond: imagesPerSecond,
  };
}
