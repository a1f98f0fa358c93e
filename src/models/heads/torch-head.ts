import type { Variable } from '@tensorflow/tfjs-core';
import type { HeadName } from './confidence-head';
import { COMPACT_HIDDEN } from './compact-head';
import { referenceLayers } from './reference-head';

/**
 * An array of a head as its PyTorch module names and lays it out. Every weight is [out, in, h, w]
 * there and [h, w, in, out] here: a Linear has one place, and a Linear on a flattened conv feature
 * has the feature's places.
 */
export interface PublishedArray {
  /** Its key in the module's `state_dict()`. */
  readonly name: string;
  /** Its shape in PyTorch; a Linear's is [out, in · h · w]. */
  readonly shape: readonly number[];
  /**
   * Parameters are trained and have moments; buffers are not trained. A counter is BatchNorm's
   * `num_batches_tracked`, which nothing reads.
   */
  readonly kind: 'parameter' | 'buffer' | 'counter';
  /**
   * Its name in the studio's head. The reference head keeps it in blocks: `NAME.block0.weight` and
   * so on for `NAME.weight`.
   */
  readonly studioName: string;
  /** h · w and in of a weight; null for a vector, whose layout is the same in both. */
  readonly window: WeightWindow | null;
}

/** The inputs of a weight: places, and channels at each place. */
export interface WeightWindow {
  readonly places: number;
  readonly channels: number;
}

/** Rows of a published array (its first axis) that form one array of the studio's head. */
export interface PublishedPart {
  readonly studioName: string;
  readonly from: number;
  readonly rows: number;
}

/**
 * A head's arrays in the order of PyTorch's `state_dict()`. The parameters among them are in the
 * order of the module's `parameters()`, by which an optimiser numbers them.
 *
 * `reference` is the published `UncertaintyNet`, its input flattened c·h·w. `tface-conv` is TFace's
 * `UncertaintyNet_conv`, whose two Sequentials are `conv_` and `_log_kappa`. `compact` is the
 * studio's own: Linear `hidden`, ReLU, Linear `out`.
 */
export function publishedArrays(
  head: HeadName,
  convShape: readonly [number, number, number],
): readonly PublishedArray[] {
  const [height, width, channels] = convShape;
  switch (head) {
    case 'reference':
      return referenceLayers(height * width * channels).flatMap(({ fanIn, fanOut }, layer) => {
        const window =
          layer === 0 ? { places: height * width, channels } : { places: 1, channels: fanIn };
        return linear(`_log_kappa.${2 * layer}`, `_log_kappa.${2 * layer}`, window, fanOut);
      });
    case 'tface-conv': {
      const half = channels / 2;
      return [
        conv('conv_.0', 'conv1', channels),
        conv('conv_.2', 'conv2', channels),
        ...norm('conv_.3', 'bn2', channels),
        conv('conv_.5', 'conv3', channels),
        ...norm('conv_.6', 'bn3', channels),
        ...linear('_log_kappa.0', 'fc1', { places: 1, channels }, half),
        ...linear('_log_kappa.2', 'fc2', { places: 1, channels: half }, half / 2),
        ...linear('_log_kappa.4', 'fc3', { places: 1, channels: half / 2 }, 1),
      ];
    }
    case 'compact':
      return [
        ...linear('hidden', 'hidden', { places: 1, channels: 2 * channels + 1 }, COMPACT_HIDDEN),
        ...linear('out', 'out', { places: 1, channels: COMPACT_HIDDEN }, 1),
      ];
    default:
      return head satisfies never;
  }
}

/**
 * The first layer of each head by its published names. On export it absorbs the standardisation of
 * the input: W′ = W·scale and b′ = b − W′·shift of each output. A convolution without a bias
 * absorbs only the scale.
 */
export const firstLayers = {
  compact: { weight: 'hidden.weight', bias: 'hidden.bias' },
  reference: { weight: '_log_kappa.0.weight', bias: '_log_kappa.0.bias' },
  'tface-conv': { weight: 'conv_.0.weight', bias: null },
} as const satisfies Record<HeadName, { weight: string; bias: string | null }>;

/**
 * Recognises a head by published keys that no other head has. Null if they belong to none.
 */
export function recogniseHead(keys: { has(key: string): boolean }): HeadName | null {
  if (keys.has('conv_.0.weight')) return 'tface-conv';
  if (keys.has('_log_kappa.0.weight')) return 'reference';
  return keys.has('hidden.weight') && keys.has('out.weight') ? 'compact' : null;
}

/**
 * The studio's arrays that make up a published one, in the order of its rows.
 * @param held the head's parameters and buffers by name
 */
export function partsOf(
  { studioName, window }: PublishedArray,
  held: ReadonlyMap<string, Variable>,
): readonly PublishedPart[] {
  const rowsOf = (name: string) => (window ? held.get(name)!.shape.at(-1)! : held.get(name)!.size);
  if (held.has(studioName)) return [{ studioName, from: 0, rows: rowsOf(studioName) }];
  const dot = studioName.lastIndexOf('.');
  const blockName = (block: number) =>
    `${studioName.slice(0, dot)}.block${block}${studioName.slice(dot)}`;
  const parts: PublishedPart[] = [];
  let from = 0;
  for (let block = 0; held.has(blockName(block)); block++) {
    const rows = rowsOf(blockName(block));
    parts.push({ studioName: blockName(block), from, rows });
    from += rows;
  }
  return parts;
}

/** Writes a studio array as rows of a published one. `into` is as long as `values`. */
export function toPublished(
  values: Float32Array,
  window: WeightWindow | null,
  into: Float32Array,
): void {
  if (!window) {
    into.set(values);
    return;
  }
  forEachElement(values.length, window, (studio, published) => {
    into[published] = values[studio]!;
  });
}

/** Rows of a published array in the studio's layout. */
export function toStudio(values: Float32Array, window: WeightWindow | null): Float32Array {
  if (!window) return values;
  const found = new Float32Array(values.length);
  forEachElement(values.length, window, (studio, published) => {
    found[studio] = values[published]!;
  });
  return found;
}

/**
 * Channels per tile: a tile of both layouts stays in the processor's cache, while going along one
 * layout would stride through the other.
 */
const TILE = 32;

/** Visits every element with its index in [place, channel, out] and in [out, channel, place]. */
function forEachElement(
  length: number,
  { places, channels }: WeightWindow,
  visit: (studio: number, published: number) => void,
): void {
  const outputs = length / (places * channels);
  for (let first = 0; first < channels; first += TILE) {
    const end = Math.min(channels, first + TILE);
    for (let out = 0; out < outputs; out++) {
      for (let channel = first; channel < end; channel++) {
        const published = (out * channels + channel) * places;
        for (let place = 0; place < places; place++)
          visit((place * channels + channel) * outputs + out, published + place);
      }
    }
  }
}

function linear(
  name: string,
  studioName: string,
  window: WeightWindow,
  out: number,
): PublishedArray[] {
  return [
    {
      name: `${name}.weight`,
      shape: [out, window.places * window.channels],
      kind: 'parameter',
      studioName: `${studioName}.weight`,
      window,
    },
    {
      name: `${name}.bias`,
      shape: [out],
      kind: 'parameter',
      studioName: `${studioName}.bias`,
      window: null,
    },
  ];
}

/** A 3 × 3 convolution without a bias; its studio name has no `.weight`. */
function conv(name: string, studioName: string, channels: number): PublishedArray {
  return {
    name: `${name}.weight`,
    shape: [channels, channels, 3, 3],
    kind: 'parameter',
    studioName,
    window: { places: 9, channels },
  };
}

function norm(name: string, studioName: string, channels: number): PublishedArray[] {
  const vector = (
    leaf: string,
    kind: 'parameter' | 'buffer',
    studioLeaf: string,
  ): PublishedArray => {
    return {
      name: `${name}.${leaf}`,
      shape: [channels],
      kind,
      studioName: `${studioName}.${studioLeaf}`,
      window: null,
    };
  };
  return [
    vector('weight', 'parameter', 'weight'),
    vector('bias', 'parameter', 'bias'),
    vector('running_mean', 'buffer', 'runningMean'),
    vector('running_var', 'buffer', 'runningVariance'),
    {
      name: `${name}.num_batches_tracked`,
      shape: [],
      kind: 'counter',
      studioName: '',
      window: null,
    },
  ];
}
