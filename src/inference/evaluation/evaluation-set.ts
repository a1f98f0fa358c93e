import type { RgbImage } from '../../faces/face-record';
import { isHidden } from '../../faces/sources/folder/file-paths';
import { BinPairSource } from '../pair-source';
import { pictureFormatOfName, readablePicture } from '../../faces/decode/formats/picture-formats';
import { picturePath, readLfwPairs, type PictureRef } from '../../formats/pairs/lfw-pairs';
import { StudioError } from '../../core/studio-error';
import type { NamedPair } from '../picture-plan';

/** A picture's path without the ending that says its format. */
const stemOf = (path: string) => path.slice(0, path.lastIndexOf('.'));

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
 * @throws StudioError `bad-source` for a list of pairs that is none, for a folder without pictures,
 * and for one that has none of those that the list names
 */
export function folderSet({ name, paths, list, decode }: PictureFolder): EvaluationSet {
  // By name; those that nobody can decode are among them, so that they are counted.
  const pictures = paths.filter((path) => !isHidden(path) && pictureFormatOfName(path)).sort();
  if (pictures.length === 0)
    throw new StudioError(
      'bad-source',
      `${name} holds no pictures.`,
      'Choose a folder that holds one folder of pictures for each person.',
    );
  // A list names pictures without saying of what form they are, and a folder may lie within
  // another. Of pictures that differ by their ending alone, one that can be read is meant.
  const known = new Map<string, string>();
  const isRead = (path: string) => readablePicture(pictureFormatOfName(path)!);
  const readFirst = [...pictures.filter(isRead), ...pictures.filter((path) => !isRead(path))];
  const endingOf = (path: string) => path.split('/').slice(-2).join('/');
  for (const keyOf of [stemOf, (path: string) => stemOf(endingOf(path))]) {
    for (const path of readFirst) if (!known.has(keyOf(path))) known.set(keyOf(path), path);
  }
  const pathOf = (ref: PictureRef) => known.get(stemOf(picturePath(ref))) ?? picturePath(ref);
  const pairs = list
    ? readLfwPairs(list.text, list.name).pairs.map(({ a, b, same, fold }) => ({
        a: pathOf(a),
        b: pathOf(b),
        same,
        fold,
      }))
    : [];
  const here = new Set(pictures);
  const named = new Set(pairs.flatMap(({ a, b }) => [a, b]));
  const missing = [...named].filter((path) => !here.has(path));
  if (list && missing.length === named.size && named.size > 0)
    throw allMissing(name, list.name, missing, pictures[0]!);
  return {
    name: list ? `${name}/${list.name}` : name,
    pairs,
    pictures: pictures
      .filter((path) => path.includes('/'))
      .map((path) => ({ name: path, person: path.slice(0, path.lastIndexOf('/')) })),
    missing,
    decode: async (path) => {
      if (here.has(path)) return decode(path);
      throw new StudioError(
        'bad-source',
        `${path} isn't in ${name}.`,
        'Choose the folder that holds it.',
      );
    },
  };
}

function allMissing(
  folder: string,
  list: string,
  missing: readonly string[],
  there: string,
): StudioError {
  const all =
    missing.length === 1
      ? 'The one picture'
      : `All ${missing.length.toLocaleString('en')} pictures`;
  const found = `${all} that ${list} names ${missing.length === 1 ? 'is' : 'are'} missing from ${folder}: the first is ${missing[0]!}`;
  const nextStep =
    'Choose the folder in which the pictures lie as the list names them: one folder a person.';
  return new StudioError('bad-source', `${found}, and ${folder} has ${there}.`, nextStep);
}

/**
 * Pictures that a list names and a folder lacks, as a sentence with the first and their number;
 * null where all are there.
 */
export function missingSentence({
  missing,
  name,
}: Pick<EvaluationSet, 'missing' | 'name'>): string | null {
  if (missing.length === 0) return null;
  const some =
    missing.length === 1
      ? '1 picture that'
      : `${missing.length.toLocaleString('en')} pictures that`;
  const first = missing.length === 1 ? missing[0]! : `the first is ${missing[0]!}`;
  return (
    `${some} the pairs of ${name} name ${missing.length === 1 ? 'is' : 'are'} missing ` +
    `(${first}): their pairs are left out.`
  );
}

/**
 * InsightFace's `.bin` sets, held whole.
 * @throws StudioError `bad-source`
 */
export function binSet(
  name: string,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array, name: string) => Promise<RgbImage>,
): EvaluationSet {
  const { same, images } = BinPairSource.open(name, bytes).bin;
  return {
    name,
    pairs: [...same].map((isSame, index) => ({
      a: String(2 * index),
      b: String(2 * index + 1),
      same: Boolean(isSame),
      fold: Math.floor((BIN_FOLDS * index) / same.length),
    })),
    pictures: [],
    missing: [],
    decode: (picture) => decode(images[Number(picture)]!, `picture ${picture} of ${name}`),
  };
}

/** Pictures whose people are known, and the pairs that are made of them. */
export interface EvaluationSet {
  readonly name: string;
  /** Empty where the set is one of people alone. */
  readonly pairs: readonly NamedPair[];
  /** Every picture and whose it is, for templates; empty where the set doesn't say. */
  readonly pictures: readonly { readonly name: string; readonly person: string }[];
  /** Pictures that the pairs name and that aren't there, in the order of the pairs. */
  readonly missing: readonly string[];
  /** @throws StudioError `bad-image` or `bad-source` */
  decode(picture: string): Promise<RgbImage>;
}
