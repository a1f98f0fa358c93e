import type { CacheState } from '../../../studio/protocol';
import type { RunConfig } from '../../../training/config/run-config';
import type { FeaturePlan, RunPlan } from '../../../training/session/run-plan';
import { bytes, count, counted, duration, fixed, percent } from '../../components/format';

/** The rows of a plan: name and figure. */
export function planRows(plan: RunPlan, config: RunConfig): [string, string][] {
  const { throughput, images, estimated, embeddings, features, passes, secondsPerPass } = plan;
  const about = estimated ? 'about ' : '';
  const copies =
    config.features === 'reuse' && config.copies > 1 ? ` (${config.copies} copies of each)` : '';
  return [
    [
      'Pictures a pass',
      images === null ? 'unknown' : `${about}${count(embeddings ?? images)}${copies}`,
    ],
    ['To read a pass', plan.bytes === null ? 'unknown' : bytes(plan.bytes)],
    [
      'Measured',
      throughput.images === 0
        ? 'too few pictures'
        : `${fixed(throughput.images / throughput.seconds, 1)} pictures a second`,
    ],
    ['A pass takes', passTime(plan)],
    ['Passes', `${count(passes)}: ${passesIn(config)}`],
    ...(features ? [keptFeaturesRow(features, embeddings)] : []),
    [
      'Altogether',
      secondsPerPass === null ? 'unknown' : `about ${duration(secondsPerPass * passes)}`,
    ],
  ];
}

/** How long a pass takes, without the pictures whose features are kept. */
function passTime({ secondsPerPass, embeddings, kept }: RunPlan): string {
  if (secondsPerPass === null) return 'unknown';
  if (kept === 0) return `about ${duration(secondsPerPass)}`;
  if (kept >= (embeddings ?? Infinity)) return 'nothing: all features are kept';
  return `about ${duration(secondsPerPass)}; features of ${count(kept)} are kept`;
}

function keptFeaturesRow(features: FeaturePlan, pictures: number | null): [string, string] {
  return ['Kept features', featureSentence(features, pictures)];
}

/** The size of the kept features, and whether the browser has room for them. */
export function featureSentence(
  { bytesEach, bytes: all, freeBytes, compactBytes }: FeaturePlan,
  pictures: number | null,
): string {
  const each = `${bytes(bytesEach)} a picture`;
  if (all === null || pictures === null) return `${each}; how many pictures there are isn’t known`;
  const takes = `${each}, ${bytes(all)} in all`;
  if (freeBytes === null) return takes;
  if (all <= freeBytes) return `${takes}; the browser has room for ${bytes(freeBytes)}`;
  const ways = [
    compactBytes !== null && compactBytes <= freeBytes
      ? `choose the compact head (${bytes(compactBytes)})`
      : null,
    'set the features to stream',
    'train on fewer pictures',
  ].filter((way) => way !== null);
  return (
    `${takes}, and the browser has room for ${bytes(freeBytes)}, ` +
    `${percentIn(freeBytes / all)} of it: ${ways.join(', or ')}`
  );
}

/** What a streamed source needs of the shard cache. */
export interface CacheNeed {
  /** Bytes of all its shards; null if unknown. */
  readonly needed: number | null;
  readonly passes: number;
  readonly cache: Pick<CacheState, 'bytes' | 'quotaBytes' | 'freeBytes'>;
}

/** Whether the shards of a streamed source fit into the cache, and what that means for a run. */
export function cacheSentence({ needed, passes, cache }: CacheNeed): string {
  const again = passes > 1 ? `each of the ${count(passes)} passes fetches` : 'another run fetches';
  if (cache.quotaBytes === 0)
    return (
      `Nothing is kept, so ${again} ` +
      `${needed === null ? 'everything' : bytes(needed)}. Choose below how much may ` +
      'be kept.'
    );
  if (needed === null)
    return (
      `How much these shards take isn’t known; up to ${bytes(cache.quotaBytes)} of ` +
      'them is kept, and the rest is fetched every time.'
    );
  const free = cache.freeBytes === null ? Infinity : cache.bytes + cache.freeBytes;
  const room = Math.min(cache.quotaBytes, free);
  if (needed <= room)
    return (
      `${bytes(needed)} fits: the shards are fetched once and read from this machine ` +
      'after that.'
    );
  const limit =
    free < cache.quotaBytes
      ? `what the browser lets this page keep (${bytes(free)})`
      : `the ${bytes(cache.quotaBytes)} that may be kept`;
  return (
    `Only ${percentIn(room / needed)} of ${bytes(needed)} fits in ${limit}: every ` +
    `${passes > 1 ? 'epoch' : 'run'} fetches the rest again, ${bytes(needed - room)}.`
  );
}

/** A share in whole per cent; with one decimal below 2 %. */
const percentIn = (share: number): string =>
  share >= 0.02 ? `${Math.floor(100 * share)} %` : percent(share);

function passesIn({ features, centres, epochs }: RunConfig): string {
  if (features === 'reuse')
    return `features are kept, and the ${counted(epochs, 'epoch')} read those`;
  return centres === 'first-pass'
    ? `one for the class centres, then ${counted(epochs, 'epoch')}`
    : counted(epochs, 'epoch');
}
