import type { PickedFile } from '../../faces/sources/folder/local-file';
import { StudioError } from '../../core/studio-error';

/**
 * Endings of files that are a backbone by themselves, and of those that may be one or another's
 * data.
 */
const MODELS = /\.(onnx|pth?|safetensors|ckpt)$/i;
const PERHAPS = /\.bin$/i;

/** How many names an error lists. */
const MAX_LISTED = 5;

/**
 * Which of the files that were picked together is the backbone: of a model and its data, the one
 * whose name says so,
 * and of a folder's the one that lies above the others.
 * @throws StudioError `bad-model` where several could be
 */
export function modelAmong(files: readonly PickedFile[]): PickedFile {
  const depth = ({ path }: PickedFile) => path.split('/').length;
  const highest = (found: readonly PickedFile[]) =>
    found.filter((each) => depth(each) === Math.min(...found.map(depth)));
  const named = [MODELS, PERHAPS].map((ending) => files.filter(({ path }) => ending.test(path)));
  const found = highest(named.find((each) => each.length > 0) ?? files);
  if (found.length === 1) return found[0]!;
  const names = found.slice(0, MAX_LISTED).map(({ path }) => path);
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
 * The file that a model names, among those that were picked with it: at that very place below the
 * model's folder, or a
 * single file of that name, which a page knows no folder of.
 * @param location as the model has it, with `/` between the parts; null is given for one that leads
 * out of its folder
 */
export function companionAmong(
  files: readonly PickedFile[],
  model: PickedFile,
  location: string,
): File | null {
  const parts = location.split('/').filter((part) => part !== '.');
  if (parts.some((part) => part === '..' || part === '')) return null;
  const place = [...model.path.split('/').slice(0, -1), ...parts].join('/');
  const found =
    files.find(({ path }) => path === place) ??
    files.find(({ path }) => path === parts[parts.length - 1]);
  return found && found !== model ? found.file : null;
}

/** Files that were picked one time after another. */
export interface PickedBackbone {
  readonly model: PickedFile;
  readonly files: readonly PickedFile[];
}

/**
 * What a pick amounts to: a backbone, or the data that the one picked before was missing.
 * @param before what was picked before and could not be read; null where there was nothing
 * @param missing the file that it was missing, as the model names it; null where it failed of
 * something else
 * @throws StudioError as {@link modelAmong}
 */
export function backbonePicked(
  picked: readonly PickedFile[],
  before: PickedBackbone | null,
  missing: string | null,
): PickedBackbone {
  const isBackbone = picked.some(({ path }) => MODELS.test(path));
  if (before && missing !== null && !isBackbone && companionAmong(picked, before.model, missing)) {
    return { model: before.model, files: [...before.files, ...picked] };
  }
  return { model: modelAmong(picked), files: picked };
}
