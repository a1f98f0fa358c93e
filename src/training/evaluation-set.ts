import type { RgbImage } from '../faces/face-record';
import { BinPairSource } from '../faces/pair-source';
import { pictureFormatOfName, readablePicture } from '../faces/picture-formats';
import { picturePath, readLfwPairs, type PictureRef } from '../formats/lfw-pairs';
import { StudioError } from '../formats/studio-error';
import type { EvaluationSet } from './evaluate';

/** A picture's path without the ending that says its format. */
const stemOf = (path: string) => path.slice(0, path.lastIndexOf('.'));

/** With a dot before a part of the path: what systems put beside pictures. */
const HIDDEN = /(^|\/)\./;
/** A `.bin` set has ten folds, one block of pairs after another. */
const BIN_FOLDS = 10;

/** A folder of pictures, one folder a person. */
export interface PictureFolder {
  readonly name: string;
  /** Below the folder, `/` between the parts; other files among them are passed over. */
  readonly paths: readonly string[];
  /** A list of pairs in LFW's form, and its name; null where there is none. */
  readonly list: { readonly name: string; readonly text: string } | null;
  /** @throws StudioError `bad-image` or `bad-source` */
  decode(path: string): Promise<RgbImage>;
}

/**
 * What is evaluated, from a folder of pictures.
 * @throws StudioError `bad-source` for a list of pairs that is none, and for a folder without pictures
 */
export function folderSet({ name, paths, list, decode }: PictureFolder): EvaluationSet {
  // By name; those that nobody can decode are among them, so that they are counted.
  const pictures = paths.filter((path) => !HIDDEN.test(path) && pictureFormatOfName(path)).sort();
  if (pictures.length === 0) throw new StudioError('bad-source', `${name} holds no pictures.`, 'Choose a folder that holds one folder of pictures for each person.');
  // A list names pictures without saying of what form they are, and a folder may lie within another.
  // Of pictures that differ by their ending alone, one that can be read is meant.
  const known = new Map<string, string>();
  const isRead = (path: string) => readablePicture(pictureFormatOfName(path)!);
  const readFirst = [...pictures.filter(isRead), ...pictures.filter((path) => !isRead(path))];
  const endingOf = (path: string) => path.split('/').slice(-2).join('/');
  for (const keyOf of [stemOf, (path: string) => stemOf(endingOf(path))]) {
    for (const path of readFirst) if (!known.has(keyOf(path))) known.set(keyOf(path), path);
  }
  const pathOf = (ref: PictureRef) => known.get(stemOf(picturePath(ref))) ?? picturePath(ref);
  return {
    name: list ? `${name}/${list.name}` : name,
    pairs: list ? readLfwPairs(list.text, list.name).pairs.map(({ a, b, same, fold }) => ({ a: pathOf(a), b: pathOf(b), same, fold })) : [],
    pictures: pictures.filter((path) => path.includes('/')).map((path) => ({ name: path, person: path.slice(0, path.lastIndexOf('/')) })),
    decode,
  };
}

/**
 * InsightFace's `.bin` sets, held whole.
 * @throws StudioError `bad-source`
 */
export function binSet(name: string, bytes: Uint8Array, decode: (bytes: Uint8Array, name: string) => Promise<RgbImage>): EvaluationSet {
  const { same, images } = BinPairSource.open(name, bytes).bin;
  return {
    name,
    pairs: [...same].map((isSame, index) => ({ a: String(2 * index), b: String(2 * index + 1), same: Boolean(isSame), fold: Math.floor((BIN_FOLDS * index) / same.length) })),
    pictures: [],
    decode: (picture) => decode(images[Number(picture)]!, `picture ${picture} of ${name}`),
  };
}
