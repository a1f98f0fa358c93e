import type { RgbImage } from '../../faces/face-record';
import { isHidden } from '../../faces/sources/folder/file-paths';
import { BinPairSource } from '../pair-source';
import { pictureFormatOfName, readablePicture } from '../../faces/decode/formats/picture-formats';
import {
  picturePath,
  readLfwPairs,
  type LfwPair,
  type PictureRef,
} from '../../formats/pairs/lfw-pairs';
import { count, counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { NamedPair } from '../picture-plan';
import { pairsFromFolders, type FolderPairsRule } from './folder-pairs';
import { requireBothKinds } from './kinds-of-pairs';

/** A picture's path without its extension. */
const stemOf = (path: string) => path.slice(0, path.lastIndexOf('.'));

/** A `.bin` set has ten folds, each a contiguous block of pairs. */
const BIN_FOLDS = 10;

/** What is evaluated: pairs of pictures, and pictures by person for templates. */
export interface EvaluationSet {
  readonly name: string;
  /** Empty for a folder without a list of pairs. */
  readonly pairs: readonly NamedPair[];
  /** Every picture with its person, for templates; empty if the set doesn't name people. */
  readonly pictures: readonly { readonly name: string; readonly person: string }[];
  /**
   * Pictures that the pairs name but that don't exist, in the order of the pairs. They are reported
   * before the evaluation; reading one fails, and its pairs get no score.
   */
  readonly missingPictures: readonly string[];
  /** Whether it is a `.bin`, whose pictures a script has encoded. */
  readonly isBin?: boolean;
  /**
   * Whether each picture is degraded once for all its pairs and templates, rather than anew for
   * each. It keeps the number of readings low where pairs are many.
   */
  readonly isDegradedOnce?: boolean;
  /** Sentences on how the pairs came about; absent where a list or a file names them. */
  readonly notes?: readonly string[];
  /** @throws StudioError `bad-image` or `bad-source` */
  decode(picture: string): Promise<RgbImage>;
}

/** A folder of pictures, with one subfolder for each person. */
export interface PictureFolder {
  readonly name: string;
  /** Paths below the folder, with `/` as separator; files that aren't pictures are ignored. */
  readonly paths: readonly string[];
  /** A list of pairs in LFW's format, with its name; null without one. */
  readonly list: { readonly name: string; readonly text: string } | null;
  /** Makes pairs from the folders; only without a list. Absent: there are no pairs then. */
  readonly fromFolders?: FolderPairsRule;
  /** @throws StudioError `bad-image` or `bad-source` */
  decode(path: string): Promise<RgbImage>;
}

/**
 * The evaluation set of a folder of pictures.
 * @throws StudioError `bad-source` for an invalid list of pairs, or one with pairs of one kind; for
 * a folder without pictures, for one with none of the pictures that the list names, and for folders
 * that give no pairs
 */
export function folderSet({
  name,
  paths,
  list,
  fromFolders,
  decode,
}: PictureFolder): EvaluationSet {
  // Includes pictures in formats that can't be decoded, so that they are counted as lost.
  const pictures = paths.filter((path) => !isHidden(path) && pictureFormatOfName(path)).sort();
  if (pictures.length === 0)
    throw new StudioError(
      'bad-source',
      `${name} holds no pictures.`,
      'Choose a folder that holds one folder of pictures for each person.',
    );
  // A list names pictures without their format, and the folders of people may be nested deeper. If
  // pictures differ only by their extension, the first that can be decoded is taken.
  const pathByStem = new Map<string, string>();
  const isReadable = (path: string) => readablePicture(pictureFormatOfName(path)!);
  const readableFirst = [
    ...pictures.filter(isReadable),
    ...pictures.filter((path) => !isReadable(path)),
  ];
  const lastParts = (path: string, parts: number) => path.split('/').slice(-parts).join('/');
  for (const keyOf of [
    stemOf,
    (path: string) => stemOf(lastParts(path, 2)),
    // Sets such as CALFW come in one folder. Their files have the person's name all the same.
    (path: string) => stemOf(lastParts(path, 1)),
  ]) {
    for (const path of readableFirst)
      if (!pathByStem.has(keyOf(path))) pathByStem.set(keyOf(path), path);
  }
  const pathOf = (ref: PictureRef) => {
    const path = picturePath(ref);
    return pathByStem.get(stemOf(path)) ?? pathByStem.get(stemOf(lastParts(path, 1))) ?? path;
  };
  // '' for a picture outside of any folder.
  const all = pictures.map((path) => {
    return { name: path, person: path.slice(0, Math.max(0, path.lastIndexOf('/'))) };
  });
  const hasPerson = ({ person }: (typeof all)[number]) => person !== '';
  const ofPeople = all.filter(hasPerson);
  const made =
    fromFolders && !list
      ? pairsFromFolders(
          name,
          ofPeople.filter((picture) => isReadable(picture.name)),
          fromFolders,
        )
      : null;
  const listed = list ? readLfwPairs(list.text, list.name).pairs : [];
  if (list) requireBothKinds(listed, list.name);
  const pairs =
    made?.pairs ??
    listed.map(({ a, b, same, fold }) => ({ a: pathOf(a), b: pathOf(b), same, fold }));
  const existing = new Set(pictures);
  const named = new Set(pairs.flatMap(({ a, b }) => [a, b]));
  const missingPictures = [...named].filter((path) => !existing.has(path));
  if (list && missingPictures.length === named.size && named.size > 0)
    throw allMissing(name, list.name, missingPictures, pictures[0]!);
  return {
    name: list ? `${name}/${list.name}` : name,
    pairs,
    pictures: withListedPeople(all, listed, pathOf).filter(hasPerson),
    missingPictures,
    notes: made ? [made.note] : [],
    decode: async (path) => {
      if (existing.has(path)) return decode(path);
      throw new StudioError(
        'bad-source',
        `${path} isn't in ${name}.`,
        'Choose the folder that holds it.',
      );
    },
  };
}

/**
 * Pictures with the people that a list names, where their folder isn't the person's: a set that
 * lies in one folder would be one person otherwise.
 */
function withListedPeople(
  pictures: EvaluationSet['pictures'],
  listed: readonly LfwPair[],
  pathOf: (ref: PictureRef) => string,
): EvaluationSet['pictures'] {
  const named = new Map(
    listed.flatMap(({ a, b }) => [a, b]).map((ref) => [pathOf(ref), ref.person]),
  );
  return pictures.map((picture) => {
    const { name, person } = picture;
    const listedPerson = named.get(name) ?? person;
    const isOwnFolder = person === listedPerson || person.endsWith(`/${listedPerson}`);
    return isOwnFolder ? picture : { name, person: listedPerson };
  });
}

/** The error for a folder that has none of the pictures that the list names. */
function allMissing(
  folder: string,
  list: string,
  missing: readonly string[],
  existing: string,
): StudioError {
  const [all, are] =
    missing.length === 1
      ? ['The one picture', 'is']
      : [`All ${count(missing.length)} pictures`, 'are'];
  return new StudioError(
    'bad-source',
    `${all} that ${list} names ${are} missing from ${folder}: the first is ${missing[0]!}, and ` +
      `${folder} has ${existing}.`,
    'Choose the folder in which the pictures lie as the list names them: one folder a person.',
  );
}

/**
 * Warns of pictures that the pairs name but that don't exist: their number and the first of them.
 * null if all exist.
 */
export function missingPicturesWarning({
  missingPictures: missing,
  name,
}: Pick<EvaluationSet, 'missingPictures' | 'name'>): string | null {
  if (missing.length === 0) return null;
  const are = missing.length === 1 ? 'is' : 'are';
  const first = missing.length === 1 ? missing[0]! : `the first is ${missing[0]!}`;
  return (
    `${counted(missing.length, 'picture')} that the pairs of ${name} name ${are} missing ` +
    `(${first}): their pairs are left out.`
  );
}

/**
 * The evaluation set of one of InsightFace's `.bin` files, held in memory.
 * @throws StudioError `bad-source` for another file, and for pairs of one kind
 */
export function binSet(
  name: string,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array, name: string) => Promise<RgbImage>,
): EvaluationSet {
  const source = BinPairSource.open(name, bytes);
  const set = setOfBin(source, decode);
  requireBothKinds(set.pairs, name);
  return set;
}

/** As {@link binSet}, of an opened file, and with pairs of whatever kind it has. */
export function setOfBin(
  { name, bin: { same, images } }: BinPairSource,
  decode: (bytes: Uint8Array, name: string) => Promise<RgbImage>,
): EvaluationSet {
  return {
    name,
    pairs: [...same].map((isSame, index) => ({
      a: String(2 * index),
      b: String(2 * index + 1),
      same: Boolean(isSame),
      fold: Math.floor((BIN_FOLDS * index) / same.length),
    })),
    pictures: [],
    missingPictures: [],
    isBin: true,
    decode: (picture) => decode(images[Number(picture)]!, `picture ${picture} of ${name}`),
  };
}
