import type { TrainedMethodName } from '../../confidence/confidence-method';
import type { ObjectiveMode } from '../../confidence/vmf';
import type { ShuffleMode } from '../../faces/face-source';
import type { HeadName } from '../../models/heads/confidence-head';

/** The schedule of the learning rate, as PyTorch's scheduler of the same name. */
export type ScheduleName = 'StepLR' | 'ReduceLROnPlateau';

/**
 * All settings of a run, as plain data: kept in the URL, in the checkpoint and in the head's
 * metadata. Settings have the names of the published command's flags in camel case (`batch_size` is
 * `batchSize`), with few exceptions (`lr` is `learningRate`): `published-flags.ts` lists them all.
 */
export interface RunConfig {
  readonly preset: PresetName;
  readonly seed: number;
  /**
   * URL of a manifest (`….json`) or a brace pattern of tar shards; `files:NAME` for a picked
   * folder.
   */
  readonly shards: string;
  /** Address of an ONNX, PyTorch or safetensors file; `files:NAME` for a picked one. */
  readonly backbone: string;
  /**
   * What the backbone is fed: `auto` for what its file or its kind says, or order, mean and divisor
   * as `RGB 127.5 128`, which is (x − 127.5)/128 in RGB.
   */
  readonly inputConvention: string;
  /**
   * The conv feature that feeds the head: the body's raw output, as published, or that after the
   * last BatchNorm.
   */
  readonly convFeature: 'body' | 'after-bn';
  readonly head: HeadName;
  /**
   * What the head learns to predict: `scf` and `pfe-v` a κ, `scf-g` a 1/σ², `pfe-g` a 1/σ² for each
   * dimension.
   */
  readonly method: TrainedMethodName;
  /** Pictures of one identity in a batch. For `pfe-g` and `pfe-v` only, which learn from pairs. */
  readonly picturesPerIdentity: number;
  /** The loss of `scf`. */
  readonly objective: ObjectiveMode;
  /** vMF radius r. Shifts the loss by a constant; has no effect on training or ranking. */
  readonly radius: number;
  /** Embedding dimension d. Must be the backbone's. */
  readonly zDim: number;
  /** Size of the flattened conv feature. Must be the backbone's. */
  readonly convfDim: number;
  readonly batchSize: number;
  /**
   * Pictures in one forward and backward pass; the gradients of a larger batch are summed. 0 takes
   * the whole batch.
   */
  readonly microBatch: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** StepLR: epochs between drops. ReduceLROnPlateau: epochs of patience. */
  readonly stepSize: number;
  readonly gamma: number;
  /**
   * Epochs in a row without a lower validation loss after which a run ends early; 0 runs all
   * epochs.
   */
  readonly patience: number;
  /** Coupled L2, added to the gradient as PyTorch's Adam does. */
  readonly weightDecay: number;
  /** Clip each gradient element to ± this; 0 is off. */
  readonly maxGradClip: number;
  /** Rescale the whole gradient to at most this L2 norm; 0 is off. */
  readonly maxGradNorm: number;
  /** Decode workers. */
  readonly numWorkers: number;
  readonly dropLast: boolean;
  /** Mirror half of the pictures. */
  readonly flip: boolean;
  /** Strength 0..1 of the degradation augmentation; 0 is off. */
  readonly augmentation: number;
  /**
   * `reuse`: every picture (and `copies − 1` augmented copies) goes through the backbone once, and
   * the epochs train on the cached features. `stream`: every epoch streams and embeds the pictures
   * again, with new augmentation.
   */
  readonly features: 'reuse' | 'stream';
  /** With `reuse`: cached copies of each picture, the first unchanged, the others augmented. */
  readonly copies: number;
  /**
   * Where class centres come from. `first-pass`: every picture is embedded once before the first
   * step. `growing`: training begins without such a pass; in the first epoch a picture is compared
   * with the mean of the earlier pictures of its identity, and from the second epoch on with the
   * mean of all. Only with `stream`: cached features need the first pass anyhow. `file`: rows of
   * {@link centreFiles}. `arcface` and `cosface`: a classifier trained on the embeddings of the
   * first pass.
   */
  readonly centres: 'first-pass' | 'growing' | 'file' | 'arcface' | 'cosface';
  /**
   * With `centres: file`: address of a file of class centres, or `files:NAME` for picked ones.
   * Empty otherwise.
   */
  readonly centreFiles: string;
  /** Margin of the ArcFace (radians) or CosFace (cosine) classifier, and its scale. */
  readonly margin: number;
  readonly marginScale: number;
  /** Epochs of the classifier over the embeddings. */
  readonly centreEpochs: number;
  /** Share of the other classes in the softmax of a classifier's step; 1 is all. */
  readonly negativeShare: number;
  /**
   * How an epoch is shuffled. `auto` takes the most thorough shuffle that the source does cheaply.
   */
  readonly shuffle: 'auto' | ShuffleMode;
  readonly shuffleBuffer: number;
  /** Share of identities held out for validation. */
  readonly validationFraction: number;
  /** The most pictures of held-out identities that validation uses (copies included). */
  readonly maxValidationImages: number;
  /**
   * Validation pictures (copies included) that are read again at the end, as Compare and the
   * command line read them.
   */
  readonly fullReadings: number;
  /** Steps between checkpoints; each epoch also ends with one. */
  readonly checkpointEvery: number;
  /** Steps between validations besides the one that ends each epoch; 0 is none. */
  readonly validateEvery: number;
  /** Write TensorBoard event files. */
  readonly tensorboard: boolean;
}

/** Names of complete settings: see `presets.ts`. */
export type PresetName = 'demo' | 'photographs' | 'published';
