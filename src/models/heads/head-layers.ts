/** What a head reads of the backbone's output, and its layers. Plain data. */
export interface HeadLayers {
  /** `statistics`: mean and spread of each channel, and log‖embedding‖; `map`: the conv feature. */
  readonly reads: 'statistics' | 'map';
  /** Numbers that it reads for each picture. */
  readonly inputs: number;
  readonly layers: readonly HeadLayer[];
}

/** A layer with weights. */
export interface HeadLayer {
  readonly kind: 'dense' | 'convolution';
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * The layers of a head, from the shapes of its own arrays. An array that is kept in blocks of
 * columns counts as one.
 * @param arrays weights [in, out]; those of 3 × 3 convolutions are [9 · in, out]
 */
export function layersOf(
  arrays: Iterable<readonly [name: string, array: { readonly shape: readonly number[] }]>,
): HeadLayer[] {
  const layers = new Map<string, HeadLayer>();
  for (const [name, { shape }] of arrays) {
    // Biases and the arrays of BatchNorm have one axis.
    if (shape.length !== 2) continue;
    const layer = name.replace(/\.block\d+/, '');
    const kind = layer.startsWith('conv') ? 'convolution' : 'dense';
    layers.set(layer, {
      kind,
      inputs: kind === 'convolution' ? shape[0]! / 9 : shape[0]!,
      outputs: (layers.get(layer)?.outputs ?? 0) + shape[1]!,
    });
  }
  return [...layers.values()];
}
