import type { PbfReader } from 'pbf';
import { StudioError } from '../../core/studio-error';

/**
 * Reads a length-delimited message into `result`, field by field.
 * @throws StudioError `bad-model` for one that doesn't end where it says, or reaches beyond the
 * file
 */
export function message<T>(pbf: PbfReader, result: T, field: (tag: number, into: T) => void): T {
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw badModel(`A record claims to end at byte ${end} of ${pbf.length}.`);
  pbf.readFields((tag, into) => field(tag, into), result, end);
  if (pbf.pos !== end)
    throw badModel(`A record that claims to end at byte ${end} ends at byte ${pbf.pos}.`);
  return result;
}

const [UNNAMED, WHAT] = ['This', 'is not a readable ONNX model.'];

/** What was found in a file that is no readable ONNX model, as an error. */
export function badModel(
  found: string,
  nextStep = 'Choose an .onnx file that is whole.',
): StudioError {
  return new StudioError('bad-model', `${UNNAMED} ${WHAT} ${found}`, nextStep);
}

/**
 * Runs a reading whose {@link badModel} says which file it is about. @throws what the reading
 * throws
 */
export async function namingModel<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || !thrown.message.startsWith(`${UNNAMED} ${WHAT}`))
      throw thrown;
    const message = `${name}${thrown.message.slice(UNNAMED.length)}`;
    throw new StudioError(thrown.code, message, thrown.nextStep, { cause: thrown });
  }
}
