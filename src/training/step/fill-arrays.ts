import type { Variable } from '@tensorflow/tfjs-core';
import { StudioError } from '../../core/studio-error';
import type { TensorDtype, TensorFile } from '../../formats/tensors/tensor-file';
import { assignValues } from '../../models/heads/variables';

/** A variable, and what a file has for it. */
export interface ArrayFilling {
  readonly variable: Variable;
  /** Its name in the file, for messages. */
  readonly name: string;
  /** Averages of squares: none of them is below zero. */
  readonly isVariance: boolean;
  /** Reads its values, in the variable's layout. */
  readonly read: () => Promise<Float32Array>;
}

const FLOATS: readonly TensorDtype[] = ['F64', 'F32', 'F16', 'BF16'];

/**
 * Fills variables from a file, one array at a time. Everything is read twice: once to see that
 * every value is a number, and once more to take it, so that a bad file leaves every variable as it
 * was though no more than one array is ever in memory. Only a file that can't be read any more the
 * second time leaves some of them filled.
 * @throws StudioError `bad-checkpoint` for values that no training leaves; what the file throws
 */
export async function fillArrays(
  file: TensorFile,
  fillings: readonly ArrayFilling[],
): Promise<void> {
  for (const { name, isVariance, read } of fillings) {
    const values = await read();
    const at = values.findIndex((value) => !Number.isFinite(value) || (isVariance && value < 0));
    if (at >= 0)
      throw badFile(
        file,
        `Its array "${name}" holds ${values[at]}; ` +
          `${isVariance ? 'numbers from zero on' : 'finite numbers'} were expected.`,
      );
  }
  for (const { variable, read } of fillings) assignValues(variable, await read());
}

/**
 * Checks a file's list of arrays without reading any of them.
 * @param expected shapes by name
 * @param isOurs the arrays of the file that must be among the expected ones
 * @throws StudioError `bad-checkpoint` naming what is missing, what is of another shape or type,
 * and what there is no place for
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

/** A file that can't be taken, and why. */
export function badFile({ name }: Pick<TensorFile, 'name'>, found: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `The file ${name} can't be used. ${found}`,
    'Choose a file that was saved for the same head and backbone.',
  );
}

const MAX_NAMES = 6;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return (names.slice(0, MAX_NAMES).join(', ') || 'none') + (more > 0 ? ` and ${more} more` : '');
}
