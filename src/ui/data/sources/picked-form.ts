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

/** What picked files were taken for. */
export interface Recognised {
  /** null where the studio reads none of them, or where a person has to say which it is to read. */
  readonly form: SourceForm | null;
  readonly sentence: string;
}

/** What picked or dropped files are taken for, in a sentence; read by their names alone. */
export function recognise(name: string, files: readonly Pick<PickedFile, 'path'>[]): Recognised {
  const paths = files.map(({ path }) => path).filter((path) => roleOf(path) !== 'hidden');
  const { form, question } = formOfFiles(paths);
  if (question) return { form, sentence: `In ${name} ${question.found}. ${question.nextStep}` };
  switch (form) {
    case 'recordio':
      return { form, sentence: `RecordIO: ${recordIoIn(paths)}.` };
    case 'webdataset': {
      const shards = paths.filter((path) => TAR.test(path));
      return {
        form,
        sentence:
          'WebDataset: ' +
          `${counted(shards.length, 'tar shard')}${paths.includes('manifest.json') ? ', as the manifest.json beside them lists them' : ''}.`,
      };
    }
    case 'parquet':
      return {
        form,
        sentence: `Parquet: ${counted(paths.filter((path) => PARQUET.test(path)).length, 'file')}.`,
      };
    case 'folder': {
      const read = paths.filter(isReadPicture).length;
      const pictures = read > 0 ? counted(read, 'picture') : 'none in a format that is read';
      const list = paths.find((path) => roleOf(path) === 'list');
      if (list) return { form, sentence: `Pictures: ${pictures}, with the labels of ${list}.` };
      return {
        form,
        sentence: `Pictures: ${pictures}${read > 0 ? ', a folder being a person' : ''}.`,
      };
    }
    case null: {
      const set = paths.find((path) => roleOf(path) === 'pairs');
      if (set)
        return {
          form,
          sentence:
            `${set} is, by its name, a verification set: pairs to score, not ` +
            'pictures to train on. The Evaluate view takes it.',
        };
      return {
        form,
        sentence:
          `${name} is none of the forms that the studio reads (${firstOf(paths)}). ` +
          `Pick ${KNOWN_FORMS}.`,
      };
    }
    default:
      return form satisfies never;
  }
}

/**
 * Files that were dropped, or chosen one by one, with their places below the one folder that holds
 * them all, if one does.
 * @returns the folder's name, or that of the first file that holds pictures, or the first file's
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

/** Whether a picture is of a format that is read, by its name. */
function isReadPicture(path: string): boolean {
  const format = roleOf(path) === 'folder' ? pictureFormatOfName(path) : null;
  return format !== null && readablePicture(format);
}

function recordIoIn(paths: readonly string[]): string {
  const records = paths.filter((path) => RECORDIO.test(path));
  const rec = records.find((path) => records.length === 1 || /(^|\/)train\.rec$/i.test(path));
  if (!rec)
    return (
      `${counted(records.length, '.rec file')}, of which none is a train.rec: pick a ` +
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
