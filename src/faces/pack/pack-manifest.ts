import type { PackOptions } from './pack-plan';
import type { PackedSet } from './pack-set';

/**
 * The manifest.json of a set of tar shards: what `parseManifest` reads, and where the set came from. No times and no paths:
 * the same source gives the same bytes wherever it is packed.
 * @param from the source's name
 * @param skipped damaged records of the source, of all sets together
 */
export function manifestOf({ folder, images, identities, shards, renamed }: PackedSet, options: PackOptions, from: string, skipped: number): string {
  const { name, shuffle, seed, identities: asked, holdOut, relabel } = options;
  const packed = { from, shuffled: shuffle, seed, identities: asked, holdOut, set: folder || undefined, relabelled: relabel, skipped, renamed };
  return `${JSON.stringify({ name: folder ? `${name} ${folder}` : name, shards, images, identities, packed }, null, 2)}\n`;
}
