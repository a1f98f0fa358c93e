import type { PackOptions } from './pack-plan';
import type { PackResult } from './pack-job';
import type { PackedSet } from './pack-set';

/**
 * The manifest.json of a set of tar shards: the fields that `parseManifest` reads, and the set's
 * origin. It has no times and no paths, so the same source gives the same bytes everywhere.
 * @param from the source's name
 * @param left what was left out of the source: number of records, and counts by kind
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
  const { name, shuffle, seed, identities: asked, holdOut, align, relabel } = options;
  const packed = {
    from,
    shuffled: shuffle,
    seed,
    identities: asked,
    holdOut,
    set: folder || undefined,
    aligned: align,
    relabelled: relabel,
    skipped,
    leftOut: kinds,
    renamed,
  };
  const manifest = {
    name: folder ? `${name} ${folder}` : name,
    shards,
    images,
    identities,
    packed,
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
