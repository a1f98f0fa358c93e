import type { PbfReader } from 'pbf';
import { StudioError } from '../../core/studio-error';

/**
 * Reads a length-delimited message into `result`, field by field.
 * @throws StudioError `bad-model` for a message that doesn't end where its length says, or reaches
 * beyond the file
 */
export function message<T>(pbf: PbfReader, result: T, field: (tag: number, into: T) => void): T {
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw badModel(`A record claims to end at byte ${end} of ${pbf.length}.`);
  pbf.readFields((tag, into) => field(tag, into), result, end);
  if (pbf.pos !== end)
    throw badModel(`A record that claims to end at byte ${end} ends at byte ${pbf.pos}.`);
  return result;
}

const [UNNAMED, PROBLEM] = ['This', 'is not a readable ONNX model.'];

/** The error for a file that is not a readable ONNX model. @param found what is wrong with it */
export function badModel(found: string, nextStep = 'Choose a complete .onnx file.'): StudioError {
  return new StudioError('bad-model', `${UNNAMED} ${PROBLEM} ${found}`, nextStep);
}

/**
 * Runs `read` and puts the file's name into a {@link badModel} that it throws.
 * @throws whatever `read` throws
 */
export async function namingModel<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || !thrown.message.startsWith(`${UNNAMED} ${PROBLEM}`))
      throw thrown;
    const message = `${name}${thrown.message.slice(UNNAMED.length)}`;
    throw new StudioError(thrown.code, message, thrown.nextStep, { cause: thrown });
  }
}
