import type { FileStore } from '../../formats/bytes/file-store';

/** The name that a damaged file is renamed to. An older file of that name is overwritten. */
export const asideName = (name: string): string => `${name}.damaged`;

/** Renames a damaged file to {@link asideName}. @throws StudioError from the store */
export function setAside(store: FileStore, name: string): Promise<void> {
  return store.rename(name, asideName(name));
}
