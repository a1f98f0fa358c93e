import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/studio-error';
import {
  MISSING,
  MISSING_OR_LOCKED,
  nullIf,
  storageError,
  withStorageErrors,
  writeAllBytes,
  type StorageErrorWords,
} from './opfs-file';

const words: StorageErrorWords = {
  kept: 'shards',
  nextStepWhenFull: 'Free disk space.',
  nextStep: 'Allow site data.',
};

describe('errors of the origin private file system', () => {
  it('are storage-full where the quota is exceeded', () => {
    const cause = new DOMException('too much', 'QuotaExceededError');
    expect(storageError(cause, words)).toMatchObject({
      code: 'storage-full',
      message: "The browser's storage for this page is full; no more shards can be kept.",
      nextStep: 'Free disk space.',
      cause,
    });
  });

  it('are storage-denied otherwise, with the browser’s own message', () => {
    for (const thrown of [new DOMException('not here', 'SecurityError'), 'not here'])
      expect(storageError(thrown, words)).toMatchObject({
        code: 'storage-denied',
        message: 'The browser refuses to keep shards for this page (not here).',
        nextStep: 'Allow site data.',
      });
  });

  it('say that another tab holds a locked file', () => {
    for (const name of ['NoModificationAllowedError', 'InvalidStateError'])
      expect(storageError(new DOMException('in use', name), words)).toMatchObject({
        code: 'storage-denied',
        message: 'Another tab of the studio holds these shards.',
      });
  });

  it('stay as they are where they are a StudioError', async () => {
    const error = new StudioError('bad-config', 'It is odd.', '');
    await expect(withStorageErrors(words, () => Promise.reject(error))).rejects.toBe(error);
    expect(await withStorageErrors(words, async () => 7)).toBe(7);
  });

  it('become null for the names that are expected', () => {
    const missing = new DOMException('', 'NotFoundError');
    const locked = new DOMException('', 'NoModificationAllowedError');
    expect(nullIf(MISSING)(missing)).toBeNull();
    expect(nullIf(MISSING_OR_LOCKED)(locked)).toBeNull();
    expect(() => nullIf(MISSING)(locked)).toThrow(locked);
  });

  it('are QuotaExceededError for a write that is cut short', () => {
    const access = { write: (bytes: Uint8Array) => Math.min(bytes.length, 2) };
    expect(() => writeAllBytes(access, new Uint8Array(2), 0)).not.toThrow();
    expect(() => writeAllBytes(access, new Uint8Array(3), 0)).toThrow(
      expect.objectContaining({
        name: 'QuotaExceededError',
        message: '2 of 3 bytes were written',
      }),
    );
  });
});
