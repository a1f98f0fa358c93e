import { clone, slice, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import {
  repeatableSafetensors,
  streamSafetensors,
  type RepeatableFile,
  type StreamedArray,
  type StreamedFile,
} from '../../formats/safetensors/stream-safetensors';
import type { NamedArray } from '../../formats/safetensors/safetensors';
import { rowRanges } from '../../formats/tensors/array-parts';

/** A file of variables that is made as it is read. */
export interface VariableFile extends StreamedFile {
  /** Frees the values that haven't been read; may be called at any time, and again. */
  dispose(): void;
}

/**
 * A safetensors file of variables, as they are at the time of the call, even if training steps
 * follow while they are read. Each is cloned, which takes no memory until the variable is assigned,
 * and freed when its last part has been read. Call `dispose` at the end, however that comes.
 */
export function streamVariables(
  variables: ReadonlyMap<string, Variable>,
  metadata: Readonly<Record<string, string>>,
): VariableFile {
  const copies = new Map([...variables].map(([name, variable]) => [name, clone(variable)]));
  const dispose = (name: string) => {
    copies.get(name)?.dispose();
    copies.delete(name);
  };
  const arrays = new Map<string, StreamedArray>();
  for (const [name, copy] of copies)
    arrays.set(name, {
      shape: copy.shape,
      parts: async function* () {
        yield* partsOf(copy);
        dispose(name);
      },
    });
  const file = streamSafetensors(arrays, metadata);
  return { ...file, dispose: () => [...copies.keys()].forEach(dispose) };
}

/** A file of a head, which is read as often as it is written somewhere. */
export interface HeadFile extends RepeatableFile {
  /** Frees the values; may be called again. */
  dispose(): void;
}

/**
 * As {@link streamVariables}, of a file that can be read again and has no array for its checksum.
 * @param arrays that follow the variables
 */
export async function repeatableVariables(
  variables: ReadonlyMap<string, Variable>,
  arrays: ReadonlyMap<string, NamedArray>,
  metadata: Readonly<Record<string, string>>,
): Promise<HeadFile> {
  const copies = [...variables].map(([name, variable]) => [name, clone(variable)] as const);
  const dispose = () => copies.forEach(([, copy]) => copy.dispose());
  const streamed = new Map<string, StreamedArray>();
  for (const [name, copy] of copies)
    streamed.set(name, { shape: copy.shape, parts: () => partsOf(copy) });
  for (const [name, { shape, data }] of arrays)
    streamed.set(name, {
      shape,
      parts: async function* () {
        yield data;
      },
    });
  try {
    return { ...(await repeatableSafetensors(streamed, metadata)), dispose };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}

async function* partsOf(tensor: Tensor): AsyncGenerator<Float32Array> {
  const ranges = rowRanges(tensor.shape);
  if (!ranges) {
    yield (await tensor.data()) as Float32Array;
    return;
  }
  const rest = tensor.shape.slice(1);
  for (const { from, count } of ranges) {
    const part = slice(tensor, [from, ...rest.map(() => 0)], [count, ...rest]);
    try {
      yield (await part.data()) as Float32Array;
    } finally {
      part.dispose();
    }
  }
}
