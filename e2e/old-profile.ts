import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OriginFiles } from './origin-files';

const FOLDER = 'test/fixtures/old-profile';

/**
 * What the release before runs were kept left in a browser after a run of `tiny.tar` (8 people
 * trained, 4 held out, 5 pictures each; 4 epochs) and an evaluation of 16 pairs.
 */
export async function oldProfile(): Promise<OriginFiles> {
  const files = new Map<string, Buffer>();
  for (const folder of await readdir(FOLDER))
    for (const name of await readdir(join(FOLDER, folder)))
      files.set(`${folder}/${name}`, await readFile(join(FOLDER, folder, name)));
  return files;
}
