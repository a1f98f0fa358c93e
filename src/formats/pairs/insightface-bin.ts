import { NumpyArray, numpyGlobals } from '../pickle/numpy-pickle';
import { unpickle } from '../pickle/pickle';
import { itemsOf, kindOf } from '../pickle/pickle-objects';
import { StudioError } from '../../core/studio-error';

/** A verification set: pair i has the pictures 2i and 2i + 1. */
export interface PairBin {
  /**
   * Encoded pictures (JPEG, PNG), two for each pair; views of the file if it holds them unescaped.
   * A picture may have no bytes: the decoder reports it.
   */
  readonly images: readonly Uint8Array[];
  /** Whether both pictures of a pair show one person; `images.length === 2 * same.length`. */
  readonly same: readonly boolean[];
}

/**
 * Reads InsightFace's `.bin` format of LFW, CFP-FP, AgeDB-30 and similar sets: a pickle of `(bins,
 * issame_list)`, by Python 2 or 3, with byte strings or numpy arrays for pictures.
 * @param bytes the whole file
 * @param name for messages
 * @throws StudioError `bad-source` for anything but such a pickle, or one with other objects than
 * plain values and numpy arrays
 */
export function readPairBin(bytes: Uint8Array, name = 'The file'): PairBin {
  const { value } = unpickle(bytes, { name, allow: numpyGlobals });
  const parts = itemsOf(value);
  if (parts?.length !== 2)
    throw bad(name, `holds ${kindOf(value)}; (bins, issame_list) was expected`);
  const [bins, flags] = parts.map(listOf);
  if (!bins || !flags)
    throw bad(name, `holds ${arrayOr(parts[0])} and ${arrayOr(parts[1])}; two lists were expected`);
  if (bins.length !== 2 * flags.length)
    throw bad(
      name,
      `holds ${bins.length} pictures and ${flags.length} flags; two pictures for each flag ` +
        'were expected',
    );
  return {
    images: bins.map((bin, i) => {
      const image =
        bin instanceof NumpyArray && bin.type === 'uint8' && bin.isFlat ? bin.bytes : bin;
      if (!(image instanceof Uint8Array))
        throw bad(name, `has ${arrayOr(image)} for picture ${i}; bytes were expected`);
      return image;
    }),
    same: flags.map((flag, i) => {
      if (typeof flag === 'boolean') return flag;
      if (flag === 0 || flag === 1) return flag === 1;
      throw bad(name, `has ${kindOf(flag)} for the flag of pair ${i}; true or false was expected`);
    }),
  };
}

/** The items of a list, a tuple or a flat numpy array; null for anything else. */
function listOf(value: unknown): readonly unknown[] | null {
  if (!(value instanceof NumpyArray)) return itemsOf(value);
  return value.isFlat ? Array.from({ length: value.length }, (_, i) => value.at(i)) : null;
}

const arrayOr = (value: unknown): string =>
  value instanceof NumpyArray
    ? `a numpy array of ${value.type} of shape (${value.shape.join(', ')})`
    : kindOf(value);

function bad(name: string, found: string): StudioError {
  return new StudioError(
    'bad-source',
    `${name} ${found}.`,
    'Choose a verification set such as lfw.bin or agedb_30.bin.',
  );
}
