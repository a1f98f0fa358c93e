import type { Variable } from '@tensorflow/tfjs-core';
import type { HeadName } from './confidence-head';
import { COMPACT_HIDDEN } from './compact-head';
import { referenceLayers } from './reference-head';

/**
 * An array of a head as its PyTorch module names and lays it out. A weight is [out, in, h, w] there
 * and [h, w, in, out] here, whatever it does: a Linear is one place wide, and one on a flattened
 * conv feature has the feature's places.
 */
export interface PublishedArray {
  /** Its key in the module's `state_dict()`. */
  readonly name: string;
  /** As PyTorch has it: a Linear's is [out, in · h · w]. */
  readonly shape: readonly number[];
  /**
   * Parameters are trained and have moments, buffers aren't; a counter is BatchNorm's
   * `num_batches_tracked`, which nothing reads.
   */
  readonly kind: 'parameter' | 'buffer' | 'counter';
  /**
   * What the studio's head calls it. The reference head keeps it in pieces: `NAME.block0.weight`
   * for `NAME.weight`.
   */
  readonly studioName: string;
  /** h · w and in of a weight; null for a vector, which is the same in both. */
  readonly window: WeightWindow | null;
}

/** The inputs of a weight: so many places, so many channels at each. */
export interface WeightWindow {
  readonly places: number;
  readonly channels: number;
}

/** Rows of a published array (its first axis) that are one array of the studio's. */
export interface PublishedPart {
  readonly studioName: string;
  readonly from: number;
  readonly rows: number;
}

/**
 * A head's arrays in the order of PyTorch's `state_dict()`; those that are parameters are in the
 * order of the module's
 * `parameters()`, which an optimiser numbers them by.
 *
 * `reference` is the published `UncertaintyNet`, its input flattened c·h·w. `tface-conv` is TFace's `UncertaintyNet_conv`:
 * `conv_` and `_log_kappa` are its two Sequentials. `compact` is the studio's own: Linear `hidden`, ReLU, Linear `out`.
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
 * The first layer of a head in its published names, which takes the standardisation of the input
 * up: W′ = W·scale and b′ = b − W′·shift of each output. A convolution without a bias takes the
 * scale alone.
 */
export const firstLayers = {
  compact: { weight: 'hidden.weight', bias: 'hidden.bias' },
  reference: { weight: '_log_kappa.0.weight', bias: '_log_kappa.0.bias' },
  'tface-conv': { weight: 'conv_.0.weight', bias: null },
} as const satisfies Record<HeadName, { weight: string; bias: string | null }>;

/**
 * Which head's a set of published keys is: told by the ones that no other head has. null where it
 * is none's.
 */
export function recogniseHead(keys: { has(key: string): boolean }): HeadName | null {
  if (keys.has('conv_.0.weight')) return 'tface-conv';
  if (keys.has('_log_kappa.0.weight')) return 'reference';
  return keys.has('hidden.weight') && keys.has('out.weight') ? 'compact' : null;
}

/**
 * The studio's arrays that a published one is made of, in the order of its rows.
 * @param held the head's parameters and buffers by name
 */
export function partsOf(
  { studioName, window }: PublishedArray,
  held: ReadonlyMap<string, Variable>,
): readonly PublishedPart[] {
  const rowsOf = (name: string) => (window ? held.get(name)!.shape.at(-1)! : held.get(name)!.size);
  if (held.has(studioName)) return [{ studioName, from: 0, rows: rowsOf(studioName) }];
  const [stem, leaf] = [
    studioName.slice(0, studioName.lastIndexOf('.')),
    studioName.slice(studioName.lastIndexOf('.')),
  ];
  const parts: PublishedPart[] = [];
  for (let block = 0, from = 0; held.has(`${stem}.block${block}${leaf}`); block++) {
    const part = {
      studioName: `${stem}.block${block}${leaf}`,
      from,
      rows: rowsOf(`${stem}.block${block}${leaf}`),
    };
    parts.push(part);
    from += part.rows;
  }
  return parts;
}

/** Writes a studio array as rows of a published one. `into` has room for exactly these. */
export function toPublished(
  values: Float32Array,
  window: WeightWindow | null,
  into: Float32Array,
): void {
  if (!window) return into.set(values);
  eachPair(values.length, window, (studio, published) => (into[published] = values[studio]!));
}

/** Rows of a published array as the studio's. */
export function toStudio(values: Float32Array, window: WeightWindow | null): Float32Array {
  if (!window) return values;
  const found = new Float32Array(values.length);
  eachPair(values.length, window, (studio, published) => (found[studio] = values[published]!));
  return found;
}

/**
 * Channels taken together: a tile of both layouts stays in the processor's cache, where one of them
 * alone runs in strides.
 */
const TILE = 32;

/** Both places of every element: [place, channel, out] and [out, channel, place]. */
function eachPair(
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

/** Without a bias, 3 × 3; its studio name has no leaf. */
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
