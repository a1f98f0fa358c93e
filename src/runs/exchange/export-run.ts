import { ZipWriter } from '@zip.js/zip.js';
import type { FileStore } from '../../formats/bytes/file-store';
import { encodeManifest, MANIFEST_FILE } from '../manifest/manifest-file';
import type { RunManifest } from '../run-manifest';
import { exchangedFiles } from './run-files';

/**
 * A run as one zip, made while it is read. Nothing in it is compressed: what is large in it is
 * float32, of which a compressor saves nothing worth the wait.
 * @throws StudioError from the store
 */
export async function* exportedRun(
  folder: FileStore,
  manifest: RunManifest,
): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const zip = new ZipWriter(writable, { level: 0, useWebWorkers: false, extendedTimestamp: false });
  let failure: unknown = null;
  const written = writeFiles(zip, folder, manifest).catch(async (thrown: unknown) => {
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

async function writeFiles(
  zip: ZipWriter<unknown>,
  folder: FileStore,
  manifest: RunManifest,
): Promise<void> {
  for (const name of exchangedFiles) {
    if (name === MANIFEST_FILE) {
      await zip.add(name, new Blob([encodeManifest(manifest) as BlobPart]).stream());
      continue;
    }
    const source = await folder.open(name);
    // Its size tells zip.js whether it needs the form for more than 4 GB.
    const options = { uncompressedSize: source?.size };
    if (source) await zip.add(name, await source.stream(0), options);
  }
  await zip.close();
}
