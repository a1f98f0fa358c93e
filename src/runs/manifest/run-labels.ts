import { StudioError } from '../../core/studio-error';
import type { RunLabels } from '../run-manifest';

/** Letters of a name and of a note, at most. */
const [MAX_NAME, MAX_NOTE] = [100, 10_000];
/** Control characters, and those that turn the direction of the text around a name. */
const UNSEEN = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/**
 * The labels that were given, as they are kept: a name without blanks around it, nor
 * characters that nobody sees.
 * @throws StudioError `bad-config` for a name that is empty or too long, and a note that is too
 * long
 */
export function checkedLabels({ name, note, isStarred }: Partial<RunLabels>): Partial<RunLabels> {
  return {
    ...(name !== undefined && { name: requireName(name) }),
    ...(note !== undefined && { note: requireNote(note) }),
    ...(isStarred !== undefined && { isStarred }),
  };
}

function requireName(name: string): string {
  const trimmed = name.replace(UNSEEN, '').trim();
  if (trimmed !== '' && trimmed.length <= MAX_NAME) return trimmed;
  throw new StudioError(
    'bad-config',
    `The name has ${trimmed.length} letters; 1 to ${MAX_NAME} were expected.`,
    'Give the run another name.',
  );
}

function requireNote(note: string): string {
  if (note.length <= MAX_NOTE) return note;
  throw new StudioError(
    'bad-config',
    `The note has ${note.length} letters; at most ${MAX_NOTE} are kept.`,
    'Make the note shorter.',
  );
}
