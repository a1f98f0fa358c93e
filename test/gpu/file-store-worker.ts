import { OpfsFileStore } from '../../src/studio/storage/opfs-file-store';
import { fileStoreContract } from '../fixtures/file-store-contract';

/** Runs the named case of the contract in a new folder, and answers with its error, or null. */
self.onmessage = async ({ data }: MessageEvent<string>) => {
  const root = await navigator.storage.getDirectory();
  const folder = `contract-${crypto.randomUUID()}`;
  const store = new OpfsFileStore(`${folder}/inner`, { kept: 'test files' });
  const found = fileStoreContract.find(({ name }) => name === data)!;
  const error = await found.run(store).then(
    () => null,
    (thrown: unknown) => String(thrown),
  );
  await root.removeEntry(folder, { recursive: true }).catch(() => undefined);
  self.postMessage(error);
};
