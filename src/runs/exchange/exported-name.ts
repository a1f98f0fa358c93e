import type { RunManifest } from '../run-manifest';

/** Bytes of a file's name, at most: most disks take no more than 255. */
const MAX_BYTES = 200;

/**
 * The name of a file that is made of a run, from the run's name: its letters, digits, dots,
 * underscores and dashes; the run's id if none of them is left.
 * @param end such as `.scfrun`
 */
export function exportedName({ name, id }: Pick<RunManifest, 'name' | 'id'>, end: string): string {
  const plain = name.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-').replace(/^[._-]+|[._-]+$/g, '');
  return `${shortened(plain) || id}${end}`;
}

/** A name of a hundred letters may have four hundred bytes. */
function shortened(text: string): string {
  const letters = [...text];
  while (new TextEncoder().encode(letters.join('')).length > MAX_BYTES) letters.pop();
  return letters.join('');
}
