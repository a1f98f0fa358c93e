import { count, counted } from '../../core/number-words';
import { folderOf, isHidden } from './folder/file-paths';
import { pictureFormatOfName } from '../decode/formats/picture-formats';

/** The forms of data that the studio takes as they are. */
export type SourceForm = 'recordio' | 'webdataset' | 'parquet' | 'folder';

/** A RecordIO file, by its name or address. */
export const RECORDIO = /\.rec(\?.*)?$/i;
/** A tar shard of a folder. */
export const TAR = /\.(tar(\.gz)?|tgz)$/i;
/** An archive that isn't read, and has to be unpacked. */
export const OTHER_ARCHIVE = /\.(zip|7z|rar|tar\.(bz2|xz|zst|lz4)|tbz2?|txz)$/i;
/** A Parquet file, by its name or address. */
export const PARQUET = /\.parquet(\?.*)?$/i;
/**
 * InsightFace's verification sets (lfw.bin, agedb_30.bin …), which hold pairs to score and nothing
 * to train on.
 */
const PAIR_SET = /\.bin$/i;
const LIST = /(^|\/)[^/]*list[^/]*\.txt$/i;

/** What a file may be in a set of faces, by its name alone. */
export type FileRole = SourceForm | 'hidden' | 'list' | 'pairs' | 'other';

/** A picture's role is `folder`, whether or not its format is read. */
export function roleOf(path: string): FileRole {
  if (isHidden(path)) return 'hidden';
  if (RECORDIO.test(path)) return 'recordio';
  if (TAR.test(path)) return 'webdataset';
  if (PARQUET.test(path)) return 'parquet';
  if (pictureFormatOfName(path) !== null) return 'folder';
  if (PAIR_SET.test(path)) return 'pairs';
  return LIST.test(path) ? 'list' : 'other';
}

/** Files beside records that describe them, by form; of what `pack` made, journal and labels. */
const DESCRIPTIONS: Readonly<Record<Exclude<SourceForm, 'folder'>, RegExp>> = {
  recordio: /(^|\/)(labels|pack)\.json$/i,
  webdataset: /(^|\/)(labels|pack|manifest|index)\.json$/i,
  parquet: /(^|\/)(dataset_infos?\.json|_metadata|_common_metadata)$/i,
};

/** Whether a file describes a set of that form, and is neither a part of it nor of another. */
export const isDescription = (path: string, form: Exclude<SourceForm, 'folder'>): boolean =>
  DESCRIPTIONS[form].test(path);

/** Files by whose company a form shows. */
const COMPANIONS: Readonly<Record<Exclude<SourceForm, 'folder'>, RegExp>> = {
  recordio: /(\.(idx|lst)|(^|\/)property)$/i,
  webdataset: /(^|\/)manifest\.json$/i,
  parquet: /(^|\/)dataset_infos?\.json$/i,
};

/** What a folder's files are taken for. */
export interface FormChoice {
  /** null where they are none of the forms, or where a person has to say which. */
  readonly form: SourceForm | null;
  /** What to ask then: several sets lie there, and none of them is all but a stray file. */
  readonly question?: { readonly found: string; readonly nextStep: string };
}

/** Pictures in people's folders that one stray file of another form doesn't outweigh. */
const FEW_PICTURES = 4;

/**
 * The form of what was picked or dropped, by the names of its files: the one that explains most of
 * them. A single file of records among people's folders is a stray one, and so are a few pictures
 * beside files of records; sets of two forms that are both more than that are asked about. The same
 * for the same names, in the page and on the command line.
 */
export function formOfFiles(paths: readonly string[]): FormChoice {
  const files: Record<Exclude<SourceForm, 'folder'>, string[]> = {
    recordio: [],
    webdataset: [],
    parquet: [],
  };
  const [others, people]: [string[], Set<string>] = [[], new Set()];
  let [pictures, inFolders, hasList] = [0, 0, false];
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
    if (isStray && found >= FEW_PICTURES) return { form: 'folder' };
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

/** What a person is told who picked something else. */
export const KNOWN_FORMS =
  'a folder with a train.rec and its train.idx, of WebDataset .tar shards, of .parquet ' +
  'files, or of folders of pictures, one a person';
