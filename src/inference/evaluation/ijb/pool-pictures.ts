import type { LostPicture } from '../../locate-pictures';
import { readingOrder, type RedetectedPicture } from './ijb-pictures';
import type { IjbTemplatePools } from './ijb-template-pools';
import { readPictureGroups, type ReadingTools, type RowReading } from './read-release';
import { isDamage, type ReadingsKeep } from './readings-keep';

/** With what pictures are read, what keeps them, and callbacks. */
export interface PoolingOptions extends ReadingTools {
  /** Keeps what pictures give, and gives what was kept before; by default nothing is kept. */
  readonly keep?: ReadingsKeep;
  /**
   * @param what `kept` while kept readings are taken up, `pictures` while others are read, then
   * `pairs` and `resamples` for each method
   */
  readonly onProgress?: (what: IjbPhase, done: number, total: number) => void;
  /** Awaited now and then: lets a worker handle messages, and throws to abort. */
  readonly yieldToEventLoop?: () => Promise<void>;
}

/** What an evaluation is at. */
export type IjbPhase = 'kept' | 'pictures' | 'pairs' | 'resamples';

/** What the pictures of a release have given. */
export interface PooledPictures {
  readonly pools: IjbTemplatePools;
  /** Pictures without a usable face. */
  readonly lost: LostPicture[];
  readonly redetected: RedetectedPicture[];
}

/** Milliseconds after which what was read is made to survive a crash. */
const COMMIT_EVERY_MS = 250;
/** Kept readings after which the event loop has its turn. */
const KEPT_PER_YIELD = 1000;

/**
 * Takes up what is kept of a release, reads the other pictures, and pools all of them.
 * @param emptyPools makes pools without a picture
 */
export async function poolPictures(
  options: PoolingOptions,
  emptyPools: () => IjbTemplatePools,
): Promise<PooledPictures> {
  const { release, keep, onProgress, yieldToEventLoop } = options;
  const total = release.pictures.names.length;
  const order = readingOrder(release.pictures);
  try {
    const pooled = await keptPictures(options, order, emptyPools);
    let done = keep?.count ?? 0;
    onProgress?.('pictures', done, total);
    let committedAt = performance.now();
    for await (const group of readPictureGroups(options, order.subarray(done))) {
      keep?.append(group);
      for (const reading of group) add(reading, options, pooled);
      done += group.length;
      if (performance.now() - committedAt > COMMIT_EVERY_MS) {
        keep?.commit();
        committedAt = performance.now();
      }
      onProgress?.('pictures', done, total);
      await yieldToEventLoop?.();
    }
    pooled.pools.end();
    keep?.commit(true);
    return pooled;
  } finally {
    // Also where a person pauses, or a run begins: what was read is not read again.
    keep?.commit();
  }
}

/** Pools the kept readings; none if they are damaged: then all pictures are read again. */
async function keptPictures(
  options: PoolingOptions,
  order: Int32Array,
  emptyPools: () => IjbTemplatePools,
): Promise<PooledPictures> {
  const { keep } = options;
  if (!keep || keep.count === 0) return nothing(emptyPools);
  try {
    return await replayed(keep, options, order, emptyPools);
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    await keep.startOver(thrown);
    return nothing(emptyPools);
  }
}

async function replayed(
  keep: ReadingsKeep,
  options: PoolingOptions,
  order: Int32Array,
  emptyPools: () => IjbTemplatePools,
): Promise<PooledPictures> {
  const pooled = nothing(emptyPools);
  let done = 0;
  for (const reading of keep.replay()) {
    add({ ...reading, row: order[done]! }, options, pooled);
    if (++done % KEPT_PER_YIELD > 0 && done < keep.count) continue;
    options.onProgress?.('kept', done, keep.count);
    await options.yieldToEventLoop?.();
  }
  return pooled;
}

const nothing = (emptyPools: () => IjbTemplatePools): PooledPictures => ({
  pools: emptyPools(),
  lost: [],
  redetected: [],
});

function add(
  { row, ...reading }: RowReading,
  { release: { pictures } }: PoolingOptions,
  { pools, lost, redetected }: PooledPictures,
): void {
  const picture = pictures.names[row]!;
  if (reading.loss) {
    lost.push({ picture, ...reading.loss });
    return;
  }
  const { face, foundAnew } = reading;
  if (foundAnew !== null) redetected.push({ picture, reason: foundAnew });
  pools.add(pictures.templates[row]!, pictures.media[row]!, face);
}
