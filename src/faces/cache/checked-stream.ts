import { StudioError } from '../../core/studio-error';
import { byteHash } from '../../formats/bytes/byte-hash';
import { BLOCK_BYTES, type ShardRecord } from './shard-record';

/** What is told of a {@link checkedStream}. */
export interface CheckedStreamHooks {
  readonly signal?: AbortSignal;
  /** A block can't be read, or isn't what was kept; the stream fails when this has resolved. */
  readonly onDamage: () => Promise<void>;
  /** Nothing more will be read, whatever the reason. Once. */
  readonly onEnd: () => Promise<void>;
}

/**
 * A kept shard's bytes from `offset` on, one block a pull. No byte of a block is given before all
 * of it was checked. Errors with StudioError `network` at damage, since a network's retry is what
 * helps.
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
  // A reader that was stopped may never ask again.
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
              `${url} was kept in the browser and is damaged or gone there (block ` +
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

/** A part's bytes, or null where the file was replaced or removed since it was opened. */
async function bytesOf(part: Blob): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch {
    return null;
  }
}
