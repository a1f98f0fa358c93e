import { layoutOf } from '../../engine/onnx/operators/onnx-layout';
import type { OnnxModel } from '../../formats/onnx/onnx';
import { StudioError } from '../../core/studio-error';
import { CROP_SIZE } from '../../faces/face-record';

/**
 * As many outputs have detectors, three for each size of face; a backbone has its embedding and
 * perhaps a few features.
 */
const DETECTOR_OUTPUTS = 6;

/**
 * Refuses, by what its file declares, a model that is something else than a backbone for crops.
 * @throws StudioError `bad-model`
 */
export function checkBackbone(model: OnnxModel, name: string): void {
  if (model.outputs.length >= DETECTOR_OUTPUTS) {
    const some = model.outputs
      .slice(0, DETECTOR_OUTPUTS)
      .map(({ name: output, dims }) => `"${output}" ${shown(dims)}`);
    throw notBackbone(
      `The model "${name}" has ${model.outputs.length} outputs ` +
        `(${some.join(', ')}${model.outputs.length > some.length ? ', …' : ''}), as face ` +
        'detectors have; one embedding [B, d] was expected.',
    );
  }
  const [input] = model.inputs;
  if (model.inputs.length !== 1 || input!.dims.length !== 4) return;
  const expected =
    layoutOf(model) === 'NHWC' ? [null, CROP_SIZE, CROP_SIZE, 3] : [null, 3, CROP_SIZE, CROP_SIZE];
  if (input!.dims.every((side, axis) => axis === 0 || side === null || side === expected[axis]))
    return;
  throw notBackbone(
    `The model "${name}" takes pictures ${shown(input!.dims)} and gives ` +
      `${model.outputs.map(({ dims }) => shown(dims)).join(', ')}${guess(input!.dims)}; ` +
      `pictures ${shown(expected)} were expected.`,
  );
}

/** What takes pictures of such sides. */
function guess(dims: readonly (number | null)[]): string {
  const [height, width] = dims[3] === 3 ? [dims[1], dims[2]] : [dims[2], dims[3]];
  if (height === 192 && width === 192) return ', as models of facial landmarks do';
  return height === 96 && width === 96 ? ', as models of gender and age do' : '';
}

/** Where a model's embedding is. */
export interface EmbeddingOutput {
  readonly name: string;
  readonly dim: number;
}

/**
 * The first of the model's outputs that is one row of numbers a picture: [B, d], [B, d, 1, 1] or
 * [B, 1, 1, d].
 * @param shapeOf gives the logical shape of an output for one picture
 * @throws StudioError `bad-model` where there is none
 */
export function embeddingOutput(
  model: OnnxModel,
  name: string,
  shapeOf: (name: string) => readonly number[] | undefined,
): EmbeddingOutput {
  for (const output of model.outputs) {
    const [batch, ...sides] = shapeOf(output.name) ?? [];
    const dim = sides.reduce((product, side) => product * side, 1);
    const isRow =
      sides.length === 1 || (sides.length === 3 && (sides[0] === dim || sides[2] === dim));
    // A single number is a quality or a norm.
    if (batch === 1 && isRow && dim > 1) return { name: output.name, dim };
  }
  const found = model.outputs.map(
    (output) => `"${output.name}" ${shown(shapeOf(output.name) ?? [])}`,
  );
  throw notBackbone(
    `The model "${name}" gives ${found.join(', ')} for one picture; an embedding [1, d] ` +
      'was expected.',
  );
}

const shown = (dims: readonly (number | null)[]) =>
  `[${dims.map((side) => side ?? '?').join(', ')}]`;

const notBackbone = (found: string) =>
  new StudioError(
    'bad-model',
    found,
    `Choose a face-recognition backbone for ${CROP_SIZE} × ${CROP_SIZE} crops.`,
  );
