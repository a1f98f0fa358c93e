import type { TensorEntry } from '../../../formats/tensors/tensor-file';

/** Side of the body's output for 112 × 112 crops: four stages halve it. */
export const BODY_SIDE = 7;

/**
 * Which code base defines the network. `scf`: the published `backbones.py`, the same as
 * face.evoLVe's older form; `tface`: TFace's and face.evoLVe's newer form, with a BatchNorm after
 * each unit's first convolution; `insightface`: iresnet.
 */
export type IrFamily = 'scf' | 'tface' | 'insightface';

/** Whose code saved a file. AdaFace's networks have TFace's layout but another input convention. */
export type IrCode = IrFamily | 'adaface';

/**
 * One residual unit. Each string is the full path of a module in the file; its arrays are
 * `PATH.weight` and so on.
 */
export interface IrUnit {
  /** Stride of the second convolution and of the shortcut. */
  readonly stride: 1 | 2;
  /** The BatchNorm before the first convolution. */
  readonly norm: string;
  readonly conv1: string;
  readonly midNorm: string | null;
  readonly prelu: string;
  readonly conv2: string;
  readonly lastNorm: string;
  /** Squeeze and excitation: two 1 × 1 convolutions without bias. */
  readonly squeeze: { readonly reduce: string; readonly expand: string } | null;
  /**
   * null: the shortcut is the identity; with stride 2 it takes every second row and column, which
   * is MaxPool(1, 2).
   */
  readonly shortcut: { readonly conv: string; readonly norm: string } | null;
}

/** An IR network recognised in a file. Plain data, no weights. */
export interface IrLayout {
  readonly family: IrFamily;
  /** Whose code saved the file; decides the default input convention. */
  readonly code: IrCode;
  readonly se: boolean;
  /** Whether a BatchNorm follows each unit's first convolution. */
  readonly midBatchNorm: boolean;
  readonly stage1Shortcut: 'maxpool' | 'conv';
  readonly unitsPerStage: readonly number[];
  /** As `IR-100 (SCF layout)` or `iresnet50 (InsightFace)`. */
  readonly name: string;
  /** Prefix of every name below, with its dot at the end; may be empty. */
  readonly prefix: string;
  readonly embeddingDim: number;
  /** [h, w, c] of the body's output. */
  readonly convShape: readonly [number, number, number];
  /** Number of trained parameters, without running statistics. */
  readonly parameters: number;
  readonly stem: { readonly conv: string; readonly norm: string; readonly prelu: string };
  readonly units: readonly IrUnit[];
  /** The last BatchNorm2d, the Linear, and the BatchNorm1d, which may have no weight and bias. */
  readonly tail: {
    readonly norm: string;
    readonly linear: string;
    readonly lastNorm: string;
    readonly isLastNormAffine: boolean;
  };
  /** The arrays that are read, by their full names, in the order of the network. */
  readonly tensors: readonly Pick<TensorEntry, 'name' | 'shape'>[];
}

/** Units of the four stages, and the depth that they are known by. */
const depths: Readonly<Record<string, number>> = {
  '2,2,2,2': 18,
  '3,4,6,3': 34,
  '3,4,14,3': 50,
  '3,13,30,3': 100,
  '3,8,36,3': 152,
  '6,26,60,6': 200,
};

/** The display name of a network with these units. */
export function irName(family: IrFamily, se: boolean, unitsPerStage: readonly number[]): string {
  const depth = depths[unitsPerStage.join()];
  if (family === 'insightface')
    return depth
      ? `iresnet${depth} (InsightFace)`
      : `iresnet of ${unitsPerStage.join('/')} units (InsightFace)`;
  const kind = se ? 'IR-SE' : 'IR';
  const size = depth ? `${kind}-${depth}` : `${kind} of ${unitsPerStage.join('/')} units`;
  return `${size} (${family === 'scf' ? 'SCF' : 'TFace'} layout)`;
}
