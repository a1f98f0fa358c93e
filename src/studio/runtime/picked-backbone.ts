import type { PickedFile } from '../../faces/sources/folder/local-file';
import { StudioError } from '../../core/studio-error';

/** Files that are a backbone by their ending … */
const MODEL_ENDING = /\.(onnx|pth?|safetensors|ckpt)$/i;
/** … and files that are either a backbone, or the external data of another file. */
const MODEL_OR_DATA_ENDING = /\.bin$/i;

/** Names that an error lists. */
const MAX_LISTED_NAMES = 5;

/**
 * Finds the backbone among files that were picked together: by its ending, and, in a folder, the
 * file that is highest in it.
 * @throws StudioError `bad-model` if several files could be the backbone
 */
export function modelAmong(files: readonly PickedFile[]): PickedFile {
  const depth = ({ path }: PickedFile) => path.split('/').length;
  const highest = (found: readonly PickedFile[]) =>
    found.filter((each) => depth(each) === Math.min(...found.map(depth)));
  const byEnding = [MODEL_ENDING, MODEL_OR_DATA_ENDING].map((ending) =>
    files.filter(({ path }) => ending.test(path)),
  );
  const found = highest(byEnding.find((each) => each.length > 0) ?? files);
  if (found.length === 1) return found[0]!;
  const names = found.slice(0, MAX_LISTED_NAMES).map(({ path }) => path);
  const rest = found.length - names.length;
  const list = `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  throw new StudioError(
    'bad-model',
    files.length === 0
      ? 'No file was picked.'
      : `${found.length} files may be the backbone: ${list}.`,
    'Pick one of them, with the file of its data where it has one.',
  );
}

/**
 * Finds the external data of a model among the files that were picked with it: the file at
 * `location`, relative to the model's folder, or a file of that name that was picked alone, since
 * the page doesn't know its folder.
 * @param location from the model, with `/` between the parts
 * @returns null if there is none, or if `location` leads out of the model's folder
 */
export function companionAmong(
  files: readonly PickedFile[],
  model: PickedFile,
  location: string,
): File | null {
  const parts = location.split('/').filter((part) => part !== '.');
  if (parts.some((part) => part === '..' || part === '')) return null;
  const expectedPath = [...model.path.split('/').slice(0, -1), ...parts].join('/');
  const found =
    files.find(({ path }) => path === expectedPath) ??
    files.find(({ path }) => path === parts[parts.length - 1]);
  return found && found !== model ? found.file : null;
}

/** A backbone, and all files that were picked with it, possibly in two picks. */
export interface PickedBackbone {
  readonly model: PickedFile;
  readonly files: readonly PickedFile[];
}

/**
 * Interprets a pick: as a new backbone, or as the external data that the last one lacked.
 * @param before the last pick, if it could not be read; null otherwise
 * @param missing the location of the file that it lacked; null if it failed for another reason
 * @throws StudioError as {@link modelAmong}
 */
export function backbonePicked(
  picked: readonly PickedFile[],
  before: PickedBackbone | null,
  missing: string | null,
): PickedBackbone {
  const isBackbone = picked.some(({ path }) => MODEL_ENDING.test(path));
  if (before && missing !== null && !isBackbone && companionAmong(picked, before.model, missing)) {
    return { model: before.model, files: [...before.files, ...picked] };
  }
  return { model: modelAmong(picked), files: picked };
}
