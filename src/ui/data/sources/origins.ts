import { expandPattern } from '../../../faces/sources/webdataset/shard-list';
import { PARQUET, RECORDIO } from '../../../faces/sources/source-form';
import { StudioError } from '../../../core/studio-error';

/** Whether the shards are files that a person picked on this machine. */
const arePicked = (shards: string): boolean => shards.startsWith('files:');

/**
 * Whether shards can be cached: tars are streamed in full, RecordIO and Parquet are read in parts.
 */
export const isCacheable = (shards: string): boolean =>
  !arePicked(shards) && !RECORDIO.test(shards) && !PARQUET.test(shards);

/**
 * The foreign origins of an address or a pattern, each once; empty for picked files. Those of a
 * manifest's shards are known only once it has been read.
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
    // The pattern gives too many names: the worker refuses it before it fetches anything.
    if (thrown instanceof StudioError && thrown.code === 'bad-source') return [];
    throw thrown;
  }
}

const shownOrigin = (url: URL): string => (url.origin === 'null' ? url.protocol : url.origin);
