import { count, counted } from '../../core/number-words';
import { folderOf, isHidden } from './folder/file-paths';
import { pictureFormatOfName } from '../decode/formats/picture-formats';

/** The forms of data that the studio reads. */
export type SourceForm = 'recordio' | 'webdataset' | 'parquet' | 'folder';

/** Matches the name or URL of a RecordIO file. */
export const RECORDIO = /\.rec(\?.*)?$/i;
/** Matches the name of a tar shard. */
export const TAR = /\.(tar(\.gz)?|tgz)$/i;
/** Matches archives that aren't read and have to be unpacked. */
export const OTHER_ARCHIVE = /\.(zip|7z|rar|tar\.(bz2|xz|zst|lz4)|tbz2?|txz)$/i;
/** Matches the name or URL of a Parquet file. */
export const PARQUET = /\.parquet(\?.*)?$/i;
/**
 * InsightFace's verification sets (lfw.bin, agedb_30.bin …), which hold pairs for evaluation and no
 * training data.
 */
const PAIR_SET = /\.bin$/i;
const LIST = /(^|\/)[^/]*list[^/]*\.txt$/i;

/** The role of a file in a set of faces, by its name alone. */
export type FileRole = SourceForm | 'hidden' | 'list' | 'pairs' | 'other';

/** The role of a file. Pictures have the role `folder`, whether or not their format is read. */
export function roleOf(path: string): FileRole {
  if (isHidden(path)) return 'hidden';
  if (RECORDIO.test(path)) return 'recordio';
  if (TAR.test(path)) return 'webdataset';
  if (PARQUET.test(path)) return 'parquet';
  if (pictureFormatOfName(path) !== null) return 'folder';
  if (PAIR_SET.test(path)) return 'pairs';
  return LIST.test(path) ? 'list' : 'other';
}

/**
 * Files that describe the records of a form, including the journal and labels that `pack` writes.
 */
const DESCRIPTIONS: Readonly<Record<Exclude<SourceForm, 'folder'>, RegExp>> = {
  recordio: /(^|\/)(labels|pack)\.json$/i,
  webdataset: /(^|\/)(labels|pack|manifest|index)\.json$/i,
  parquet: /(^|\/)(dataset_infos?\.json|_metadata|_common_metadata)$/i,
};

/** Whether a file only describes a set of that form, without being data of any set. */
export const isDescription = (path: string, form: Exclude<SourceForm, 'folder'>): boolean =>
  DESCRIPTIONS[form].test(path);

/** Files that indicate a form when they lie next to its records. */
const COMPANIONS: Readonly<Record<Exclude<SourceForm, 'folder'>, RegExp>> = {
  recordio: /(\.(idx|lst)|(^|\/)property)$/i,
  webdataset: /(^|\/)manifest\.json$/i,
  parquet: /(^|\/)dataset_infos?\.json$/i,
};

/** The detected form of a folder's files. */
export interface FormChoice {
  /** Null if the files are of no known form, or if the user has to choose. */
  readonly form: SourceForm | null;
  /** Set if the user has to choose between several sets. */
  readonly question?: { readonly found: string; readonly nextStep: string };
}

/** With this many pictures in people's folders, one file of another form counts as stray. */
const MIN_FOLDER_PICTURES = 4;

/**
 * Detects the form of picked or dropped files by their names: the form that explains most of them.
 * A single record file among people's folders counts as stray, and so do a few pictures next to
 * record files. If two forms are both larger than that, the user has to choose. The result depends
 * only on the names, in the page as on the command line.
 */
export function formOfFiles(paths: readonly string[]): FormChoice {
  const files: Record<Exclude<SourceForm, 'folder'>, string[]> = {
    recordio: [],
    webdataset: [],
    parquet: [],
  };
  const [others, people]: [string[], Set<string>] = [[], new Set()];
  let pictures = 0;
  let inFolders = 0;
  let hasList = false;
  for (const path of paths) {
    const role = roleOf(path);
    if (role === 'folder') {
      pictures++;
      const folder = folderOf(path);
      if (folder) inFolders++;
      people.add(folder);
    } else if (role === 'list') hasList = true;
    else if (role === 'other') others.push(path);
    else if (role !== 'hidden' && role !== 'pairs') files[role].push(path);
  }
  people.delete('');
  const forms = (Object.keys(files) as (keyof typeof files)[])
    .filter((form) => files[form].length > 0)
    .map((form) => {
      const companions = others.filter((path) => COMPANIONS[form].test(path)).length;
      return { form, records: files[form], weight: files[form].length + companions };
    })
    .sort((a, b) => b.weight - a.weight);
  const [first, second] = forms;
  if (!first) return { form: pictures > 0 ? 'folder' : null };
  const isSet = people.size > 1 || (hasList && pictures > 1);
  const found = hasList && people.size < 2 ? pictures : inFolders;
  if (isSet && found > first.records.length) {
    const isStray = forms.every(({ weight }) => weight === 1);
    if (isStray && found >= MIN_FOLDER_PICTURES) return { form: 'folder' };
    const inPictures = `${counted(found, 'picture')} in ${counted(people.size, 'folder')}`;
    const others = forms.map(({ records }) => shown(records));
    return { form: null, question: ask([inPictures, ...others]) };
  }
  if (second && first.weight < 2 * second.weight) {
    return { form: null, question: ask(forms.map(({ records }) => shown(records))) };
  }
  return { form: first.form };
}

const ask = (sets: readonly string[]) => ({
  found: `sets of several forms lie there: ${sets.join('; ')}`,
  nextStep: 'Pick a folder that holds only the one that you mean, or move the others away.',
});

const shown = (files: readonly string[]) =>
  files.length === 1 ? files[0]! : `${files[0]} and ${count(files.length - 1)} more`;

/** The readable forms, for the message about anything else. */
export const KNOWN_FORMS =
  'a folder with a train.rec and its train.idx, of WebDataset .tar shards, of .parquet ' +
  'files, or of folders of pictures, one a person';
