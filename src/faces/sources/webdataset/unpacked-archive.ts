import { gunzipped } from './gunzip-stream';
import { LeftOutError } from '../../survey/left-out';

/** Length of the longest signature below. */
const SIGNATURE_BYTES = 6;
const GZIP = [0x1f, 0x8b];
/** Signatures of compression formats that aren't read; null stands for any byte. */
const UNSUPPORTED: readonly (readonly [string, readonly (number | null)[]])[] = [
  // The null is the compression level. Three letters alone could be the name of a tar member.
  ['bzip2', [0x42, 0x5a, 0x68, null, 0x31, 0x41]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
];

/**
 * Unpacks an archive if its first bytes are those of gzip. The name doesn't decide: it may be
 * wrong, and some servers unpack files on the fly.
 * @param name for messages
 * @throws LeftOutError for another compression format; whatever the stream throws
 */
export async function unpacked(
  stored: ReadableStream<Uint8Array>,
  name: string,
): Promise<{ readonly stream: ReadableStream<Uint8Array>; readonly isPacked: boolean }> {
  const reader = stored.getReader();
  const chunks: Uint8Array[] = [];
  const first: number[] = [];
  try {
    while (first.length < SIGNATURE_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      first.push(...value.subarray(0, SIGNATURE_BYTES - first.length));
    }
    const beginsWith = (signature: readonly (number | null)[]) =>
      signature.every((byte, i) => byte === null || first[i] === byte);
    const other = UNSUPPORTED.find(([, signature]) => beginsWith(signature))?.[0];
    if (other) {
      const step = 'Unpack it, or pack it with gzip.';
      throw new LeftOutError('damaged-shard', `${name} is packed by ${other}.`, step);
    }
    const stream = putBack(chunks, reader);
    const isPacked = beginsWith(GZIP);
    return { stream: isPacked ? gunzipped(stream) : stream, isPacked };
  } catch (thrown) {
    await reader.cancel(thrown).catch(() => undefined);
    throw thrown;
  }
}

/** A stream of chunks that were already read, followed by the rest. */
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
