import { messageOf, StudioError } from '../../core/studio-error';
import { errnoOf } from './output-file';

/** Whether an error means that the file doesn't exist. No other error means that. */
export const isMissing = (thrown: unknown): boolean => errnoOf(thrown) === 'ENOENT';

/**
 * For `catch`: returns undefined if the file doesn't exist.
 * @throws StudioError `storage-denied` for every other error
 */
export function ignoreMissing(path: string): (thrown: unknown) => undefined {
  return (thrown) => {
    if (!isMissing(thrown)) throw unreadable(path, thrown);
  };
}

/** The error for a file or folder that exists and can't be read. */
export function unreadable(path: string, cause: unknown): StudioError {
  const { reason, nextStep } = readProblems[errnoOf(cause) ?? ''] ?? {
    reason: messageOf(cause),
    nextStep: 'Look at what is there, or name another place.',
  };
  const found = `${path} is there and can't be read: ${reason}.`;
  return new StudioError('storage-denied', found, nextStep, { cause });
}

interface ReadProblem {
  readonly reason: string;
  readonly nextStep: string;
}

const denied: ReadProblem = {
  reason: 'this user may not read it',
  nextStep: 'Allow it to be read, or name another place.',
};
const readProblems: Readonly<Record<string, ReadProblem>> = {
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
