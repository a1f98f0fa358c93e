import type { PackOptions } from './pack-plan';
import type { PackResult } from './pack-run';
import type { PackedSet } from './pack-set';

/**
 * The manifest.json of a set of tar shards: what `parseManifest` reads, and where the set came
 * from. No times and no paths: the same source gives the same bytes wherever it is packed.
 * @param from the source's name
 * @param left what of the source is in no set: how many records, and all by kind
 */
export function manifestOf(
  { folder, images, identities, shards, renamed }: PackedSet,
  options: PackOptions,
  from: string,
  left: Pick<PackResult, 'skipped' | 'leftOut'>,
): string {
  const { skipped, leftOut = [] } = left;
  const kinds =
    leftOut.length > 0
      ? Object.fromEntries(leftOut.map(({ kind, count }) => [kind, count]))
      : undefined;
  const { name, shuffle, seed, identities: asked, holdOut, relabel } = options;
  const packed = {
    from,
    shuffled: shuffle,
    seed,
    identities: asked,
    holdOut,
    set: folder || undefined,
    relabelled: relabel,
    skipped,
    leftOut: kinds,
    renamed,
  };
  return `${JSON.stringify({ name: folder ? `${name} ${folder}` : name, shards, images, identities, packed }, null, 2)}\n`;
}
