import { StudioError } from '../../core/studio-error';

/**
 * Refuses what can't be the name of a file or folder of a store: an empty name, one that leads to
 * another folder, or one that no file system takes.
 * @throws StudioError `storage-denied`
 */
export function requireStoredName(name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)) return;
  throw new StudioError(
    'storage-denied',
    `${JSON.stringify(name)} is no name of a file; one without / was expected.`,
    'Choose another name.',
  );
}
