import { open, type FileHandle } from 'node:fs/promises';

/** Bytes that are read at once. */
const CHUNK = 256 * 1024;

/**
 * A file's bytes [from, to), or up to its end, read as they are asked for. The file is opened with
 * the first of them, and closed after the last, at a failure, and where the reader leaves. Not
 * Node's `Readable.toWeb`: where a reader leaves while a read is under way, Node 20 pushes what was
 * read into the stream that was left, and that ends the process (ERR_INVALID_STATE).
 */
export function fileStream(path: string, from = 0, to = Infinity): ReadableStream<Uint8Array> {
  let opening: Promise<FileHandle> | null = null;
  let at = from;
  let left = false;
  const close = async () => (await opening)?.close();
  return new ReadableStream(
    {
      async pull(controller) {
        opening ??= open(path);
        try {
          const bytes = new Uint8Array(Math.min(CHUNK, to - at));
          const { bytesRead } = await (await opening).read(bytes, 0, bytes.length, at);
          if (left) return;
          at += bytesRead;
          if (bytesRead > 0) controller.enqueue(bytes.subarray(0, bytesRead));
          if (bytesRead > 0 && at < to) return;
        } catch (thrown) {
          if (left) return;
          await close().catch(() => undefined);
          throw thrown;
        }
        await close();
        if (!left) controller.close();
      },
      async cancel() {
        left = true;
        // Waits for a read that is under way. A file that couldn't be opened has nothing to close.
        await close().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
