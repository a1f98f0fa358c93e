import type { Variable } from '@tensorflow/tfjs-core';
import { StudioError } from '../../core/studio-error';
import type { TensorDtype, TensorFile } from '../../formats/tensors/tensor-file';
import { assignParts } from '../../models/heads/variables';

/** A variable, and its values in a file. */
export interface ArrayFilling {
  readonly variable: Variable;
  /** Its name in the file, for messages. */
  readonly name: string;
  /** Whether the values are averages of squares, and so not negative. */
  readonly isVariance: boolean;
  /** Reads its values, in the variable's layout. */
  readonly read: () => Promise<Float32Array>;
  /** Its values in parts of whole rows, where the file has them in the variable's layout. */
  readonly parts?: () => AsyncIterable<Float32Array>;
}

const FLOATS: readonly TensorDtype[] = ['F64', 'F32', 'F16', 'BF16'];

/**
 * Fills variables from a file, one array at a time, or one part of it. Every array is read twice:
 * once to check its values and once to assign them. So a bad file changes no variable, while at
 * most one array is in memory. Only if reading fails the second time are some variables filled and
 * others not.
 * @throws StudioError `bad-checkpoint` for values that no training produces; and the file's errors
 */
export async function fillArrays(
  file: TensorFile,
  fillings: readonly ArrayFilling[],
): Promise<void> {
  for (const filling of fillings)
    for await (const values of partsOf(filling)) requireValues(file, filling, values);
  for (const filling of fillings) await assignParts(filling.variable, partsOf(filling));
}

async function* partsOf({ read, parts }: ArrayFilling): AsyncGenerator<Float32Array> {
  if (parts) yield* parts();
  else yield await read();
}

function requireValues(
  file: TensorFile,
  { name, isVariance }: ArrayFilling,
  values: Float32Array,
): void {
  const at = values.findIndex((value) => !Number.isFinite(value) || (isVariance && value < 0));
  if (at >= 0)
    throw badFile(
      file,
      `Its array "${name}" holds ${values[at]}; ` +
        `${isVariance ? 'numbers from zero on' : 'finite numbers'} were expected.`,
    );
}

/**
 * Checks a file's list of arrays without reading any of them.
 * @param expected shapes by name
 * @param isOurs the arrays of the file that must be among the expected ones
 * @throws StudioError `bad-checkpoint` naming an array that is missing, has another shape or type,
 * or isn't expected
 */
export function requireArrays(
  file: TensorFile,
  expected: ReadonlyMap<string, readonly number[]>,
  isOurs: (name: string) => boolean,
): void {
  for (const [name, shape] of expected) {
    const entry = file.entries.get(name);
    if (!entry)
      throw badFile(
        file,
        `It has no array "${name}"; it holds ${listed([...file.entries.keys()])}.`,
      );
    if (entry.shape.join() !== shape.join()) {
      throw badFile(
        file,
        `Its array "${name}" has shape [${entry.shape.join(', ')}]; [${shape.join(', ')}] ` +
          'was expected.',
      );
    }
    if (!FLOATS.includes(entry.dtype))
      throw badFile(
        file,
        `Its array "${name}" holds ${entry.dtype}; one of ${FLOATS.join(', ')} was expected.`,
      );
  }
  const surplus = [...file.entries.keys()].filter((name) => isOurs(name) && !expected.has(name));
  if (surplus.length > 0)
    throw badFile(file, `It has arrays that the head has no place for: ${listed(surplus)}.`);
}

/** The error for a file that can't be used. @param found why, as sentences */
export function badFile({ name }: Pick<TensorFile, 'name'>, found: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `The file ${name} can't be used. ${found}`,
    'Choose a file that was saved for the same head and backbone.',
  );
}

/** Most names that a message lists. */
const MAX_NAMES = 6;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).join(', ') || 'none';
  return more > 0 ? `${shown} and ${more} more` : shown;
}
