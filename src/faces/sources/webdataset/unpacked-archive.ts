import { gunzipped } from './gunzip-stream';
import { LeftOutError } from '../../survey/left-out';

/** Of the longest of the marks below. */
const MARK_BYTES = 6;
const GZIP = [0x1f, 0x8b];
/** How files begin that are packed otherwise; null for any byte. */
const OTHERS: readonly (readonly [string, readonly (number | null)[]])[] = [
  // The level in the middle. Three letters alone may be a member's name.
  ['bzip2', [0x42, 0x5a, 0x68, null, 0x31, 0x41]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
];

/**
 * An archive, unpacked where its first bytes are gzip's: names may say otherwise, and servers
 * unpack what they call packed.
 * @param name for messages
 * @throws LeftOutError for what is packed in another way; whatever the stream throws
 */
export async function unpacked(
  stored: ReadableStream<Uint8Array>,
  name: string,
): Promise<{ readonly stream: ReadableStream<Uint8Array>; readonly isPacked: boolean }> {
  const reader = stored.getReader();
  const chunks: Uint8Array[] = [];
  const first: number[] = [];
  try {
    while (first.length < MARK_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      first.push(...value.subarray(0, MARK_BYTES - first.length));
    }
    const begins = (mark: readonly (number | null)[]) =>
      mark.every((byte, i) => byte === null || first[i] === byte);
    const other = OTHERS.find(([, mark]) => begins(mark))?.[0];
    if (other) {
      const step = 'Unpack it, or pack it with gzip.';
      throw new LeftOutError('damaged-shard', `${name} is packed by ${other}.`, step);
    }
    const stream = putBack(chunks, reader);
    const isPacked = begins(GZIP);
    return { stream: isPacked ? gunzipped(stream) : stream, isPacked };
  } catch (thrown) {
    await reader.cancel(thrown).catch(() => undefined);
    throw thrown;
  }
}

/** A stream whose first chunks were taken. */
function putBack(
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const chunk = chunks.shift();
        if (chunk) return controller.enqueue(chunk);
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
