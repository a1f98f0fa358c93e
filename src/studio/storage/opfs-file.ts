import { messageOf, StudioError } from '../../core/studio-error';

/**
 * Files of the origin private file system (OPFS), which the stores of this folder share: folders,
 * atomic writes, synchronous handles, and the errors of the browser as sentences.
 */

/** A folder of the origin private file system; created if it is missing. */
export async function opfsFolder(name: string): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
}

/**
 * Writes a file, whole or not at all: `createWritable` writes to a copy that replaces the file when
 * it is closed.
 */
export async function writeOpfsFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: Uint8Array | Blob,
): Promise<void> {
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  try {
    await writable.write(content as Uint8Array<ArrayBuffer> | Blob);
    await writable.close();
  } catch (thrown) {
    // A stream that has failed can't be aborted; the first failure is the one to report.
    await writable.abort().catch(() => undefined);
    throw thrown;
  }
}

/** Names of the DOMException for a file that doesn't exist. */
export const MISSING: readonly string[] = ['NotFoundError'];

/** Names of the DOMExceptions for a file that is open in place in another tab, or in this one. */
export const LOCKED: readonly string[] = ['NoModificationAllowedError', 'InvalidStateError'];

/** Names of the DOMExceptions for a file that doesn't exist or that another tab has locked. */
export const MISSING_OR_LOCKED: readonly string[] = [...MISSING, ...LOCKED];

/** Whether something thrown is a DOMException of one of these names. */
export const isNamed = (thrown: unknown, names: readonly string[]): boolean =>
  thrown instanceof DOMException && names.includes(thrown.name);

/** For `catch`: null for a DOMException of one of these names; anything else is thrown again. */
export const nullIf =
  (names: readonly string[]) =>
  (thrown: unknown): null => {
    if (isNamed(thrown, names)) return null;
    throw thrown;
  };

/** What the errors of one store say. */
export interface StorageErrorWords {
  /** What is kept, in the plural: "shards". */
  readonly kept: string;
  /** Follows "The browser's storage for this page is full;". */
  readonly whenFull?: string;
  readonly nextStepWhenFull?: string;
  readonly nextStep?: string;
}

/**
 * Turns anything that the file system throws into an error for a person: `storage-full` if the
 * quota is exceeded, otherwise `storage-denied`. A StudioError stays as it is.
 */
export function storageError(thrown: unknown, words: StorageErrorWords): StudioError {
  if (thrown instanceof StudioError) return thrown;
  const {
    kept,
    whenFull = `no more ${kept} can be kept`,
    nextStepWhenFull = 'Free disk space, or remove what you no longer need.',
    nextStep = `Leave private browsing, or allow site data, to have ${kept} kept.`,
  } = words;
  const options = { cause: thrown };
  if (isNamed(thrown, ['QuotaExceededError']))
    return new StudioError(
      'storage-full',
      `The browser's storage for this page is full; ${whenFull}.`,
      nextStepWhenFull,
      options,
    );
  if (isNamed(thrown, LOCKED))
    return new StudioError(
      'storage-denied',
      `Another tab of the studio holds these ${kept}.`,
      'Close the other tab, or wait until it is done.',
      options,
    );
  return new StudioError(
    'storage-denied',
    `The browser refuses to keep ${kept} for this page (${messageOf(thrown)}).`,
    nextStep,
    options,
  );
}

/** Awaits `work`. @throws StudioError as {@link storageError} for anything that it throws */
export async function withStorageErrors<T>(
  words: StorageErrorWords,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw storageError(thrown, words);
  }
}

/**
 * What TypeScript's page library leaves out of a file handle, since only a dedicated worker has it.
 */
interface SyncFileHandle {
  createSyncAccessHandle(): Promise<SyncAccess>;
}

/** Synchronous reads and writes in place; the file is locked until the handle is closed. */
export interface SyncAccess {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/** Whether this browser has {@link SyncAccess}. */
export function hasSyncAccess(
  handle: FileSystemFileHandle,
): handle is FileSystemFileHandle & SyncFileHandle {
  return 'createSyncAccessHandle' in handle;
}

/**
 * Writes all of `bytes` at byte `at`.
 * @throws DOMException `QuotaExceededError` if the browser wrote only a part of them
 */
export function writeAllBytes(
  access: Pick<SyncAccess, 'write'>,
  bytes: Uint8Array,
  at: number,
): void {
  const written = access.write(bytes, { at });
  if (written < bytes.length)
    throw new DOMException(
      `${written} of ${bytes.length} bytes were written`,
      'QuotaExceededError',
    );
}
