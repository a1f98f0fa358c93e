import { expandPattern } from '../../../faces/sources/webdataset/shard-list';
import { PARQUET, RECORDIO } from '../../../faces/sources/source-form';
import { StudioError } from '../../../core/studio-error';

/** Whether these are files that a person picked, on this machine. */
const arePicked = (shards: string): boolean => shards.startsWith('files:');

/**
 * Whether shards are streamed over the network whole, and so can be kept: tars are, RecordIO and
 * Parquet are read in parts.
 */
export const canBeKept = (shards: string): boolean =>
  !arePicked(shards) && !RECORDIO.test(shards) && !PARQUET.test(shards);

/**
 * Origins that reading an address or a pattern asks besides the page's own, each once: empty for
 * picked files. What a manifest lists is known only once it is read.
 * @param page the page's address
 */
export function foreignOriginsOf(shards: string, page: string): string[] {
  if (arePicked(shards)) return [];
  const here = new URL(page).origin;
  return [
    ...new Set(
      namesOf(shards).flatMap((name) =>
        URL.canParse(name, page) ? [shownOrigin(new URL(name, page))] : [],
      ),
    ),
  ].filter((origin) => origin !== here);
}

function namesOf(shards: string): string[] {
  try {
    return expandPattern(shards);
  } catch (thrown) {
    // Too many to be a pattern: reading it is refused before anything is fetched.
    if (thrown instanceof StudioError && thrown.code === 'bad-source') return [];
    throw thrown;
  }
}

const shownOrigin = (url: URL): string => (url.origin === 'null' ? url.protocol : url.origin);
