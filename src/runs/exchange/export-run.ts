import { ZipWriter } from '@zip.js/zip.js';
import type { KeptRun } from '../kept-run';
import { soundFiles } from './sound-files';

/**
 * A run as one zip, made while it is read, of what is sound in its folder: see {@link soundFiles}.
 * Nothing in it is compressed: what is large in it is float32, of which a compressor saves nothing
 * worth the wait.
 * @throws StudioError from the store
 */
export async function* exportedRun(run: KeptRun): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const zip = new ZipWriter(writable, { level: 0, useWebWorkers: false, extendedTimestamp: false });
  let failure: unknown = null;
  const written = writeFiles(zip, run).catch(async (thrown: unknown) => {
    failure = thrown;
    await writable.abort(thrown).catch(() => undefined);
  });
  const reader = readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
  } catch (thrown) {
    throw failure ?? thrown;
  } finally {
    await reader.cancel().catch(() => undefined);
    await written;
  }
  if (failure) throw failure;
}

async function writeFiles(zip: ZipWriter<unknown>, run: KeptRun): Promise<void> {
  for (const [name, content] of await soundFiles(run)) {
    if (content instanceof Uint8Array) {
      await zip.add(name, new Blob([content as BlobPart]).stream());
      continue;
    }
    // Its size tells zip.js whether it needs the form for more than 4 GB.
    const options = { uncompressedSize: content.size };
    await zip.add(name, await content.stream(0), options);
  }
  await zip.close();
}
