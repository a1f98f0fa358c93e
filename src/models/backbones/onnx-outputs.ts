import { layoutOf } from '../../engine/onnx/operators/onnx-layout';
import type { OnnxModel } from '../../formats/onnx/onnx';
import { StudioError } from '../../core/studio-error';
import { CROP_SIZE } from '../../faces/face-record';

/**
 * From this many outputs on a model is taken for a face detector, which has two or three for each
 * of several face sizes. A backbone has its embedding and perhaps a few features.
 */
const MIN_DETECTOR_OUTPUTS = 6;

/**
 * Refuses a model whose declared inputs and outputs are not those of a backbone for 112 × 112
 * crops.
 * @throws StudioError `bad-model`
 */
export function checkBackbone(model: OnnxModel, name: string): void {
  if (model.outputs.length >= MIN_DETECTOR_OUTPUTS) {
    const some = model.outputs
      .slice(0, MIN_DETECTOR_OUTPUTS)
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
      `${model.outputs.map(({ dims }) => shown(dims)).join(', ')}${guessFromInput(input!.dims)}; ` +
      `pictures ${shown(expected)} were expected.`,
  );
}

/** What kind of model takes pictures of this size, as a clause; empty if unknown. */
function guessFromInput(dims: readonly (number | null)[]): string {
  const [height, width] = dims[3] === 3 ? [dims[1], dims[2]] : [dims[2], dims[3]];
  if (height === 192 && width === 192) return ', as models of facial landmarks do';
  return height === 96 && width === 96 ? ', as models of gender and age do' : '';
}

/** The output that holds the embedding. */
export interface EmbeddingOutput {
  readonly name: string;
  readonly dim: number;
}

/**
 * The first of the model's outputs that has one vector a picture: [B, d], [B, d, 1, 1] or
 * [B, 1, 1, d].
 * @param shapeOf the logical shape of an output for a batch of one picture
 * @throws StudioError `bad-model` if there is none
 */
export function embeddingOutput(
  model: OnnxModel,
  name: string,
  shapeOf: (name: string) => readonly number[] | undefined,
): EmbeddingOutput {
  for (const output of model.outputs) {
    const [batch, ...sides] = shapeOf(output.name) ?? [];
    const dim = sides.reduce((product, side) => product * side, 1);
    const isVector =
      sides.length === 1 || (sides.length === 3 && (sides[0] === dim || sides[2] === dim));
    // A single number is a quality score or a norm.
    if (batch === 1 && isVector && dim > 1) return { name: output.name, dim };
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
