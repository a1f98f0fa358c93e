import { counted } from '../../core/number-words';
import { joinedBytes } from '../../formats/bytes/joined-bytes';
import type { FileStore } from '../../formats/bytes/file-store';
import { keepAside, setAside } from '../../formats/bytes/set-aside';
import { messageOf, StudioError } from '../../core/studio-error';
import { CURVES_FILE, decodeCurves, encodeCurves, stepsOf } from './curve-file';
import {
  decodeValidations,
  encodeValidation,
  validationHeader,
  VALIDATIONS_FILE,
} from './validation-file';

/** How a kind of file is read, and written again without what is damaged. */
interface Repair<T> {
  readonly name: string;
  /** Names what it holds at the beginning of a sentence. */
  readonly what: string;
  /** @throws StudioError `bad-checkpoint` if nothing of it can be read */
  readonly decode: (bytes: Uint8Array) => T;
  /** What is damaged, to follow on "of which"; null if nothing is. */
  readonly damage: (decoded: T) => string | null;
  readonly encode: (decoded: T) => Uint8Array;
}

/**
 * The curves in a folder, sound. If some of the file is damaged, it is set aside, and written again
 * of what is sound.
 * @param onProblem called with a sentence of what was damaged
 * @returns null if there are none, or nothing of them is sound
 * @throws StudioError from the store
 */
export const repairCurves = repairing({
  name: CURVES_FILE,
  what: 'The curves',
  decode: decodeCurves,
  damage: ({ damagedRows }) => (damagedRows > 0 ? counted(damagedRows, 'step') : null),
  encode: ({ columns }) => encodeCurves(stepsOf(columns)),
});

/** As {@link repairCurves}. */
export const repairValidations = repairing({
  name: VALIDATIONS_FILE,
  what: 'The validations',
  decode: decodeValidations,
  damage: ({ isDamaged }) => (isDamaged ? 'some' : null),
  encode: ({ results }) => joinedBytes([validationHeader, ...results.map(encodeValidation)]),
});

function repairing<T>({ name, what, decode, damage, encode }: Repair<T>) {
  return async (
    folder: FileStore,
    onProblem: (sentence: string) => void,
  ): Promise<Uint8Array | null> => {
    const bytes = await folder.read(name);
    if (!bytes) return null;
    let decoded: T;
    try {
      decoded = decode(bytes);
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || thrown.code !== 'bad-checkpoint') throw thrown;
      await setAside(folder, name);
      onProblem(`${what} are damaged and were set aside. ${messageOf(thrown)}`);
      return null;
    }
    const damaged = damage(decoded);
    if (damaged === null) return bytes;
    const sound = encode(decoded);
    // The copy first: a crash between the two leaves the damaged file in its place.
    await keepAside(folder, name, bytes);
    await folder.write(name, sound);
    onProblem(`${what} are damaged: ${damaged} of them can't be read. The file was set aside.`);
    return sound;
  };
}
