import { naturalOrder } from '../../../faces/sources/folder/file-paths';
import type { PickedFile } from '../../../faces/sources/folder/local-file';
import {
  pictureFormatOfName,
  readablePicture,
} from '../../../faces/decode/formats/picture-formats';
import {
  formOfFiles,
  KNOWN_FORMS,
  PARQUET,
  RECORDIO,
  roleOf,
  TAR,
  type SourceForm,
} from '../../../faces/sources/source-form';
import { counted } from '../../components/format';

/** What picked files were recognised as. */
export interface Recognised {
  /** Null if the studio reads none of them, or if the person has to choose one of several. */
  readonly form: SourceForm | null;
  readonly sentence: string;
}

/** Recognises picked or dropped files by their names alone. */
export function recognise(name: string, files: readonly Pick<PickedFile, 'path'>[]): Recognised {
  const paths = files.map(({ path }) => path).filter((path) => roleOf(path) !== 'hidden');
  const { form, question } = formOfFiles(paths);
  if (question) return { form, sentence: `In ${name} ${question.found}. ${question.nextStep}` };
  switch (form) {
    case 'recordio':
      return { form, sentence: `RecordIO: ${recordIoIn(paths)}.` };
    case 'webdataset': {
      const shards = counted(paths.filter((path) => TAR.test(path)).length, 'tar shard');
      const hasManifest = paths.includes('manifest.json');
      const order = hasManifest ? ', in the order of manifest.json' : '';
      return { form, sentence: `WebDataset: ${shards}${order}.` };
    }
    case 'parquet': {
      const files = counted(paths.filter((path) => PARQUET.test(path)).length, 'file');
      return { form, sentence: `Parquet: ${files}.` };
    }
    case 'folder':
      return { form, sentence: `Pictures: ${picturesIn(paths)}.` };
    case null:
      return { form, sentence: unreadSentence(name, paths) };
    default:
      return form satisfies never;
  }
}

function picturesIn(paths: readonly string[]): string {
  const read = paths.filter(isReadPicture).length;
  const pictures = read > 0 ? counted(read, 'picture') : 'none in a format that is read';
  const list = paths.find((path) => roleOf(path) === 'list');
  if (list) return `${pictures}, with the labels of ${list}`;
  return read > 0 ? `${pictures}, one folder for each person` : pictures;
}

function unreadSentence(name: string, paths: readonly string[]): string {
  const set = paths.find((path) => roleOf(path) === 'pairs');
  if (set) {
    return (
      `${set} is a verification set, by its name: pairs to score, not pictures to train on. ` +
      'Open it in the Evaluate view.'
    );
  }
  return (
    `${name} is none of the forms that the studio reads (${firstOf(paths)}). ` +
    `Pick ${KNOWN_FORMS}.`
  );
}

/**
 * The name and the files of a drop, or of files chosen one by one. If one folder holds them all,
 * their paths are relative to it.
 * @returns the name of that folder, else of the first file that holds pictures, else of the first
 */
export function droppedFiles(files: readonly (File & { readonly path?: string })[]): {
  name: string;
  files: PickedFile[];
} {
  const parts = files.map(({ path, name }) => (path ?? name).replace(/^\.?\//, '').split('/'));
  const [top] = parts[0] ?? [];
  const inOne = parts.every(([first, ...rest]) => first === top && rest.length > 0);
  const picked = files.map((file, i) => ({ file, path: parts[i]!.slice(inOne ? 1 : 0).join('/') }));
  const inOrder = [...picked].sort((a, b) => naturalOrder(a.path, b.path));
  const first =
    inOrder.find(({ path }) => [RECORDIO, TAR, PARQUET].some((form) => form.test(path))) ??
    inOrder[0];
  return { name: (inOne ? top : first?.path.split('/')[0]) ?? 'files', files: picked };
}

/** Whether a path names a picture in a format that the studio reads. */
function isReadPicture(path: string): boolean {
  const format = roleOf(path) === 'folder' ? pictureFormatOfName(path) : null;
  return format !== null && readablePicture(format);
}

function recordIoIn(paths: readonly string[]): string {
  const records = paths.filter((path) => RECORDIO.test(path));
  const rec = records.find((path) => records.length === 1 || /(^|\/)train\.rec$/i.test(path));
  if (!rec)
    return (
      `${counted(records.length, '.rec file')}, but no train.rec among them: pick a ` +
      'folder that holds one'
    );
  const index = rec.replace(/\.rec$/i, '.idx').toLowerCase();
  return paths.some((path) => path.toLowerCase() === index)
    ? `${rec} with its index`
    : `${rec} without its index, which is made when it is first read`;
}

function firstOf(paths: readonly string[]): string {
  if (paths.length === 0) return 'it is empty';
  return `it holds ${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ' …' : ''}`;
}
