import { messageOf, StudioError } from '../../core/studio-error';
import { errnoOf } from './output-file';

/** Whether nothing lies there: the one error that means that a file is absent. */
export const isMissing = (thrown: unknown): boolean => errnoOf(thrown) === 'ENOENT';

/**
 * For `catch`: undefined where nothing lies there.
 * @throws StudioError `storage-denied` for everything else
 */
export function missingOr(path: string): (thrown: unknown) => undefined {
  return (thrown) => {
    if (!isMissing(thrown)) throw unreadable(path, thrown);
  };
}

/** A file or folder that is there and can't be read. It is left as it is. */
export function unreadable(path: string, cause: unknown): StudioError {
  const { reason, nextStep } = readingTroubles[errnoOf(cause) ?? ''] ?? {
    reason: messageOf(cause),
    nextStep: 'Look at what lies there, or name another place.',
  };
  const found = `${path} is there and can't be read: ${reason}.`;
  return new StudioError('storage-denied', found, nextStep, { cause });
}

interface Trouble {
  readonly reason: string;
  readonly nextStep: string;
}

const denied: Trouble = {
  reason: 'this user may not read it',
  nextStep: 'Allow it to be read, or name another place.',
};
const readingTroubles: Readonly<Record<string, Trouble>> = {
  EACCES: denied,
  EPERM: denied,
  EISDIR: {
    reason: 'it is a folder, and a file was expected',
    nextStep: 'Move that folder away, or name another place.',
  },
  ENOTDIR: { reason: 'what lies above it is no folder', nextStep: 'Name a folder.' },
  EIO: {
    reason: 'the disk failed while it was read',
    nextStep: 'Copy what can be saved from that disk.',
  },
};
