import { StudioError } from '../../core/studio-error';
import { byteHash } from '../../formats/bytes/byte-hash';
import { BLOCK_BYTES, type ShardRecord } from './shard-record';

/** Callbacks of {@link checkedStream}. */
export interface CheckedStreamHooks {
  readonly signal?: AbortSignal;
  /** A block is unreadable or fails its checksum. The stream errors after this has resolved. */
  readonly onDamage: () => Promise<void>;
  /** Called once when reading has ended, for any reason. */
  readonly onEnd: () => Promise<void>;
}

/**
 * Streams a cached shard from `offset` on, one block per pull. A block is passed on only after its
 * checksum was verified. On damage the stream errors with StudioError `network`, so that the reader
 * retries and fetches the shard again.
 */
export function checkedStream(
  payload: Blob,
  { url, length, hashes }: ShardRecord,
  offset: number,
  { signal, onDamage, onEnd }: CheckedStreamHooks,
): ReadableStream<Uint8Array> {
  let at = offset;
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    signal?.removeEventListener('abort', onAbort);
    await onEnd();
  };
  const onAbort = () => void end();
  // An aborted reader may never pull again.
  signal?.addEventListener('abort', onAbort);
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          signal?.throwIfAborted();
          if (at >= length) {
            await end();
            controller.close();
            return;
          }
          const index = Math.floor(at / BLOCK_BYTES);
          const from = index * BLOCK_BYTES;
          const block = await bytesOf(payload.slice(from, Math.min(from + BLOCK_BYTES, length)));
          signal?.throwIfAborted();
          if (ended) return;
          if (!block || byteHash(block) !== hashes[index]) {
            await onDamage();
            throw new StudioError(
              'network',
              `${url} was cached in the browser and is damaged or missing there (block ` +
                `${index + 1} of ${hashes.length}).`,
              'It is fetched again.',
            );
          }
          controller.enqueue(block.subarray(at - from));
          at = from + block.length;
        } catch (thrown) {
          await end();
          throw thrown;
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** Reads a slice; null if the file was replaced or removed since it was opened. */
async function bytesOf(part: Blob): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch {
    return null;
  }
}
