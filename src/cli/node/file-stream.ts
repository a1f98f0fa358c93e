import { open, type FileHandle } from 'node:fs/promises';

/** Bytes of one read. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Streams a file's bytes [from, to), or up to its end, as they are requested. The file is opened at
 * the first read, and closed after the last one, after an error, and when the stream is cancelled.
 * Not Node's `Readable.toWeb`: if a stream is cancelled during a read, Node 20 pushes the bytes
 * into the cancelled stream, and that ends the process (ERR_INVALID_STATE).
 */
export function fileStream(path: string, from = 0, to = Infinity): ReadableStream<Uint8Array> {
  let opening: Promise<FileHandle> | null = null;
  let at = from;
  let isCancelled = false;
  const close = async () => (await opening)?.close();
  return new ReadableStream(
    {
      async pull(controller) {
        opening ??= open(path);
        try {
          const bytes = new Uint8Array(Math.min(CHUNK_BYTES, to - at));
          const { bytesRead } = await (await opening).read(bytes, 0, bytes.length, at);
          if (isCancelled) return;
          at += bytesRead;
          if (bytesRead > 0) controller.enqueue(bytes.subarray(0, bytesRead));
          if (bytesRead > 0 && at < to) return;
        } catch (thrown) {
          if (isCancelled) return;
          await close().catch(() => undefined);
          throw thrown;
        }
        await close();
        if (!isCancelled) controller.close();
      },
      async cancel() {
        isCancelled = true;
        // Closing waits for a pending read. If opening failed, there is nothing to close.
        await close().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
