import * as tf from '@tensorflow/tfjs-core';
import type { InputConvention, OriginatedConvention } from '../../engine/input-convention';
import { unpackPixels } from '../../engine/pixels/unpack-pixels';
import { CROP_SIZE } from '../../faces/face-record';
import type { PackedBatch } from '../../faces/decode/packed-batch';
import { writeSafetensors, type NamedArray } from '../../formats/safetensors/safetensors';
import { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { Backbone, BackboneDescription, BackboneOutput } from './backbone';
import { assignValues } from '../heads/variables';
import type { WeightReading } from './ir/ir-weight-reader';
import { sha256Hex } from '../../formats/bytes/sha256-hex';
import {
  SMALL_FEATURE_SIDE,
  smallArrays,
  SmallNetwork,
  smallOutline,
  type SmallShape,
} from './small-network';

/** The `format` in a small backbone's metadata. */
const FORMAT = 'scf-studio-small-backbone-1';

/** The convention that small networks are trained with. */
export const SMALL_INPUT: InputConvention = { order: 'RGB', mean: 127.5, scale: 1 / 127.5 };

/** Options of {@link openSmallBackbone}: overrides for what the file says. */
export interface SmallBackboneOptions extends WeightReading {
  /** Default: the file's name. */
  readonly name?: string;
  /** Default: {@link SMALL_INPUT}. */
  readonly input?: InputConvention;
}

/** A small network, frozen: its BatchNorms use the running statistics. */
export class SmallBackbone implements Backbone {
  private constructor(
    readonly name: string,
    readonly hash: string,
    readonly sourcedInput: OriginatedConvention,
    readonly network: SmallNetwork,
  ) {}

  /** @param network owned by the backbone from here on, and disposed with it */
  static async of(
    network: SmallNetwork,
    name: string,
    input?: InputConvention,
  ): Promise<SmallBackbone> {
    const sourcedInput: OriginatedConvention = input
      ? { input, origin: { kind: 'given' } }
      : { input: SMALL_INPUT, origin: { kind: 'file', by: 'the lesson that trained it' } };
    const hash = await fingerprint(network, sourcedInput.input);
    return new SmallBackbone(name, hash, sourcedInput, network);
  }

  get description(): BackboneDescription {
    return {
      layout: 'Small network of a lesson',
      parameters: this.network.parameterCount,
      convFeatureName: 'stage3',
      inputOrigin: this.sourcedInput.origin,
      outline: smallOutline(this.network.shape),
    };
  }

  get input(): InputConvention {
    return this.sourcedInput.input;
  }

  get embeddingDim(): number {
    return this.network.shape.embeddingDim;
  }

  get convShape(): readonly [number, number, number] {
    return [SMALL_FEATURE_SIDE, SMALL_FEATURE_SIDE, this.network.shape.channels[2]];
  }

  run(batch: PackedBatch): BackboneOutput {
    return tf.tidy(() => {
      const { embedding, convFeature } = this.network.forward(
        unpackPixels({ ...batch, side: CROP_SIZE }, this.input),
        false,
      );
      return { embedding, convFeature };
    });
  }

  dispose(): void {
    this.network.dispose();
  }
}

/**
 * Encodes a small network as a safetensors file that {@link openSmallBackbone} reads.
 * @param metadata how it was trained: settings and figures, as text
 */
export async function encodeSmallBackbone(
  network: SmallNetwork,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const arrays = new Map<string, NamedArray>();
  for (const [name, variable] of [...network.parameters, ...network.buffers]) {
    arrays.set(name, {
      dtype: 'F32',
      shape: variable.shape,
      data: (await variable.data()) as Float32Array,
    });
  }
  return writeSafetensors(arrays, {
    ...metadata,
    format: FORMAT,
    shape: JSON.stringify(network.shape),
  });
}

/** Whether a file's metadata says that it holds a small backbone. */
export function isSmallBackbone({ form, metadata }: TensorFile): boolean {
  return form === 'safetensors' && metadata.format === FORMAT;
}

/**
 * Opens a small backbone from its file, on the current tfjs backend. No tensors are left behind if
 * that fails.
 * @throws StudioError `bad-model` for another format, arrays that don't match, or values that
 * aren't finite; what the file throws; `signal`'s reason
 */
export async function openSmallBackbone(
  file: TensorFile,
  { name = file.name, input, signal, onProgress }: SmallBackboneOptions = {},
): Promise<SmallBackbone> {
  if (!isSmallBackbone(file))
    throw refused(
      file,
      `It says that it is "${file.metadata.format ?? 'nothing'}"; ${FORMAT} was expected.`,
    );
  const shape = shapeOf(file);
  const arrays = smallArrays(shape);
  // Check all shapes before allocating anything: a file may claim any size.
  for (const expected of arrays) {
    const found = file.entries.get(expected.name);
    if (!found) throw refused(file, `It has no array "${expected.name}".`);
    if (found.shape.join() !== expected.shape.join()) {
      throw refused(
        file,
        `Its array "${expected.name}" has shape [${found.shape.join(', ')}]; ` +
          `[${expected.shape.join(', ')}] was expected.`,
      );
    }
  }
  const surplus = [...file.entries.keys()].find(
    (found) => !arrays.some((expected) => expected.name === found),
  );
  if (surplus !== undefined)
    throw refused(file, `It has an array "${surplus}", which such a network has no place for.`);
  const network = new SmallNetwork(shape, 0);
  try {
    const variables = new Map([...network.parameters, ...network.buffers]);
    for (const [done, array] of arrays.entries()) {
      signal?.throwIfAborted();
      const values = await file.read(array.name, signal);
      const isVariance = array.name.endsWith('.runningVariance');
      const at = values.findIndex((value) => !Number.isFinite(value) || (isVariance && value < 0));
      if (at >= 0)
        throw refused(
          file,
          `Its array "${array.name}" holds ${values[at]}; ` +
            `${isVariance ? 'numbers from zero on' : 'finite numbers'} were expected.`,
        );
      assignValues(variables.get(array.name)!, values);
      onProgress?.(done + 1, arrays.length);
    }
    const backbone = await SmallBackbone.of(network, name, input);
    signal?.throwIfAborted();
    return backbone;
  } catch (thrown) {
    network.dispose();
    throw thrown;
  }
}

/** Upper bound for channels and embeddingDim: far above what can be trained in a browser. */
const MAX_SIDE = 2048;

function shapeOf(file: TensorFile): SmallShape {
  const isSide = (side: unknown): side is number =>
    Number.isInteger(side) && (side as number) >= 1 && (side as number) <= MAX_SIDE;
  try {
    const { embeddingDim, channels } = JSON.parse(file.metadata.shape ?? '') as {
      embeddingDim?: unknown;
      channels?: unknown;
    };
    const [first, second, third, ...more]: unknown[] = Array.isArray(channels) ? channels : [];
    if (
      isSide(embeddingDim) &&
      isSide(first) &&
      isSide(second) &&
      isSide(third) &&
      more.length === 0
    )
      return { embeddingDim, channels: [first, second, third] };
  } catch {
    // Falls through to the error below, which names what was found.
  }
  throw refused(
    file,
    `Its shape is ${file.metadata.shape ?? 'not given'}; an embeddingDim and three ` +
      `channels were expected, whole numbers to ${MAX_SIDE}.`,
  );
}

/** SHA-256 over a line for each array (name, shape, SHA-256 of values) and the input convention. */
async function fingerprint(
  network: SmallNetwork,
  { order, mean, scale }: InputConvention,
): Promise<string> {
  const lines: string[] = [];
  for (const [name, variable] of [...network.parameters, ...network.buffers]) {
    const values = (await variable.data()) as Float32Array;
    lines.push(
      `${name} [${variable.shape.join(', ')}] ` +
        `${await sha256Hex(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))}`,
    );
  }
  return sha256Hex(
    new TextEncoder().encode([...lines, `input ${order} ${mean} ${scale}`].join('\n')),
  );
}

function refused({ name }: Pick<TensorFile, 'name'>, found: string): StudioError {
  return new StudioError(
    'bad-model',
    `The file ${name} is no small backbone that can be used. ${found}`,
    'Choose a file that a lesson of this studio saved.',
  );
}
